"""The device authorization endpoint (RFC 8628 section 3.1)."""

import msgspec

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import FailureStore
from gatehouse.domain.accounts.organisations import OrganisationStore
from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel import digests, scopes
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError, UnauthorizedClientError
from gatehouse.domain.oauth import device_requests
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.device_requests import INTERVAL_SECONDS, LIFETIME_SECONDS, DeviceRequestStore
from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.oauth import client_authentication
from gatehouse.endpoints.oauth.client_authenticator import ClientAuthenticator
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

PAGE = "/device"
_ATTEMPTS = 4


class DeviceAuthorizationEndpoint(msgspec.Struct, frozen=True):
    """Gives a device its codes.

    Attributes:
        apis: Finds the APIs that a request names (RFC 8707).
    """

    authenticator: ClientAuthenticator
    organisations: OrganisationStore
    apis: ApiStore
    failures: FailureStore
    requests: DeviceRequestStore
    issuers: Issuers

    def post(self, request: Request, organisation: str | None) -> Response:
        """Authenticate the client, store the request, answer both codes.

        Raises:
            UnauthorizedClientError: The client lacks the grant, or its organisation does not allow it.
            TooManyFailuresError: The source address asked too often.
            OAuthError: The client is not authenticated, or a parameter is wrong.
        """
        form = forms.parse(request)
        credentials = client_authentication.extract(request.headers, form)
        client = self.authenticator.authenticate(request, organisation, credentials)
        if GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClientError(f"client {client.client_id!r} lacks {GRANT_TYPE!r}")
        if not device_requests.is_allowed(self.organisations.find_organisation(client.organisation)):
            raise UnauthorizedClientError(
                f"organisation {client.organisation!r} does not allow device authorization",
                description="The organisation does not allow device authorization. An administrator can allow it.",
            )
        asked = scopes.parse_optional(form.get("scope"))
        resources = self._find_resources(client, form.get("resource"), self.issuers.of(request, None))
        self._count(request)
        user_code, secret = self._store(client, asked, resources, request)
        page = f"{self.issuers.of(request, client.organisation)}{PAGE}"
        shown = device_requests.show(user_code)
        return responses.ok(
            {
                "device_code": device_requests.render_device_code(user_code, secret),
                "user_code": shown,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={shown}",
                "expires_in": LIFETIME_SECONDS,
                "interval": INTERVAL_SECONDS,
            }
        )

    def _find_resources(self, client: Client, named: str | None, issuer: str) -> tuple[str, ...]:
        if named is None:
            return ()
        from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

        return resource_indicators.resolve(self.apis, client, named, issuer)

    def _count(self, request: Request) -> None:
        count = self.failures.count_source_failure(f"device {request.source}", request.now)
        if count > device_requests.SOURCE_REQUESTS_MAX:
            raise lockout.too_many(
                f"source {request.source} asked for too many device codes",
                request.now,
                description="Too many requests from this address. Try again later.",
            )

    def _store(
        self, client: Client, asked: frozenset[str], resources: tuple[str, ...], request: Request
    ) -> tuple[str, str]:
        """Store the request under a user code that no other one has; return the code and the device code's secret."""
        for _ in range(_ATTEMPTS):
            user_code, secret = device_requests.generate_user_code(), digests.generate_secret()
            begun = device_requests.begin(
                client, user_code, secret, asked, resources, request.source, request.arrived_at_ms
            )
            if self.requests.add_request(client.organisation, begun, request.now):
                return user_code, secret
        raise TemporarilyUnavailableError("every user code was in use")
