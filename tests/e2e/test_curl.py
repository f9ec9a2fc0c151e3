"""The commands of the source documents, typed letter for letter into a shell."""

import json
import subprocess
from typing import Any

import pytest

from tests.deployed import Deployed

PASSWORD_GRANT = (
    'curl -k -d "grant_type=password&username=<username>&password=<password>"'
    ' -H "Authorization: Basic d1U2MkRqbHlEQm5xODdHbEJ3cGxmcXZtQWJBYTprc2RTZG9lZkREUDd3cGFFbGZxdm1qRHVl"'
    ' -H "Content-Type: application/x-www-form-urlencoded" https://localhost:8243/token'
)
REFRESH_GRANT = (
    'curl -k -d "grant_type=refresh_token&refresh_token=<retoken>"'
    ' -H "Authorization: Basic d1U2MkRqbHlEQm5xODdHbEJ3cGxmcXZtQWJBYTprc2RTZG9lZkREUDd3cGFFbGZxdm1qRHVl"'
    ' -H "Content-Type: application/x-www-form-urlencoded" https://localhost:8243/token'
)


def shell(deployed: Deployed, command: str) -> Any:
    """Run a line in a shell; only the port is the one of the stack under test."""
    line = command.replace("https://localhost:8243", deployed.stack["base_url"])
    return json.loads(subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout)  # noqa: S603, S607


def sign_in(deployed: Deployed, username: str) -> Any:
    user = deployed.user(username.removesuffix("@johnsorg"))
    return shell(deployed, PASSWORD_GRANT.replace("<username>", username).replace("<password>", user["password"]))


@pytest.mark.parametrize("username", ["john@gmail.com@johnsorg", "peter@johnsorg", "peter"])
def test_pwd_06_the_password_grant_of_the_documents(deployed: Deployed, username: str) -> None:
    body = sign_in(deployed, username)

    assert body.keys() == {"scope", "token_type", "expires_in", "refresh_token", "access_token"}
    assert (body["token_type"], body["scope"], body["expires_in"]) == ("Bearer", "default", 3600)


def test_the_refresh_of_the_documents(deployed: Deployed) -> None:
    first = sign_in(deployed, "peter@johnsorg")

    second = shell(deployed, REFRESH_GRANT.replace("<retoken>", first["refresh_token"]))

    assert second.keys() == first.keys()
    assert second["access_token"] != first["access_token"]


def test_the_token_opens_an_api_in_a_curl_of_its_own(deployed: Deployed) -> None:
    command = PASSWORD_GRANT.replace("grant_type=password", "grant_type=password&scope=read")
    john = deployed.user("john@gmail.com")
    token = shell(
        deployed, command.replace("<username>", "john@gmail.com@johnsorg").replace("<password>", john["password"])
    )["access_token"]

    body = shell(deployed, f'curl -k -H "Authorization: Bearer {token}" {deployed.stack["orders_url"]}/orders')

    assert body["caller"]["username"] == "john@gmail.com"
