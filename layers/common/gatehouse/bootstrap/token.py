"""The graph of `functions/token`."""

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from gatehouse.bootstrap import signer, tables
from gatehouse.domain.oauth.grants import GrantContext, Lifetimes
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.oauth.token import TokenEndpoint
from gatehouse.endpoints.oauth.well_known import PROTECTED_RESOURCE, WELL_KNOWN
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.router import Endpoint, Router
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.codes import DynamoDBCodes
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.replays import DynamoDBReplays
from gatehouse.storage.sign_ins import DynamoDBSignIns

if TYPE_CHECKING:
    from gatehouse.domain.apis.own_paths import OwnPathStore
    from gatehouse.domain.kernel.fetching import OutsideFetcher
    from gatehouse.domain.oauth.client_keys import PublishedKeys
    from gatehouse.domain.oauth.device_requests import DeviceRequestStore
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
    grants, sign_ins, issuers = (
        DynamoDBGrants(connected),
        DynamoDBSignIns(connected, directory),
        Issuers(settings.public_url),
    )
    authenticator = ClientAuthenticator(
        directory, sign_ins, DynamoDBReplays(connected), issuers, partial(_published_keys, settings, connected, outside)
    )
    lifetimes = Lifetimes(
        access_token_seconds=settings.access_token_lifetime_seconds,
        refresh_token_seconds=settings.refresh_token_lifetime_seconds,
        grant_seconds=settings.grant_lifetime_seconds,
    )
    token = TokenEndpoint(
        authenticator,
        GrantContext(
            directory,
            grants,
            DynamoDBCodes(connected),
            DynamoDBConnections(connected),
            sign_ins,
            signer.build(settings, secrets),
            lifetimes,
            partial(_devices, connected),
        ),
        issuers,
    )

    # Most instances serve nothing but tokens: no start waits for the other endpoints.

    def authorize_device(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.oauth.device_authorization import DeviceAuthorizationEndpoint

        endpoint = DeviceAuthorizationEndpoint(
            authenticator, directory, directory, sign_ins, _devices(connected), issuers
        )
        return endpoint.post(request, organisation)

    def revoke(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.oauth.revocation import RevocationEndpoint

        return RevocationEndpoint(authenticator, grants).post(request, organisation)

    def introspect(request: Request, organisation: str | None) -> Response:
        from gatehouse.domain.oauth.introspection import Introspection
        from gatehouse.endpoints.oauth.introspection import IntrospectionEndpoint

        endpoint = IntrospectionEndpoint(authenticator, Introspection(grants, directory))
        return endpoint.post(request, organisation)

    @cache
    def userinfo() -> "UserInfoEndpoint":
        from gatehouse.domain.oauth.subjects import Subjects
        from gatehouse.endpoints.oauth.userinfo import UserInfoEndpoint

        return UserInfoEndpoint(Subjects(directory, grants), directory)

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


def _devices(connected: Tables) -> "DeviceRequestStore":
    from gatehouse.storage.device_requests import DynamoDBDeviceRequests  # only for devices: no start waits for it

    return DynamoDBDeviceRequests(connected)


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
