"""Client metadata (RFC 7591 section 2): what a client says of itself, in a registration or in a metadata document."""

import json
from collections.abc import Mapping
from copy import replace
from typing import Any, cast

from gatehouse.domain.accounts import quotas
from gatehouse.domain.kernel import names, outside_urls
from gatehouse.domain.kernel.errors import InvalidClientMetadataError, InvalidRedirectUriError
from gatehouse.domain.oauth import assertions, client_keys, clients, redirect_uris, registered_clients
from gatehouse.domain.oauth.clients import Client, Registration

GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})

URIS_MAX = quotas.most("redirect-uris")

SHARED_SECRETS = clients.BY_SECRET | {"client_secret_jwt"}
_BY_ITSELF = {clients.NONE, assertions.METHOD}
_REPLAY_WINDOW_SECONDS = 2  # as of every public client


def parse(text: str) -> Mapping[str, Any]:
    """Return the JSON object, without members that are null: they say no more than omitted ones (RFC 7592 section 2.2).

    Raises:
        InvalidClientMetadataError: It is none.
    """
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidClientMetadataError("no JSON object", description="The client metadata is not a JSON object.")
    return {name: value for name, value in cast("dict[str, Any]", found).items() if value is not None}


def client(organisation: str, client_id: str, metadata: Mapping[str, Any], registration: Registration) -> Client:
    """Return the client that the metadata describes, with the digest of what users consent to.

    What we do not know of the metadata is ignored (section 2).

    A shared secret is never kept. Many clients ask for one and cannot keep it: they become public ones
    (`token_endpoint_auth_method` of the answer says so, section 3.2.1).

    Raises:
        InvalidRedirectUriError: One is missing, or not acceptable, or they are too many.
        InvalidClientMetadataError: Anything else that the client has to change.
    """
    uris = _texts(metadata, "redirect_uris")
    if not 0 < len(uris) <= URIS_MAX or redirect_uris.find_fault_of_all(uris):
        raise InvalidRedirectUriError("redirect_uris of client metadata")
    grants = frozenset(_texts(metadata, "grant_types") or ("authorization_code",))
    responses = _texts(metadata, "response_types") or ("code",)
    if "authorization_code" not in grants or "code" not in responses:
        raise InvalidClientMetadataError(
            "grant_types or response_types", description="Clients register for the authorization code grant only."
        )
    method = _method(metadata)
    jwks, jwks_uri = _keys(metadata) if method == assertions.METHOD else ("", "")
    made = Client(
        organisation=organisation,
        client_id=client_id,
        application_id="",
        key_type="PRODUCTION",
        grant_types=grants & GRANT_TYPES,
        authentication_methods=frozenset({method}),
        redirect_uris=uris,
        jwks=jwks,
        jwks_uri=jwks_uri,
        replay_window_seconds=_REPLAY_WINDOW_SECONDS,
        registration=registration,
    )
    return replace(made, registration=replace(registration, digest=registered_clients.digest(made)))


def name(metadata: Mapping[str, Any]) -> str:
    """Return the name that the client claims; empty if it says none, or one that deceives by what nobody sees.

    Raises:
        InvalidClientMetadataError: It is no text.
    """
    claimed = metadata.get("client_name", "")
    if not isinstance(claimed, str):
        raise InvalidClientMetadataError("client_name", description="The client_name is not a string.")
    return names.parse(claimed[: registered_clients.NAME_MAX_CHARACTERS], registered_clients.NAME_MAX_CHARACTERS) or ""


def _method(metadata: Mapping[str, Any]) -> str:
    method = metadata.get("token_endpoint_auth_method", clients.NONE)
    if isinstance(method, str) and method in SHARED_SECRETS:
        return clients.NONE
    if not isinstance(method, str) or method not in _BY_ITSELF:
        raise InvalidClientMetadataError(
            "token_endpoint_auth_method", description="The token_endpoint_auth_method is none or private_key_jwt."
        )
    return method


def _keys(metadata: Mapping[str, Any]) -> tuple[str, str]:
    jwks, jwks_uri = metadata.get("jwks"), metadata.get("jwks_uri", "")
    if (jwks is None) == (not jwks_uri) or not isinstance(jwks_uri, str):
        raise InvalidClientMetadataError(
            "jwks or jwks_uri", description="private_key_jwt needs either jwks or jwks_uri (RFC 7591 section 2)."
        )
    if jwks_uri:
        if outside_urls.find_fault(jwks_uri):
            raise InvalidClientMetadataError(
                "jwks_uri", description="The jwks_uri is not an https URL with a public host, at port 443."
            )
        return "", jwks_uri
    text = json.dumps(jwks, separators=(",", ":"))
    if client_keys.find_fault(text):
        raise InvalidClientMetadataError(
            "jwks", description="The jwks is not a JWK Set of 1 to 10 public keys for RS256, PS256, ES256 or EdDSA."
        )
    return text, ""


def _texts(metadata: Mapping[str, Any], member: str) -> tuple[str, ...]:
    value = metadata.get(member, [])
    listed = cast("list[Any]", value) if isinstance(value, list) else [None]
    if not all(isinstance(one, str) for one in listed):
        if member == "redirect_uris":
            raise InvalidRedirectUriError("redirect_uris that are no list of strings")
        raise InvalidClientMetadataError(
            f"{member} that is no list of strings", description="A member that lists values is not a list of strings."
        )
    return tuple(dict.fromkeys(cast("list[str]", listed)))
