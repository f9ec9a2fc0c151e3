"""The naive Lambda functions of `bench/naive`, called as Lambda calls them."""

import importlib.util
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3

from bench.subjects import events, protocol

NAIVE = Path(__file__).resolve().parents[1] / "naive"
CLIENT_ID, SECRET, USERNAME, PASSWORD = "naive-client", "ksdSdoefDDP7wpaElfqvmjDue", "john", "correct horse battery"
CONTEXT = SimpleNamespace(
    function_name="naive",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:naive",
    aws_request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
)


def load(function: str) -> Any:
    """Import a function's app.py."""
    spec = importlib.util.spec_from_file_location(f"naive_{function}", NAIVE / function / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(function)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Naive:
    """One client's requests."""

    def __init__(self) -> None:
        """Fill the tables."""
        self._token, self._authorizer = load("token"), load("authorizer")
        directory = boto3.resource("dynamodb").Table(os.environ["DIRECTORY_TABLE"])
        directory.put_item(Item={"pk": f"CLIENT#{CLIENT_ID}", "secret_digest": self._token.digest(SECRET)})
        directory.put_item(Item={"pk": f"USER#{USERNAME}", "password_hash": self._token.hasher.hash(PASSWORD)})
        directory.put_item(Item={"pk": "API#abc123", "routes": {"GET /orders/{id}": ["read", "update"]}})
        self._refresh_token = ""

    def post(self, **form: str) -> dict[str, Any]:
        """Send a form; the answer must be a success."""
        response = self._token.handler(events.post("/token", form, CLIENT_ID, SECRET), CONTEXT)
        if response["statusCode"] != 200:
            raise RuntimeError(str(response))
        return json.loads(response["body"])

    def client_credentials(self) -> dict[str, Any]:
        """Get a token for the application."""
        return self.post(grant_type="client_credentials")

    def password(self) -> dict[str, Any]:
        """Get a token for John."""
        return self.post(grant_type="password", username=USERNAME, password=PASSWORD, scope="read update")

    def refresh(self) -> None:
        """Spend the last refresh token."""
        self._refresh_token = self._refresh_token or self.password()["refresh_token"]
        answer = self.post(grant_type="refresh_token", refresh_token=self._refresh_token)
        self._refresh_token = answer["refresh_token"]

    def gate(self, access_token: str) -> None:
        """Ask the authorizer; it must allow."""
        policy = self._authorizer.handler(events.authorize(access_token), CONTEXT)
        if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            raise RuntimeError(str(policy))


if __name__ == "__main__":
    naive = Naive()
    token = naive.password()["access_token"]
    protocol.serve(
        {
            "client_credentials": naive.client_credentials,
            "password": naive.password,
            "refresh_token": naive.refresh,
            "gate": lambda: naive.gate(token),
        },
        {
            "token event": events.post("/token", {"grant_type": "client_credentials"}, CLIENT_ID, SECRET),
            "authorizer event": events.authorize(token),
        },
    )
