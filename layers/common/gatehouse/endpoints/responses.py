"""Outcomes of the OAuth endpoints as HTTP."""

from collections.abc import Mapping

from gatehouse.domain.kernel import errors, json_texts, scopes
from gatehouse.domain.oauth.grants import IssuedToken
from gatehouse.endpoints import challenges

type Response = dict[str, object]
"""What a Lambda function answers to an HTTP API: statusCode, headers, body."""


class RefusalError(Exception):
    """A refusal with its rendered answer: an entry point logs the one and returns the other.

    Args:
        error: Why.
        response: What the caller gets.
    """

    def __init__(self, error: errors.DomainError, response: Response) -> None:
        """Keep both."""
        super().__init__(error.reason)
        self.error = error
        self.response = response


_OK, _NOT_FOUND, _METHOD_NOT_ALLOWED, _SERVER_FAILURE = 200, 404, 405, 500  # `http` is 1 % of a cold start

# Token responses and errors alike must not be cached (RFC 6749 section 5.1).
_NO_STORE = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
_PUBLIC = {"Cache-Control": "public, max-age=300", "Pragma": "cache"}
_BEARER_CHALLENGE = 'Bearer realm="gatehouse"'
_BASIC_CHALLENGE = 'Basic realm="gatehouse", charset="UTF-8"'


def text(status: int, headers: dict[str, str], body: str = "") -> Response:
    """Return an answer of text, or without a body."""
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def token(issued: IssuedToken) -> Response:
    """Render a successful token response (RFC 6749 section 5.1), its members as WSO2 documents them."""
    body: dict[str, object] = {
        "scope": scopes.render(issued.scopes),
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
    }
    if issued.refresh_token is not None:
        body["refresh_token"] = issued.refresh_token
    if issued.id_token is not None:
        body["id_token"] = issued.id_token
    body["access_token"] = issued.access_token
    return _json(_OK, body)


def ok(body: Mapping[str, object]) -> Response:
    """Render an answer that must not be cached."""
    return _json(_OK, body)


def empty() -> Response:
    """Render a success that has nothing to say (RFC 7009 section 2.2)."""
    return text(_OK, dict(_NO_STORE))


def public(body: Mapping[str, object]) -> Response:
    """Render a document that anyone may read, and keep for a while (RFC 8414 section 3.2)."""
    return _json(_OK, body, _PUBLIC)


def oauth_error(error: errors.OAuthError) -> Response:
    """Render a refusal (RFC 6749 section 5.2); the private reason stays behind."""
    from gatehouse.endpoints import error_table  # only for refusals: no start waits for it

    headers: dict[str, str] = {}
    if isinstance(error, errors.InvalidClientError):
        headers |= challenges.headers(_BASIC_CHALLENGE)
    if isinstance(error, errors.InvalidTokenError | errors.InsufficientScopeError):
        headers |= challenges.headers(_bearer_challenge(error))
    body = {"error": error.code, "error_description": error.description}
    return _json(error_table.status(error).value, body, headers | retry_after(error))


def retry_after(error: errors.OAuthError) -> dict[str, str]:
    """Return the header that says when to try again, if the error knows."""
    if isinstance(error, errors.TooManyFailuresError | errors.TemporarilyUnavailableError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def _bearer_challenge(error: errors.InvalidTokenError | errors.InsufficientScopeError) -> str:
    """Say what was wrong with the token, and nothing if there was none (RFC 6750 section 3.1)."""
    if isinstance(error, errors.MissingTokenError):
        return _BEARER_CHALLENGE
    scope = f', scope="{error.needed}"' if isinstance(error, errors.InsufficientScopeError) else ""
    return f'{_BEARER_CHALLENGE}, error="{error.code}"{scope}'


def not_found() -> Response:
    """Render a path that does not exist."""
    return _json(_NOT_FOUND, {"error": "not_found", "error_description": "There is nothing at this path."})


def method_not_allowed(allowed: str) -> Response:
    """Render a method that the path does not have (RFC 9110 section 15.5.6)."""
    body = {"error": "invalid_request", "error_description": "This path does not have this method."}
    return _json(_METHOD_NOT_ALLOWED, body, {"Allow": allowed})


def server_error() -> Response:
    """Render anything unexpected, telling nothing."""
    return _json(
        _SERVER_FAILURE,
        {"error": "server_error", "error_description": "The service failed unexpectedly."},
    )


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return text(status, {**_NO_STORE, **(headers or {})}, json_texts.render(body).decode())
