"""The graph of `functions/token`."""

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from gatehouse.bootstrap import grants, tables
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.oauth.token import TokenEndpoint
from gatehouse.endpoints.oauth.well_known import PROTECTED_RESOURCE, WELL_KNOWN
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.router import Endpoint, Router
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.replays import DynamoDBReplays

if TYPE_CHECKING:
    from gatehouse.domain.apis.own_paths import OwnPathStore
    from gatehouse.domain.kernel.fetching import OutsideFetcher
    from gatehouse.domain.oauth.client_keys import PublishedKeys
    from gatehouse.endpoints.oauth.metadata import MetadataEndpoint
    from gatehouse.endpoints.oauth.userinfo import UserInfoEndpoint


def router(
    settings: Settings,
    connected: Tables | None = None,
    secrets: Transport | None = None,
    outside: "OutsideFetcher | None" = None,
) -> Router:
    """Build the endpoints on DynamoDB and Secrets Manager."""
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    context = grants.context(settings, connected, directory, secrets)
    issuers = Issuers(settings.public_url)
    authenticator = ClientAuthenticator(
        directory,
        context.sign_ins,
        DynamoDBReplays(connected),
        issuers,
        partial(_published_keys, settings, connected, outside),
    )
    token = TokenEndpoint(authenticator, context, issuers)

    # Most instances serve nothing but tokens: no start waits for the other endpoints.

    def authorize_device(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.oauth.device_authorization import DeviceAuthorizationEndpoint

        devices = context.devices()
        endpoint = DeviceAuthorizationEndpoint(authenticator, directory, directory, context.sign_ins, devices, issuers)
        return endpoint.post(request, organisation)

    def revoke(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.oauth.revocation import RevocationEndpoint

        return RevocationEndpoint(authenticator, context.grants).post(request, organisation)

    def introspect(request: Request, organisation: str | None) -> Response:
        from gatehouse.domain.oauth.introspection import Introspection
        from gatehouse.endpoints.oauth.introspection import IntrospectionEndpoint

        endpoint = IntrospectionEndpoint(authenticator, Introspection(context.grants, directory))
        return endpoint.post(request, organisation)

    @cache
    def userinfo() -> "UserInfoEndpoint":
        from gatehouse.domain.oauth.subjects import Subjects
        from gatehouse.endpoints.oauth.userinfo import UserInfoEndpoint

        return UserInfoEndpoint(Subjects(directory, context.grants), directory)

    @cache
    def metadata() -> "MetadataEndpoint":
        from gatehouse.endpoints.oauth.metadata import MetadataEndpoint

        return MetadataEndpoint(issuers, directory, directory, settings.signing_algorithm)

    def describe_protected_resource(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.oauth.protected_resources import ProtectedResourceEndpoint

        endpoint = ProtectedResourceEndpoint(issuers, directory, partial(_own_paths, connected))
        return endpoint.get(request, organisation)

    routes: dict[str, Mapping[str, Endpoint]] = {
        "/token": {"POST": token.post},
        "/device_authorization": {"POST": authorize_device},
        "/revoke": {"POST": revoke},
        "/introspect": {"POST": introspect},
        "/userinfo": {
            "GET": lambda request, organisation: userinfo().get(request, organisation),
            "POST": lambda request, organisation: userinfo().post(request, organisation),
        },
        "/.well-known/jwks.json": {"GET": lambda request, organisation: metadata().get_jwks(request, organisation)},
        "/openapi.json": {"GET": lambda request, organisation: metadata().get_openapi(request, organisation)},
        "/": {"GET": _show_front_page},
    }
    routes |= {
        path: {"GET": lambda request, organisation: metadata().get(request, organisation)} for path in WELL_KNOWN
    }
    routes[PROTECTED_RESOURCE] = {"GET": describe_protected_resource}
    routes |= {wso2: routes[path] for wso2, path in WSO2_PATHS.items()}
    return Router(routes, answers_preflights=True)


def _own_paths(connected: Tables) -> "OwnPathStore":
    from gatehouse.storage.own_paths import DynamoDBOwnPaths  # only for APIs on our own host: no start waits for it

    return DynamoDBOwnPaths(connected)


def _show_front_page(request: Request, organisation: str | None) -> Response:
    from gatehouse.endpoints.oauth import front_page  # only for people at a browser: no start waits for it

    return front_page.get(request, organisation)


def _published_keys(settings: Settings, connected: Tables, outside: "OutsideFetcher | None") -> "PublishedKeys":
    from gatehouse.bootstrap import fetcher  # only where a client has a jwks_uri: no start waits for it

    return fetcher.published_keys(settings, connected, outside)


WSO2_PATHS = {
    "/oauth2/token": "/token",
    "/oauth2/device_authorize": "/device_authorization",
    "/oauth2/revoke": "/revoke",
    "/oauth2/introspect": "/introspect",
    "/oauth2/userinfo": "/userinfo",
    "/oauth2/jwks": "/.well-known/jwks.json",
    "/oauth2/token/.well-known/openid-configuration": WELL_KNOWN[1],
}
"""WSO2's paths of the same endpoints."""
