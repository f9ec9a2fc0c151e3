"""Dynamic client registration (RFC 7591) and its management (RFC 7592), at the path of an organisation only.

Scripts of any origin may call it: it takes no cookie. Its refusals are JSON, whatever the pages beside it answer.
"""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec

from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.errors import (
    InvalidClientMetadataError,
    MissingTokenError,
    OAuthError,
    RegistrationRefusedError,
)
from gatehouse.domain.oauth import assertions, gate
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
        with _refusals():
            found, text = self._find(organisation), _text(request)
            client, token, metadata = self.registrations.register(found, text, request.source, request.now)
            return self._answer(request, client, token, metadata, HTTPStatus.CREATED)

    def get(self, request: Request, organisation: str | None) -> Response:
        """GET /register/{id}."""
        with _refusals():
            found, token = self._find(organisation), _bearer(request)
            client = self.registrations.find(found, _client_id(request), token, request.now)
            return self._answer(request, client, token, {}, HTTPStatus.OK)

    def put(self, request: Request, organisation: str | None) -> Response:
        """PUT /register/{id}."""
        with _refusals():
            found, token, text = self._find(organisation), _bearer(request), _text(request)
            client, metadata = self.registrations.change(found, _client_id(request), token, text, request.now)
            return self._answer(request, client, token, metadata, HTTPStatus.OK)

    def delete(self, request: Request, organisation: str | None) -> Response:
        """DELETE /register/{id}."""
        with _refusals():
            found, token = self._find(organisation), _bearer(request)
            self.registrations.delete(found, _client_id(request), token, request.now)
            return cors.allow({**responses.empty(), "statusCode": HTTPStatus.NO_CONTENT.value})

    def _find(self, organisation: str | None) -> Organisation | None:
        if organisation is None:
            raise RegistrationRefusedError("registration without an organisation", description=_NOWHERE)
        return self.organisations.find_organisation(organisation)

    def _answer(
        self, request: Request, client: Client, token: str, metadata: Mapping[str, Any], status: HTTPStatus
    ) -> Response:
        """Answer what is registered (RFC 7591 section 3.2.1), which may be other than what was asked for."""
        registration = client.registration
        echoed = {
            name: value
            for name in ("application_type", "scope")
            if isinstance(value := metadata.get(name), str) and len(value) <= _ECHOED_MAX_CHARACTERS
        }
        by_keys = {"jwks_uri": client.jwks_uri} if client.jwks_uri else {}
        by_keys |= {"jwks": json.loads(client.jwks)} if client.jwks else {}
        is_signing = assertions.METHOD in client.authentication_methods
        registered = {
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
        return cors.allow({**responses.ok(registered), "statusCode": status.value})


_NOWHERE = "Clients register at the path of an organisation: /t/<organisation>/register."


@contextmanager
def _refusals() -> Generator[None]:
    """Answer refusals in JSON, for scripts of any origin.

    Raises:
        RefusalError: The request is refused.
    """
    try:
        yield
    except OAuthError as error:
        raise RefusalError(error, cors.allow(responses.oauth_error(error))) from error


def _client_id(request: Request) -> str:
    return request.path.rpartition("/")[2][:128]


def _bearer(request: Request) -> str:
    """Return the registration access token.

    Raises:
        MissingTokenError: There is none.
    """
    header = request.headers.get("authorization", "")
    if not gate.is_sent(header):
        raise MissingTokenError("registration without its access token")
    return header.partition(" ")[2].strip()


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
