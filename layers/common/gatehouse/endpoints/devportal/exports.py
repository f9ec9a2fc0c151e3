"""An API for other tools: its document with this deployment's addresses, and programs that call it."""

import msgspec

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.portal import visible_apis
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, File, OperationRouter

router = OperationRouter(takes_tenant=True, is_catalogue=True)


class DevportalExports(msgspec.Struct, frozen=True):
    """Shows them to callers who see the API."""

    portal: Portal

    @router.get("/apis/{apiId}/exports/{format}")
    def find_export(self, call: ApiCall) -> Answer:
        """The document for other tools, with the addresses of this deployment: openapi or postman."""
        kind, directory = call.path["format"], self.portal.directory
        content = api_exports.make(directory, self._api(call), kind, call.origin.issuer, call.caller.organisation)
        return Answer(File(media_type="application/json", content=content))

    @router.get("/apis/{apiId}/code-samples", gives="CodeSampleList", query=("operation",))
    def find_samples(self, call: ApiCall) -> Answer:
        """Programs in five languages that get a token and call an operation, such as GET /orders.

        The query names the operation.
        """
        api, name, directory = self._api(call), call.query.get("operation", ""), self.portal.directory
        found = programs.find_samples(directory, api, name, call.caller.organisation, call.origin.issuer)
        samples = (
            {"language": one.language, "fileName": one.file_name, "command": one.run, "code": one.code} for one in found
        )
        return Answer(listings.whole(samples))

    def _api(self, call: ApiCall) -> Api:
        return visible_apis.find(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
