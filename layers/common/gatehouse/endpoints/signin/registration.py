"""Dynamic client registration (RFC 7591) and its management (RFC 7592), at the path of an organisation only.

Scripts of any origin may call it: it takes no cookie. Its refusals are JSON, whatever the pages beside it answer.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.errors import InvalidClientMetadataError, OAuthError, RegistrationRefusedError
from gatehouse.domain.oauth import assertions
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registration import Registrations
from gatehouse.endpoints import cors, responses
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response

PATH = "/register"
ONE = "/register/{id}"

_BODY_MAX_BYTES = 16 * 1024
_ECHOED_MAX_CHARACTERS = 1000


class RegistrationEndpoint(msgspec.Struct, frozen=True):
    """Registers clients, and lets them manage their registrations."""

    organisations: OrganisationStore
    issuers: Issuers
    registrations: Registrations

    def post(self, request: Request, organisation: str | None) -> Response:
        """POST /register."""

        def register() -> Response:
            now, text = request.arrived_at_ms // 1000, _text(request)
            client, token, metadata = self.registrations.register(self._find(organisation), text, request.source, now)
            return _created(self._render(request, client, token, metadata), HTTPStatus.CREATED)

        return self._run(organisation, register)

    def get(self, request: Request, organisation: str | None) -> Response:
        """GET /register/{id}."""

        def read() -> Response:
            token = _bearer(request)
            client = self.registrations.find(
                self._find(organisation), _client_id(request), token, request.arrived_at_ms // 1000
            )
            return _created(self._render(request, client, token or "", {}), HTTPStatus.OK)

        return self._run(organisation, read)

    def put(self, request: Request, organisation: str | None) -> Response:
        """PUT /register/{id}."""

        def change() -> Response:
            token, now = _bearer(request), request.arrived_at_ms // 1000
            client, metadata = self.registrations.change(
                self._find(organisation), _client_id(request), token, _text(request), now
            )
            return _created(self._render(request, client, token or "", metadata), HTTPStatus.OK)

        return self._run(organisation, change)

    def delete(self, request: Request, organisation: str | None) -> Response:
        """DELETE /register/{id}."""

        def delete() -> Response:
            now = request.arrived_at_ms // 1000
            self.registrations.delete(self._find(organisation), _client_id(request), _bearer(request), now)
            return {**responses.empty(), "statusCode": HTTPStatus.NO_CONTENT.value}

        return self._run(organisation, delete)

    def _run(self, organisation: str | None, run: Callable[[], Response]) -> Response:
        try:
            if organisation is None:
                raise RegistrationRefusedError("registration without an organisation", description=_NOWHERE)
            return cors.allow(run())
        except OAuthError as error:
            raise RefusalError(error, cors.allow(responses.oauth_error(error))) from error

    def _find(self, organisation: str | None) -> Organisation | None:
        return None if organisation is None else self.organisations.find_organisation(organisation)

    def _render(self, request: Request, client: Client, token: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is registered (RFC 7591 section 3.2.1), which may be other than what was asked for."""
        registration = client.registration
        echoed = {
            name: value
            for name in ("application_type", "scope")
            if isinstance(value := metadata.get(name), str) and len(value) <= _ECHOED_MAX_CHARACTERS
        }
        by_keys = {"jwks_uri": client.jwks_uri} if client.jwks_uri else {}
        by_keys |= {"jwks": json.loads(client.jwks)} if client.jwks else {}
        is_signing = assertions.METHOD in client.authentication_methods
        return {
            "client_id": client.client_id,
            "client_id_issued_at": registration.created_at if registration else 0,
            "redirect_uris": list(client.redirect_uris),
            "grant_types": sorted(client.grant_types),
            "response_types": ["code"],
            "token_endpoint_auth_method": assertions.METHOD if is_signing else "none",
            **({"client_name": registration.name} if registration and registration.name else {}),
            **echoed,
            **by_keys,
            "registration_access_token": token,
            "registration_client_uri": f"{self.issuers.of(request, client.organisation)}{PATH}/{client.client_id}",
        }


_NOWHERE = "Clients register at the path of an organisation: /t/<organisation>/register."


def _created(body: Mapping[str, Any], status: HTTPStatus) -> Response:
    return {**responses.ok(body), "statusCode": status.value}


def _client_id(request: Request) -> str:
    return request.path.rpartition("/")[2][:128]


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _text(request: Request) -> str:
    """Return the body.

    Raises:
        InvalidClientMetadataError: It is too large, or no UTF-8.
    """
    body = request.body()
    if len(body) > _BODY_MAX_BYTES:
        raise InvalidClientMetadataError(
            f"{len(body)} bytes of client metadata", description="The client metadata has more than 16 KB."
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if not texts.is_text(text):
        raise InvalidClientMetadataError("client metadata that is no text", description="The body is no UTF-8 text.")
    return text
