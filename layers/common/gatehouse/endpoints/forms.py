"""The application/x-www-form-urlencoded body (RFC 6749 section 3.2 and appendix B)."""

from collections.abc import Mapping

from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints import form_encoding
from gatehouse.endpoints.requests import Request

SECRETS = frozenset({"assertion", "client_assertion", "client_secret", "code", "device_code"}) | {
    *("logout_token", "password", "refresh_token", "token"),
}
"""Parameters that are credentials: an address that holds one is refused (RFC 6749 section 2.3.1)."""

_BODY_MAX_BYTES = 64 * 1024
_QUERY_MAX_CHARACTERS = 8 * 1024
_PARAMETERS_MAX = 64
_MEDIA_TYPE = "application/x-www-form-urlencoded"
_SEVERAL = frozenset({"resource"})
"""Parameters that may be sent several times (RFC 8707 section 2); their values are joined by spaces."""


def parse(request: Request, parameters_max: int = _PARAMETERS_MAX) -> dict[str, str]:
    """Decode a form; a parameter sent without a value counts as omitted.

    Raises:
        InvalidRequestError: The body is no form, over 64 KiB, not UTF-8, or has more parameters than may be sent; one
            is repeated or holds NUL; or the URL contains a secret (RFC 6749 section 2.3.1).
    """
    _refuse_secrets_in_url(request.query)
    if not is_form(request):
        raise InvalidRequestError(
            f"content type {request.headers.get('content-type', '')[:80]!r}",
            description="The body must be application/x-www-form-urlencoded.",
        )
    body = request.body()
    if len(body) > _BODY_MAX_BYTES:
        raise InvalidRequestError(f"body of {len(body)} bytes", description="The body is too large.")
    return _parse(body, parameters_max)


def is_form(request: Request) -> bool:
    """Say whether the body calls itself a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _MEDIA_TYPE


def parse_query(query: str) -> dict[str, str]:
    """Decode the query of an authorization request (RFC 6749 section 3.1) by the same rules.

    Raises:
        InvalidRequestError: See `parse`; over 8 KiB, as sent or as `render_query` spells it.
    """
    _refuse_long(query)
    parameters = _parse(query.encode())
    render_query(parameters)
    return parameters


def render_query(parameters: Mapping[str, str]) -> str:
    """Return the parameters in the one spelling in which they are sent on to the next page.

    Raises:
        InvalidRequestError: Over 8 KiB: the answer that leads there must fit into API Gateway's 10 KiB of headers.
    """
    from urllib.parse import urlencode  # only for pages: no start of the token endpoint waits for it

    query = urlencode(parameters)
    _refuse_long(query)
    return query


def _refuse_long(query: str) -> None:
    if len(query) > _QUERY_MAX_CHARACTERS:
        raise InvalidRequestError(f"query of {len(query)} characters", description="The request is too long.")


def _parse(body: bytes, parameters_max: int = _PARAMETERS_MAX) -> dict[str, str]:
    try:
        text = body.decode()
        pairs = form_encoding.parse(text, parameters_max)
    except ValueError as error:  # its text may quote the body
        raise InvalidRequestError(
            f"body is not a form: {type(error).__name__}",
            description="The body is not a UTF-8 form, or has too many parameters.",
        ) from None
    if "\0" in text or "%00" in text:  # UTF-8 spells no half of a character, so that is all of `texts.is_text`
        raise InvalidRequestError("NUL in a parameter", description="A parameter holds a NUL character.")
    names = [name for name, _ in pairs if name not in _SEVERAL]
    repeated = len(names) - len(set(names))
    if repeated:
        raise InvalidRequestError(f"{repeated} repeated parameters", description="A parameter is repeated.")
    values = {name: value for name, value in pairs if value}
    for name in () if _SEVERAL.isdisjoint(values) else _SEVERAL & values.keys():
        values[name] = " ".join(one for key, one in pairs if key == name and one)
    return values


def _refuse_secrets_in_url(query: str) -> None:
    if not query:
        return
    names = {pair.partition("=")[0].lower() for pair in query.split("&")}
    if names & SECRETS:
        raise InvalidRequestError("secret in the URL", description="Credentials must not be sent in the URL.")
