"""The graph of `functions/token`."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from gatehouse.bootstrap import signer, tables
from gatehouse.domain.grants import GrantContext, Lifetimes
from gatehouse.domain.introspection import Introspection
from gatehouse.domain.subjects import Subjects
from gatehouse.endpoints.guard import ClientGuard
from gatehouse.endpoints.introspection import IntrospectionEndpoint
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.metadata import PROTECTED_RESOURCE, WELL_KNOWN, MetadataEndpoint
from gatehouse.endpoints.protected_resources import ProtectedResourceEndpoint
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.revocation import RevocationEndpoint
from gatehouse.endpoints.router import Endpoint, Router
from gatehouse.endpoints.token import TokenEndpoint
from gatehouse.endpoints.userinfo import UserInfoEndpoint
from gatehouse.settings import Settings
from gatehouse.storage.codes import Codes
from gatehouse.storage.connections import Connections
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.memory import Memory
from gatehouse.storage.replays import Replays
from gatehouse.storage.sign_ins import SignIns
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import Transport

if TYPE_CHECKING:
    from gatehouse.domain.client_keys import PublishedKeys
    from gatehouse.domain.device_requests import DeviceRequestStore
    from gatehouse.domain.fetching import OutsideFetcher


def router(
    settings: Settings,
    connected: Tables | None = None,
    secrets: Transport | None = None,
    outside: "OutsideFetcher | None" = None,
) -> Router:
    """Build the endpoints on DynamoDB and Secrets Manager."""
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    grants, sign_ins, issuers = Grants(connected), SignIns(connected, directory), Issuers(settings.public_url)
    guard = ClientGuard(
        directory, sign_ins, Replays(connected), issuers, partial(_published_keys, settings, connected, outside)
    )
    lifetimes = Lifetimes(
        access_token_seconds=settings.access_token_lifetime_seconds,
        refresh_token_seconds=settings.refresh_token_lifetime_seconds,
        grant_seconds=settings.grant_lifetime_seconds,
    )
    token = TokenEndpoint(
        guard,
        GrantContext(
            directory,
            grants,
            Codes(connected),
            Connections(connected),
            sign_ins,
            signer.build(settings, secrets),
            lifetimes,
            partial(_devices, connected),
        ),
        issuers,
    )

    def authorize_device(request: Request, organisation: str | None) -> Response:
        from gatehouse.endpoints.device_authorization import DeviceAuthorizationEndpoint  # no start waits for it

        endpoint = DeviceAuthorizationEndpoint(guard, directory, directory, sign_ins, _devices(connected), issuers)
        return endpoint.post(request, organisation)

    revocation = RevocationEndpoint(guard, grants)
    introspection = IntrospectionEndpoint(guard, Introspection(grants, directory))
    userinfo = UserInfoEndpoint(Subjects(directory, grants), directory)
    metadata = MetadataEndpoint(issuers, directory, directory, settings.signing_algorithm)
    routes: dict[str, Mapping[str, Endpoint]] = {
        "/token": {"POST": token.post},
        "/device_authorization": {"POST": authorize_device},
        "/revoke": {"POST": revocation.post},
        "/introspect": {"POST": introspection.post},
        "/userinfo": {"GET": userinfo.get, "POST": userinfo.post},
        "/.well-known/jwks.json": {"GET": metadata.get_jwks},
        "/openapi.json": {"GET": metadata.get_openapi},
    }
    routes |= {path: {"GET": metadata.get} for path in WELL_KNOWN}
    routes[PROTECTED_RESOURCE] = {"GET": ProtectedResourceEndpoint(issuers, directory).get}
    routes |= {wso2: routes[path] for wso2, path in WSO2_PATHS.items()}
    return Router(routes, answers_preflights=True)


def _devices(connected: Tables) -> "DeviceRequestStore":
    from gatehouse.storage.device_requests import DeviceRequests  # only for devices: no start waits for it

    return DeviceRequests(connected)


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
