"""Protected resource metadata (RFC 9728) of published APIs, and of this service's own resources.

Stages of API Gateway cannot serve a well-known path, so their metadata stands under the API's name. Our own resources,
and APIs that an operator put on our host, are described at the address that section 3.1 derives from their URLs.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from gatehouse.domain.accounts import organisations
from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, ApiStore, Deployment
from gatehouse.domain.kernel import builtin
from gatehouse.endpoints import responses
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.oauth.well_known import PROTECTED_RESOURCE
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

if TYPE_CHECKING:  # no start waits for it
    from gatehouse.domain.apis.own_paths import OwnPathStore

_OF_API, _OF_STAGE = 3, 5
_USERINFO = "/userinfo"
_USERINFO_SCOPES = ("email", "openid", "profile")
_OWN_APIS = {
    "/api/am/devportal/v3": "Developer Portal API",
    "/api/am/publisher/v1": "Publisher API",
    "/api/am/admin/v4": "Administration API",
}


class ProtectedResourceEndpoint(msgspec.Struct, frozen=True):
    """Describes an API, by `/t/<organisation>/<API>`, or one of its stages, by `/<API Gateway's id>/<stage>` behind.

    It describes a resource of this service, or an API on this service's host, by the resource's own path.
    """

    issuers: Issuers
    apis: ApiStore
    own_paths: "Callable[[], OwnPathStore]"

    def get(self, request: Request, _organisation: str | None) -> Response:
        """Answer the document of section 3.2; what is not published is not found."""
        path = "/" + request.path.removeprefix(PROTECTED_RESOURCE).strip("/")
        parts = path.removeprefix("/").split("/")
        if path in _OWN_APIS or path == _USERINFO:
            return responses.public(self._describe_own(request, None, path))
        if parts[0] not in {"t", ""}:
            return self._describe_mapped(request, path)
        if len(parts) not in {_OF_API, _OF_STAGE} or parts[0] != "t" or not organisations.is_key(parts[1]):
            return responses.not_found()
        api = self.apis.find_api(parts[1].lower(), parts[2])
        if api is None and parts[2:] == [_USERINFO.strip("/")]:
            return responses.public(self._describe_own(request, parts[1].lower(), _USERINFO))
        if api is None or api.lifecycle in apis.HIDDEN:
            return responses.not_found()
        stage = parts[_OF_API:]
        found = [one for one in api.deployments if not stage or [one.gateway_id, one.stage] == stage]
        return responses.public(self._describe(request, api, found[0])) if found else responses.not_found()

    def _describe_own(self, request: Request, organisation: str | None, path: str) -> dict[str, Any]:
        """Describe a resource on our own host; `resource` is the URL that the metadata's address is derived from."""
        issuer = self.issuers.of(request, organisation)
        return {
            "resource": issuer + path,
            "authorization_servers": [issuer],
            "scopes_supported": sorted(builtin.SCOPES) if path in _OWN_APIS else list(_USERINFO_SCOPES),
            "bearer_methods_supported": ["header"] if path in _OWN_APIS else ["header", "body"],
            "resource_name": _OWN_APIS.get(path, "UserInfo"),
        }

    def _describe_mapped(self, request: Request, path: str) -> Response:
        """Describe the API that answers below a path of our host, if its publisher names that URL too."""
        from gatehouse.domain.oauth import resource_indicators  # only for metadata: no start waits for it

        mapped = self.own_paths().find_own_path(path)
        api = self.apis.find_api(mapped.organisation, mapped.api_id) if mapped else None
        if mapped is None or api is None or api.lifecycle in apis.HIDDEN:
            return responses.not_found()
        found = resource_indicators.find_deployment(api, self.issuers.of(request, None) + mapped.path)
        return responses.public(self._describe(request, api, found)) if found else responses.not_found()

    def _describe(self, request: Request, api: Api, deployment: Deployment) -> dict[str, Any]:
        from gatehouse.domain.oauth import resource_indicators  # only for metadata: no start waits for it

        return {
            "resource": deployment.url or resource_indicators.execute_api_url(deployment),
            "authorization_servers": [self.issuers.of(request, api.organisation)],
            "scopes_supported": sorted(api.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": f"{api.name} {api.version}",
        }
