"""A token endpoint as tutorials write it: boto3 resource, Powertools resolver, event logging by Powertools."""

import base64
import hashlib
import hmac
import os
import secrets
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import boto3
from argon2 import PasswordHasher
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="naive")
app = APIGatewayHttpResolver()
dynamodb = boto3.resource("dynamodb")
directory = dynamodb.Table(os.environ["DIRECTORY_TABLE"])
grants = dynamodb.Table(os.environ["GRANTS_TABLE"])
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

LIFETIME_SECONDS = 3600


def answer(status: HTTPStatus, body: dict[str, Any]) -> Response[Any]:
    """Return JSON that nobody may store."""
    return Response(status.value, content_types.APPLICATION_JSON, body, headers={"Cache-Control": "no-store"})


def digest(secret: str) -> str:
    """Return the form in which a secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


@app.post("/token")
def post_token() -> Response[Any]:
    """Issue a token."""
    form = {name: values[0] for name, values in parse_qs(app.current_event.decoded_body or "").items()}
    authorization = app.current_event.headers.get("authorization", "")
    client_id, _, client_secret = base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")
    client = directory.get_item(Key={"pk": f"CLIENT#{client_id}"}, ConsistentRead=True).get("Item")
    if client is None or not hmac.compare_digest(str(client["secret_digest"]), digest(client_secret)):
        return answer(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client"})
    scope, has_refresh = form.get("scope", "default"), form["grant_type"] != "client_credentials"
    if form["grant_type"] == "password":
        user = directory.get_item(Key={"pk": f"USER#{form['username']}"}, ConsistentRead=True).get("Item")
        if user is None or not hasher.verify(str(user["password_hash"]), form["password"]):
            return answer(HTTPStatus.BAD_REQUEST, {"error": "invalid_grant"})
    elif form["grant_type"] == "refresh_token":
        key = {"pk": f"REFRESH#{digest(form['refresh_token'])}"}
        old = grants.get_item(Key=key, ConsistentRead=True).get("Item")
        if old is None or int(old["expires_at"]) < time.time():
            return answer(HTTPStatus.BAD_REQUEST, {"error": "invalid_grant"})
        grants.delete_item(Key=key)
        scope = str(old["scope"])
    body = issue(client_id, scope, has_refresh=has_refresh)
    logger.debug("issued")
    return answer(HTTPStatus.OK, body)


def issue(client_id: str, scope: str, *, has_refresh: bool) -> dict[str, Any]:
    """Store a new access token, and a refresh token if wanted."""
    access_token, now = secrets.token_urlsafe(32), int(time.time())
    common = {"client_id": client_id, "scope": scope, "issued_at": now}
    grants.put_item(Item={"pk": f"ACCESS#{digest(access_token)}", **common, "expires_at": now + LIFETIME_SECONDS})
    body = {"access_token": access_token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS, "scope": scope}
    if has_refresh:
        refresh_token = secrets.token_urlsafe(32)
        grants.put_item(Item={"pk": f"REFRESH#{digest(refresh_token)}", **common, "expires_at": now + 86400})
        body["refresh_token"] = refresh_token
    return body


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Resolve the route."""
    return app.resolve(event, context)
