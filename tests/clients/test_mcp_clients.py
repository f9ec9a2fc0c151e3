"""MCP clients that know nothing but a server's URL: they discover, register, call tools, and ask for more."""

import json
import os
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import toolchain
from tests import outside
from tests.clients.conftest import MakeVisitor, disconnect_all, follow
from tests.deployed import Deployed
from tests.visitors import Visitor

pytestmark = pytest.mark.more

SCRIPTS = Path(__file__).parent
TOOLS = ["list_orders", "create_order", "delete_order"]
NEEDS = "the organisation lets clients register; a subscriptionless API"
REGISTERS = "dynamic registration, step-up, refresh, disconnected"


@dataclass
class Conversation:
    """A client's process, and the browser of its user."""

    process: subprocess.Popen[str]
    visitor: Visitor
    asked: int = 0
    is_ended: bool = False

    def next(self) -> dict[str, Any]:
        """Return what the client says next; send its user to sign in and agree in between."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            if "authorize" not in said:
                return said
            self.asked += 1
            self.tell("stop" if self.is_ended else follow(self.visitor, said["authorize"]))
        raise AssertionError(self.process.stderr.read() if self.process.stderr else "")

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@contextmanager
def talk(
    command: Sequence[str], environment: Mapping[str, str], visitor: Visitor, cwd: Path
) -> Generator[Conversation]:
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Conversation(process, visitor)
        finally:
            process.kill()


def disconnect(client: Conversation, http: httpx.Client) -> None:
    """Let the user end every client that registered itself; then let this one go on."""
    disconnect_all(client.visitor, http)
    client.is_ended = True
    client.tell("go on")


@contextmanager
def document(deployed: Deployed, redirect_uri: str) -> Generator[str]:
    """Publish the metadata document of a client on a host outside."""
    with outside.host(deployed) as host:
        url = host.url("/agent.json")
        metadata = {
            "client_id": url,
            "client_name": "Agent",
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        host.pages["/agent.json"] = outside.Page(json.dumps(metadata).encode())
        yield url


@pytest.mark.client("npm:@modelcontextprotocol/client", "dynamic registration, step-up, refresh", setting=NEEDS)
def test_the_typescript_client_registers(
    installed: Path, authority: str, visit: MakeVisitor, http: httpx.Client, url: str
) -> None:
    asked = {"package": "@modelcontextprotocol/client", "url": url, "steps_up": True}
    command = ["node", "mcp.mjs", json.dumps(asked)]
    with talk(command, {"NODE_EXTRA_CA_CERTS": authority}, visit(), installed) as client:
        done = client.next()
        disconnect(client, http)

        assert client.next()["refused"] is True
    assert done["tools"] == TOOLS
    assert done["client_id"].startswith("dyn.")
    assert [set(one.split()) - {"offline_access"} for one in done["scopes"]] == [{"read"}, {"read", "update"}]
    assert json.loads(done["created"])["item"] == "tea"
    assert (done["refreshed"], client.asked) == (True, 2)


@pytest.mark.client("npm:@modelcontextprotocol/client", "client ID metadata document", setting=NEEDS)
def test_the_typescript_client_has_a_metadata_document(
    installed: Path, authority: str, visit: MakeVisitor, deployed: Deployed, url: str
) -> None:
    with document(deployed, "http://127.0.0.1:4712/callback") as at:
        asked = {"package": "@modelcontextprotocol/client", "url": url, "steps_up": True, "document": at}
        command = ["node", "mcp.mjs", json.dumps(asked)]
        with talk(command, {"NODE_EXTRA_CA_CERTS": authority}, visit(), installed) as client:
            done = client.next()

    assert (done["client_id"], done["tools"], done["refreshed"]) == (at, TOOLS, True)


@pytest.mark.client("npm:@modelcontextprotocol/sdk", "dynamic registration, refresh", setting=NEEDS)
def test_the_older_typescript_client_registers(
    installed: Path, authority: str, visit: MakeVisitor, http: httpx.Client, url: str
) -> None:
    """It does not ask for more scopes while it holds a refresh token (typescript-sdk#2255)."""
    command = ["node", "mcp.mjs", json.dumps({"package": "@modelcontextprotocol/sdk", "url": url})]
    with talk(command, {"NODE_EXTRA_CA_CERTS": authority}, visit(), installed) as client:
        done = client.next()
        disconnect(client, http)

        assert client.next()["refused"] is True
    assert (done["tools"], done["refreshed"], client.asked) == (TOOLS, True, 1)


@pytest.mark.parametrize(
    "package",
    [
        pytest.param("mcp", marks=pytest.mark.client("tool:mcp", REGISTERS, setting=NEEDS)),
        pytest.param("fastmcp", marks=pytest.mark.client("tool:fastmcp", REGISTERS, setting=NEEDS)),
    ],
)
def test_a_python_client_registers(
    authority: str, visit: MakeVisitor, http: httpx.Client, url: str, package: str
) -> None:
    python = toolchain.ensure("mcp") / "python"
    command = [str(python), "mcp_client.py", json.dumps({"package": package, "url": url, "document": None})]
    with talk(command, {"SSL_CERT_FILE": authority}, visit(), SCRIPTS) as client:
        done = client.next()
        disconnect(client, http)

        assert client.next() == {"refused": True}
    assert done["tools"] == TOOLS
    assert done["client_id"].startswith("dyn.")
    assert [set(one.split()) - {"offline_access"} for one in done["scopes"]] == [{"read"}, {"read", "update"}]
    assert json.loads(done["created"])["item"] == "tea"
    assert done["refreshed"] is True


@pytest.mark.client("tool:mcp", "client ID metadata document", setting=NEEDS)
def test_the_python_client_has_a_metadata_document(
    authority: str, visit: MakeVisitor, deployed: Deployed, url: str
) -> None:
    python = toolchain.ensure("mcp") / "python"
    with document(deployed, "http://127.0.0.1:4713/callback") as at:
        command = [str(python), "mcp_client.py", json.dumps({"package": "mcp", "url": url, "document": at})]
        with talk(command, {"SSL_CERT_FILE": authority}, visit(), SCRIPTS) as client:
            done = client.next()

    assert done["tools"] == TOOLS
