"""Client credentials out of the request (RFC 6749 section 2.3)."""

import binascii
from collections.abc import Mapping

from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.errors import InvalidClientError, InvalidRequestError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Credentials
from gatehouse.endpoints import form_encoding

_REMAPPED = "x-amzn-remapped-authorization"
_CREDENTIALS = ("client_secret", "client_assertion")


def extract(headers: Mapping[str, str], form: Mapping[str, str]) -> Credentials:
    """Return what the client presented, by exactly one method.

    Raises:
        InvalidRequestError: More than one method, two Authorization headers, or two different client ids.
        InvalidClientError: No method, or an unreadable one.
    """
    authorization = headers.get("authorization")
    if _REMAPPED in headers or (authorization is not None and "," in authorization):
        raise InvalidRequestError("two Authorization headers", description="The Authorization header is repeated.")
    if authorization is not None:
        return _from_header(authorization, form)
    if "client_assertion" in form:
        return _from_assertion(form)
    if "client_id" not in form:
        raise InvalidClientError("no client credentials")
    if "client_secret" in form:
        return Credentials(clients.SECRET_POST, form["client_id"], form["client_secret"])
    return Credentials(clients.NONE, form["client_id"])


def _from_assertion(form: Mapping[str, str]) -> Credentials:
    """Read RFC 7521 section 4.2's parameters."""
    from gatehouse.domain.oauth import assertions  # only for assertions: no start waits for it

    if "client_secret" in form:
        raise InvalidRequestError(
            "assertion and secret", description="Only one client authentication method may be used."
        )
    assertion = form["client_assertion"]
    client_id = assertions.claimed_client_id(assertion)
    if form.get("client_assertion_type") != assertions.TYPE or client_id is None:
        raise InvalidClientError("unreadable client assertion")
    if form.get("client_id", client_id) != client_id:
        raise InvalidClientError("the assertion is of another client than client_id")
    return Credentials(assertions.METHOD, client_id, assertion=assertion)


def _from_header(authorization: str, form: Mapping[str, str]) -> Credentials:
    if any(name in form for name in _CREDENTIALS):
        raise InvalidRequestError(
            "credentials in header and form", description="Only one client authentication method may be used."
        )
    client_id, client_secret = _parse_basic(authorization)
    if form.get("client_id", client_id) != client_id:
        raise InvalidRequestError("two client ids", description="The client_id differs from the authenticated client.")
    if not client_secret:
        return Credentials(clients.NONE, client_id)  # a public client's empty secret (RFC 6749 section 2.3.1)
    return Credentials(clients.SECRET_BASIC, client_id, client_secret)


def _parse_basic(authorization: str) -> tuple[str, str]:
    """Undo base64, then the form encoding of both halves (section 2.3.1 and appendix B)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClientError("authorization scheme is not Basic")
    try:
        decoded = binascii.a2b_base64(encoded.strip(), strict_mode=True).decode()
        client_id, separator, client_secret = decoded.partition(":")
        parts = form_encoding.unquote(client_id), form_encoding.unquote(client_secret)
    except (binascii.Error, ValueError):
        raise InvalidClientError("unreadable Basic credentials") from None
    if not separator or not parts[0] or not all(map(texts.is_text, parts)):
        raise InvalidClientError("incomplete Basic credentials")
    return parts
