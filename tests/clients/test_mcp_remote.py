"""mcp-remote, which connects command lines and desktop programs to MCP servers, without a browser on its machine."""

import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gatehouse.domain.oauth.grants import device_code
from tests.clients.conftest import MakeVisitor, run_device
from tests.deployed import Deployed

pytestmark = pytest.mark.more

PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"


class Server(ThreadingHTTPServer):
    """A resource server that answers MCP's first request, and names its authorization server by RFC 9728."""

    def __init__(self, issuer: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = f"http://localhost:{self.server_address[1]}"
        self.issuer = issuer
        self.tokens: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server  # type: ignore[assignment]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Be silent."""

    def do_GET(self) -> None:
        metadata = {"resource": f"{self.server.base}/mcp", "authorization_servers": [self.server.issuer]}
        if self.path.startswith(PROTECTED_RESOURCE):
            self.answer(200, metadata)
        elif self.token():
            self.answer(405, {})
        else:
            self.challenge()

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.token():
            self.challenge()
            return
        self.server.tokens.append(self.token())
        version = sent.get("params", {}).get("protocolVersion")
        server = {"name": "test", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {}, "serverInfo": server}
        self.answer(200 if "id" in sent else 202, {"jsonrpc": "2.0", "id": sent.get("id"), "result": result})

    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def challenge(self) -> None:
        """Name the scopes that are needed: mcp-remote looks for them in the answer to a GET, before it signs in."""
        metadata = f"{self.server.base}{PROTECTED_RESOURCE}"
        wanted = f'Bearer resource_metadata="{metadata}", scope="read offline_access"'
        self.answer(401, {}, {"www-authenticate": wanted})

    def answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def mcp_server(issuer: str) -> Generator[Server]:
    with Server(issuer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.client(
    "npm:mcp-remote",
    "device authorization",
    setting="the organisation allows it; `--static-oauth-client-info`",
)
def test_by_device(deployed: Deployed, authority: str, installed: Path, visit: MakeVisitor, tmp_path: Path) -> None:
    visitor = visit(
        grant_types=frozenset({device_code.GRANT_TYPE, "refresh_token"}),
        authentication_methods=frozenset({"none"}),
        secrets=(),
    )
    client = {"client_id": visitor.person.client.client_id, "token_endpoint_auth_method": "none"}
    with mcp_server(f"{deployed.stack['base_url']}/t/johnsorg") as server:
        command = (
            *(
                "node",
                "node_modules/mcp-remote/dist/client.js",
                f"{server.base}/mcp",
                "--device-code",
                "--disable-resource-parameter",
            ),
            *("--allow-http", "--transport", "http-only", "--static-oauth-client-info", json.dumps(client)),
        )
        environment = os.environ | {"MCP_REMOTE_CONFIG_DIR": str(tmp_path), "NODE_EXTRA_CA_CERTS": authority}
        said = run_device(command, visitor, environment, cwd=installed)

    assert "Authorized." in said, said
    assert "Connected successfully" in said, said
    assert visitor.person.call(server.tokens[-1]).status_code == 200
