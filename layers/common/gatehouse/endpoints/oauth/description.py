"""The OpenAPI 3.1 description of the OAuth endpoints, made from what the code has: grants, errors, statuses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from gatehouse.domain.kernel import errors
from gatehouse.domain.oauth.grants import GRANTS
from gatehouse.endpoints import error_table, openapi

type OAuthOperation = tuple[str, str, dict[str, Any]]
"""Path, method, and what OpenAPI says of them."""

_CREDENTIALS = ("client_id", "client_secret", "client_assertion_type", "client_assertion")


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": sorted(required), "properties": {**required, **(optional or {})}}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_ERROR = openapi.reference("Error")
_TOKEN = _object(
    {
        "access_token": _TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "minimum": 0},
        "scope": _TEXT,
    },
    {"refresh_token": _TEXT, "id_token": _TEXT},
)
_DEVICE = _object(
    dict.fromkeys(("device_code", "user_code", "verification_uri", "verification_uri_complete"), _TEXT)
    | {"expires_in": _NUMBER, "interval": _NUMBER}
)
_INTROSPECTION = _object(
    {"active": {"type": "boolean"}},
    dict.fromkeys(("scope", "client_id", "username", "token_type", "sub", "iss", "jti"), _TEXT)
    | {
        "aud": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "exp": _NUMBER,
        "iat": _NUMBER,
        "aut": {"enum": ["APPLICATION", "APPLICATION_USER"]},
    },
)
_USERINFO = _object(
    {"sub": _TEXT},
    dict.fromkeys(("name", "preferred_username", "organisation", "email"), _TEXT)
    | {"email_verified": {"type": "boolean"}},
)
_METADATA = _object({"issuer": _TEXT, "token_endpoint": _TEXT, "jwks_uri": _TEXT})
_JWKS = _object({"keys": {"type": "array", "items": _object({"kid": _TEXT, "kty": _TEXT, "alg": _TEXT})}})

_ABOUT_USERS = "Ask about the user behind a token", "OpenID Connect Core 1.0 section 5.3"
_UNAVAILABLE = frozenset({HTTPStatus.SERVICE_UNAVAILABLE})
"""The only refusal of a document."""

_AUTHORIZATION = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "resource",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
)
_TOKEN_NAMES = ("token", "token_type_hint")
_LOGOUT = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state")


def _operation(summary: str, source: str, responses: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"summary": summary, "description": source, "responses": responses, **more}


def _form(names: Sequence[str], required: Sequence[str] = ()) -> dict[str, Any]:
    form: dict[str, Any] = dict.fromkeys(names, _TEXT)
    if "grant_type" in form:
        form["grant_type"] = {"enum": sorted(GRANTS)}
    schema = {"type": "object", "properties": form, "required": list(required)}
    return {"required": True, **openapi.content(schema, "application/x-www-form-urlencoded")}


def _pages(path: str, names: Sequence[str], summary: str, source: str) -> list[OAuthOperation]:
    """Return a path for browsers, whose parameters stand in the query or in a form.

    It answers with pages, also for refusals, and redirects to other pages or to the client.
    """
    statuses = {*error_table.OAUTH_STATUSES, HTTPStatus.OK} - {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    answers = {
        **openapi.responses(statuses, _TEXT, "text/html"),
        **openapi.responses([HTTPStatus.SEE_OTHER], None),
        **openapi.responses([HTTPStatus.METHOD_NOT_ALLOWED], _ERROR),
    }
    query = [openapi.parameter(name, "query", _TEXT) for name in names]
    return [
        (path, "get", _operation(summary, source, answers, parameters=query)),
        (path, "post", _operation(summary, source, answers, requestBody=_form(names))),
    ]


def _call(
    path: str,
    summary: str,
    source: str,
    names: Sequence[str],
    answer: Mapping[str, Any] | None = None,
    required: Sequence[str] = (),
) -> OAuthOperation:
    """Return a form that a client sends, which authenticates itself; the answer is empty if no schema is given."""
    form, answers = _form((*names, *_CREDENTIALS), required), _answers(answer)
    return path, "post", _operation(summary, source, answers, requestBody=form, security=[{"client": []}, {}])


def _answers(
    answer: Mapping[str, Any] | None, refusals: frozenset[HTTPStatus] = error_table.OAUTH_STATUSES
) -> dict[str, Any]:
    """Return the answer, and a response for each status of a refusal."""
    return {
        **openapi.responses([HTTPStatus.OK], answer),
        **openapi.responses({*refusals, HTTPStatus.METHOD_NOT_ALLOWED}, _ERROR),
    }


OPERATIONS = (
    *_pages("/authorize", _AUTHORIZATION, "Ask the user for an authorization code", "RFC 6749 section 3.1"),
    *_pages("/logout", _LOGOUT, "Sign the user out", "OpenID Connect RP-Initiated Logout 1.0"),
    _call(
        "/token",
        "Get an access token",
        "RFC 6749 section 3.2",
        ("grant_type", *sorted({name for grant in GRANTS.values() for name in grant.parameters})),
        _TOKEN,
        required=("grant_type",),
    ),
    _call("/device_authorization", "Get the codes of a device", "RFC 8628 section 3.1", ("scope", "resource"), _DEVICE),
    _call("/revoke", "End the grant behind a token", "RFC 7009", _TOKEN_NAMES, required=("token",)),
    _call("/introspect", "Ask what a token is worth", "RFC 7662", _TOKEN_NAMES, _INTROSPECTION, required=("token",)),
    *(
        ("/userinfo", method, _operation(*_ABOUT_USERS, _answers(_USERINFO), security=[{"token": []}]))
        for method in ("get", "post")
    ),
    *(
        (f"/.well-known/{name}", "get", _operation(summary, source, _answers(document, _UNAVAILABLE)))
        for name, summary, source, document in (
            ("oauth-authorization-server", "Discover the issuer", "RFC 8414 section 3", _METADATA),
            (
                "openid-configuration",
                "Discover the OpenID provider",
                "OpenID Connect Discovery 1.0 section 4",
                _METADATA,
            ),
            ("jwks.json", "Get the public keys", "RFC 7517 section 5", _JWKS),
        )
    ),
)


def describe(server: str) -> dict[str, Any]:
    """Return the description, for one server: the issuer's URL."""
    return openapi.document(
        "3.1.0",
        {"title": "Gatehouse", "version": "1", "description": "OAuth 2.0 endpoints of the token service."},
        server,
        OPERATIONS,
        schemas={"Error": _error_schema()},
        security_schemes={
            "client": {"type": "http", "scheme": "basic"},
            "token": {"type": "http", "scheme": "bearer"},
        },
    )


def _error_schema() -> dict[str, Any]:
    codes = sorted({kind.code for kind in errors.OAuthError.__subclasses__()} | {"not_found", "server_error"})
    return _object({"error": {"enum": codes}, "error_description": {"type": "string"}})
