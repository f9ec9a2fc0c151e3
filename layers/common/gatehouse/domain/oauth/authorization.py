"""The authorization request (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core section 3.1.2.1).

Two steps with two answers: while the destination is in doubt, an error is shown to the user and goes nowhere;
afterwards it is the client's, in its redirect URI.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.factors import NO_DEMAND, Demand
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, scopes
from gatehouse.domain.kernel.errors import (
    InvalidRequestError,
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestUriNotSupportedError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
)
from gatehouse.domain.oauth import clients, codes, pkce, redirect_uris
from gatehouse.domain.oauth.clients import Client, ClientStore
from gatehouse.domain.oauth.codes import Code

_STATE_MAX_CHARACTERS = 2000
_NONCE_MAX_CHARACTERS = 500
_PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer may go.

    Attributes:
        state: The client's, returned to the letter; None if it sent none.
    """

    client: Client
    redirect_uri: str
    state: str | None


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks a user for.

    Attributes:
        scopes: As asked; what of them is granted is another matter.
        max_age_seconds: How old a sign-in may be; None if it does not matter.
        demand: What the sign-in has to prove.
        subject: The only user that the client takes, by a `sub` in the parameter `claims`; None if it names none.
        resource: The APIs that the token is to be for (RFC 8707), as asked; None for all.
    """

    destination: Destination
    scopes: frozenset[str]
    code_challenge: str | None
    nonce: str | None
    prompts: frozenset[str]
    max_age_seconds: int | None
    demand: Demand = NO_DEMAND
    subject: str | None = None
    resource: str | None = None

    @property
    def client(self) -> Client:
        """The client that asks."""
        return self.destination.client


def find_destination(
    store: ClientStore, organisation: str | None, parameters: Mapping[str, str], now: int
) -> Destination:
    """Return where the answer to the request may go (RFC 6749 section 3.1.2.3).

    The client of a metadata document is known already (`oauth.client_documents`).

    Raises:
        InvalidRequestError: No, an unknown or another organisation's client; or no or an unregistered redirect URI.
            It must be shown to the user and to nobody else (section 3.1.2.4).
    """
    from gatehouse.domain.oauth import registered_clients  # the token function imports this module, and starts without

    client = store.find_client(registered_clients.inner_client_id(organisation, parameters.get("client_id", "")))
    if client is None or not client.is_active or not clients.exists_at(client, organisation, now):
        raise InvalidRequestError(
            "unknown client at authorize, or another organisation's", description="The client_id is not known."
        )
    redirect_uri = parameters.get("redirect_uri", "")
    if not redirect_uris.is_registered(redirect_uri, client.redirect_uris):
        raise InvalidRequestError(
            f"redirect_uri {redirect_uri[:200]!r} of {client.client_id}",
            description="The redirect_uri is not registered for this client.",
        )
    state = parameters.get("state")
    if state is not None and len(state) > _STATE_MAX_CHARACTERS:
        raise InvalidRequestError(
            f"state of {len(state)} characters", description="The state has more than 2,000 characters."
        )
    return Destination(client=client, redirect_uri=redirect_uri, state=state)


def parse(parameters: Mapping[str, str], destination: Destination) -> AuthorizationRequest:
    """Read the rest of the request; its errors are the client's (RFC 6749 section 4.1.2.1).

    Raises:
        InvalidRequestError: A parameter is missing or malformed, or PKCE is (RFC 7636 section 4.4.1).
        UnsupportedResponseTypeError: Anything but `code`: no token ever stands in a URL.
        UnauthorizedClientError: The client may not use the grant.
        InvalidScopeError: The scope is malformed.
        RequestNotSupportedError: And two more, of OpenID Connect Core section 3.1.2.6.
    """
    _refuse_unsupported(parameters, destination.client)
    prompts = frozenset(parameters.get("prompt", "").split())
    if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("prompt", description="The prompt parameter is malformed.")
    nonce = parameters.get("nonce")
    if nonce is not None and len(nonce) > _NONCE_MAX_CHARACTERS:
        raise InvalidRequestError(
            f"nonce of {len(nonce)} characters", description="The nonce has more than 500 characters."
        )
    claims = _parse_claims(parameters["claims"]) if "claims" in parameters else _NO_CLAIMS
    return AuthorizationRequest(
        destination=destination,
        scopes=scopes.parse_optional(parameters.get("scope")),
        code_challenge=_parse_challenge(parameters, destination.client),
        nonce=nonce,
        prompts=prompts,
        max_age_seconds=parse_max_age(parameters.get("max_age")),
        demand=_parse_demand(parameters, prompts, claims.acr_values),
        subject=claims.subject,
        resource=parameters.get("resource"),
    )


def answer(
    request: AuthorizationRequest,
    user: User,
    session: Session,
    granted: frozenset[str],
    resources: tuple[str, ...],
    now_ms: int,
) -> tuple[str, Code]:
    """Return a new code, and what is stored of it; it is alive no longer than the session was at its issue."""
    code = digests.generate_secret()
    return code, Code(
        digest=codes.digest(code),
        grant_id=digests.generate_id(),
        organisation=request.client.organisation,
        client_id=request.client.client_id,
        redirect_uri=request.destination.redirect_uri,
        user_id=user.user_id,
        username=user.username,
        scopes=granted,
        dropped_scopes=scopes.dropped(request.scopes, granted),
        resources=resources,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        authenticated_at=session.auth_time,
        signed_in_at=session.authenticated_at if session.proved_at else None,
        methods=session.methods,
        generation=session.generation,
        connection_generation=users.connection_generation(user, request.client.client_id),
        client_generation=request.client.generation,
        organisation_generation=session.organisation_generation,
        expires_at=now_ms // 1000 + codes.LIFETIME_SECONDS,
    )


def _refuse_unsupported(parameters: Mapping[str, str], client: Client) -> None:
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequestError("no response_type", description="The response_type parameter is missing.")
    if response_type != "code":
        raise UnsupportedResponseTypeError(f"response_type {response_type[:64]!r}")
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode", description="Only the response_mode query is supported.")
    if codes.GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClientError(f"client {client.client_id!r} lacks {codes.GRANT_TYPE!r}")
    if "request" in parameters:
        raise RequestNotSupportedError("request object")
    if "request_uri" in parameters:
        raise RequestUriNotSupportedError("request_uri")
    if "registration" in parameters:
        raise RegistrationNotSupportedError("registration")


def _parse_challenge(parameters: Mapping[str, str], client: Client) -> str | None:
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None and method is None and not client.requires_pkce and not client.is_public:
        return None
    if challenge is None:
        raise InvalidRequestError("no code_challenge", description="The code_challenge parameter is required.")
    if method != pkce.METHOD:
        raise InvalidRequestError(
            "code_challenge_method is not S256", description="The code_challenge_method must be S256."
        )
    if not pkce.is_challenge(challenge):
        raise InvalidRequestError("code_challenge", description="The code_challenge parameter is malformed.")
    return challenge


def _parse_demand(parameters: Mapping[str, str], prompts: frozenset[str], essential: tuple[str, ...]) -> Demand:
    """Read which authentication classes the client asks for (OpenID Connect Core sections 3.1.2.1 and 5.5.1.1)."""
    return Demand(
        acr_values=essential or tuple(parameters.get("acr_values", "").split()),
        is_essential=bool(essential),
        is_fresh="login" in prompts or "max_age" in parameters,
    )


class _Claims(msgspec.Struct, frozen=True):
    """What a request demands of the claims of its ID token: the classes of an essential `acr`, and the `sub`."""

    acr_values: tuple[str, ...] = ()
    subject: str | None = None


_NO_CLAIMS = _Claims()


def _parse_claims(text: str) -> _Claims:
    """Return what the parameter `claims` demands (OpenID Connect Core section 5.5); what it wishes for is ignored."""
    try:
        claims: Any = json.loads(text)
        of_token: Any = claims.get("id_token") or {}
        acr: Any = of_token.get("acr") or {}
        sub: Any = of_token.get("sub") or {}
        essential: Any = acr if acr.get("essential") else {}
        values: list[Any] = [*essential.get("values", []), *([essential["value"]] if "value" in essential else [])]
        return _Claims(tuple(map(str, values)), None if sub.get("value") is None else str(sub["value"]))
    except (AttributeError, RecursionError, TypeError, ValueError):
        raise InvalidRequestError("claims", description="The claims parameter is malformed.") from None


def parse_max_age(text: str | None) -> int | None:
    """Return how old a sign-in may be, in seconds; None if the request does not say.

    Raises:
        InvalidRequestError: It is no number of seconds.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidRequestError("max_age", description="The max_age parameter is malformed.")
    return int(text)
