"""The OpenAPI 3.1 description of the OAuth endpoints, made from what the code has: grants, errors, statuses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from gatehouse.domain.kernel import errors
from gatehouse.domain.oauth.grants import GRANTS
from gatehouse.endpoints import error_table, openapi

_CREDENTIALS = ("client_id", "client_secret", "client_assertion_type", "client_assertion")


class OAuthOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    Attributes:
        form: The parameters of its form body, by name; those that must be there are in `required`.
        answer: JSON Schema of the body of a 200; None if it is empty.
        is_public: Whether it takes no client authentication.
        query: The parameters of its query.
        is_page: Whether it is for browsers: it answers with pages and redirects.
        takes_token: Whether it takes an access token instead.
    """

    method: str
    path: str
    summary: str
    source: str
    form: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    answer: Mapping[str, Any] | None = None
    is_public: bool = False
    takes_token: bool = False
    query: tuple[str, ...] = ()
    is_page: bool = False


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
_LOGOUT = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state")

OPERATIONS = (
    *(
        OAuthOperation(
            method=method,
            path=path,
            summary=summary,
            source=source,
            query=parameters if method == "get" else (),
            form=parameters if method == "post" else (),
            is_public=True,
            is_page=True,
        )
        for path, parameters, summary, source in (
            ("/authorize", _AUTHORIZATION, "Ask the user for an authorization code", "RFC 6749 section 3.1"),
            ("/logout", _LOGOUT, "Sign the user out", "OpenID Connect RP-Initiated Logout 1.0"),
        )
        for method in ("get", "post")
    ),
    OAuthOperation(
        method="post",
        path="/token",
        summary="Get an access token",
        source="RFC 6749 section 3.2",
        form=("grant_type", *sorted({name for grant in GRANTS.values() for name in grant.parameters}), *_CREDENTIALS),
        required=("grant_type",),
        answer=_TOKEN,
    ),
    OAuthOperation(
        method="post",
        path="/device_authorization",
        summary="Get the codes of a device",
        source="RFC 8628 section 3.1",
        form=("scope", "resource", *_CREDENTIALS),
        answer=_DEVICE,
    ),
    OAuthOperation(
        method="post",
        path="/revoke",
        summary="End the grant behind a token",
        source="RFC 7009",
        form=("token", "token_type_hint", *_CREDENTIALS),
        required=("token",),
    ),
    OAuthOperation(
        method="post",
        path="/introspect",
        summary="Ask what a token is worth",
        source="RFC 7662",
        form=("token", "token_type_hint", *_CREDENTIALS),
        required=("token",),
        answer=_INTROSPECTION,
    ),
    *(
        OAuthOperation(
            method=method,
            path="/userinfo",
            summary="Ask about the user behind a token",
            source="OpenID Connect Core 1.0 section 5.3",
            answer=_USERINFO,
            takes_token=True,
        )
        for method in ("get", "post")
    ),
    OAuthOperation(
        method="get",
        path="/.well-known/oauth-authorization-server",
        summary="Discover the issuer",
        source="RFC 8414 section 3",
        answer=_METADATA,
        is_public=True,
    ),
    OAuthOperation(
        method="get",
        path="/.well-known/openid-configuration",
        summary="Discover the OpenID provider",
        source="OpenID Connect Discovery 1.0 section 4",
        answer=_METADATA,
        is_public=True,
    ),
    OAuthOperation(
        method="get",
        path="/.well-known/jwks.json",
        summary="Get the public keys",
        source="RFC 7517 section 5",
        answer=_JWKS,
        is_public=True,
    ),
)


def describe(server: str) -> dict[str, Any]:
    """Return the description, for one server: the issuer's URL."""
    return openapi.document(
        "3.1.0",
        {"title": "Gatehouse", "version": "1", "description": "OAuth 2.0 endpoints of the token service."},
        server,
        ((one.path, one.method, _render(one)) for one in OPERATIONS),
        schemas={"Error": _error_schema()},
        security_schemes={
            "client": {"type": "http", "scheme": "basic"},
            "token": {"type": "http", "scheme": "bearer"},
        },
    )


def _render(operation: OAuthOperation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": operation.source,
        "responses": _pages() if operation.is_page else _answers(operation),
    }
    if operation.query:
        described["parameters"] = [openapi.parameter(name, "query", _TEXT) for name in operation.query]
    if operation.form:
        form: dict[str, Any] = {name: _TEXT for name in operation.form if name != "grant_type"}
        if "grant_type" in operation.form:
            form["grant_type"] = {"enum": sorted(GRANTS)}
        schema = {"type": "object", "properties": form, "required": list(operation.required)}
        described["requestBody"] = {"required": True, **openapi.content(schema, "application/x-www-form-urlencoded")}
    if not operation.is_public:
        described["security"] = [{"token": []}] if operation.takes_token else [{"client": []}, {}]
    return described


def _pages() -> dict[str, Any]:
    """Return the answers to a browser: pages, also for refusals, and redirects to other pages or to the client."""
    statuses = {*error_table.OAUTH_STATUSES, HTTPStatus.OK} - {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return {
        **openapi.responses(statuses, _TEXT, "text/html"),
        **openapi.responses([HTTPStatus.SEE_OTHER], None),
        **openapi.responses([HTTPStatus.METHOD_NOT_ALLOWED], _ERROR),
    }


def _answers(operation: OAuthOperation) -> dict[str, Any]:
    """Return the answer, and a response for each status that an OAuthError has; documents are only ever unavailable."""
    statuses = {HTTPStatus.SERVICE_UNAVAILABLE} if operation.is_public else set(error_table.OAUTH_STATUSES)
    return {
        **openapi.responses([HTTPStatus.OK], operation.answer),
        **openapi.responses({*statuses, HTTPStatus.METHOD_NOT_ALLOWED}, _ERROR),
    }


def _error_schema() -> dict[str, Any]:
    codes = sorted({kind.code for kind in errors.OAuthError.__subclasses__()} | {"not_found", "server_error"})
    return _object({"error": {"enum": codes}, "error_description": {"type": "string"}})
