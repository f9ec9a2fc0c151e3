"""Authlib's authorization server in Flask, with everything in memory: no store is cheaper."""

import base64
import time
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, Response

from bench.subjects import protocol

CLIENT_ID, SECRET = "authlib-client", "ksdSdoefDDP7wpaElfqvmjDue"
TOKENS: dict[str, "Token"] = {}
REFRESH_TOKENS: dict[str, "Token"] = {}


class Client:
    """A confidential client that may do everything."""

    client_id = CLIENT_ID

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's signature
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:  # noqa: ARG002
        return True

    def get_allowed_scope(self, scope: str) -> str:
        return scope or "default"


class Token:
    """What Authlib asks of a token."""

    def __init__(self, token: dict[str, Any], user: Any) -> None:
        self.values, self.user, self.expires_at = token, user, time.time() + token["expires_in"]

    def check_client(self, client: Client) -> bool:
        return client.client_id == CLIENT_ID

    def get_scope(self) -> str:
        return self.values.get("scope", "")

    def get_expires_in(self) -> int:
        return self.values["expires_in"]

    def is_expired(self) -> bool:
        return self.expires_at < time.time()

    def is_revoked(self) -> bool:
        return False


class Password(grants.ResourceOwnerPasswordCredentialsGrant):
    """Without a hash: only Authlib itself is measured."""

    def authenticate_user(self, username: str, password: str) -> object | None:
        return object() if (username, password) == ("john", "secret") else None


class Refresh(grants.RefreshTokenGrant):
    """Rotates."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        return REFRESH_TOKENS.get(refresh_token)

    def authenticate_user(self, refresh_token: Token) -> object:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Token) -> None:
        REFRESH_TOKENS.pop(refresh_token.values["refresh_token"], None)


class Introspection(IntrospectionEndpoint):
    """Answers about access tokens."""

    def query_token(self, token: str, token_type_hint: str) -> Token | None:  # noqa: ARG002
        return TOKENS.get(token)

    def check_permission(self, token: Token, client: Client, request: Any) -> bool:  # noqa: ARG002
        return True

    def introspect_token(self, token: Token) -> dict[str, Any]:
        return {"active": True, "scope": token.get_scope(), "client_id": CLIENT_ID, "exp": int(token.expires_at)}


def save_token(token: dict[str, Any], request: Any) -> None:
    """Keep a token."""
    kept = TOKENS[token["access_token"]] = Token(token, request.user)
    if "refresh_token" in token:
        REFRESH_TOKENS[token["refresh_token"]] = kept


app = Flask("authlib")
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=lambda _: Client(), save_token=save_token)
Password.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]
Refresh.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]
for grant in (grants.ClientCredentialsGrant, Password, Refresh):
    server.register_grant(grant)
server.register_endpoint(Introspection)


@app.post("/token")
def token() -> Response:
    """Issue a token."""
    return server.create_token_response()


@app.post("/introspect")
def introspect() -> Response:
    """Describe a token."""
    return server.create_endpoint_response("introspection")


BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()


def call(application: Any, path: str, form: dict[str, str], authorization: str = BASIC) -> dict[str, Any]:
    """Call a WSGI application, as its server would."""
    import json

    body, status = urlencode(form).encode(), [""]
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "a.example",
        "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https", "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(), "wsgi.multithread": False, "wsgi.multiprocess": True,
        "wsgi.run_once": False, "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": authorization, "HTTP_HOST": "auth.example", "REMOTE_ADDR": "192.0.2.10",
    }  # fmt: skip

    def start_response(line: str, _headers: Any, _error: Any = None) -> None:
        status[0] = line

    answer = application(environ, start_response)
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{path} {form}: {status[0]} {content[:300]!r}")
    return json.loads(content)


class Requests:
    """One client's requests to a WSGI application."""

    def __init__(self, application: Any, paths: tuple[str, str], password: dict[str, str], authorization: str) -> None:
        self._application, self._authorization = application, authorization
        self._token, self._introspect = paths
        self._password = password
        self._refresh_token = ""

    def client_credentials(self) -> dict[str, Any]:
        return call(self._application, self._token, {"grant_type": "client_credentials"}, self._authorization)

    def password(self) -> dict[str, Any]:
        return call(self._application, self._token, {"grant_type": "password", **self._password}, self._authorization)

    def refresh(self) -> None:
        self._refresh_token = self._refresh_token or self.password()["refresh_token"]
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        self._refresh_token = call(self._application, self._token, form, self._authorization)["refresh_token"]

    def introspect(self, access_token: str) -> None:
        if not call(self._application, self._introspect, {"token": access_token}, self._authorization)["active"]:
            raise RuntimeError("not active")

    def serve(self, password_name: str) -> None:
        """Offer them all."""
        access_token = self.client_credentials()["access_token"]
        protocol.serve(
            {
                "client_credentials": self.client_credentials,
                password_name: self.password,
                "refresh_token": self.refresh,
                "introspection": lambda: self.introspect(access_token),
            }
        )


if __name__ == "__main__":
    Requests(app, ("/token", "/introspect"), {"username": "john", "password": "secret"}, BASIC).serve(
        "password, without a hash"
    )
