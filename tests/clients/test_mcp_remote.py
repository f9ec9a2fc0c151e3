"""mcp-remote, which connects command lines and desktop programs to MCP servers, with and without a browser."""

import json
import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.oauth.grants import device_code
from tests.clients.conftest import MakeVisitor, disconnect_all, follow, run_device
from tests.deployed import Deployed
from tests.visitors import Visitor

pytestmark = pytest.mark.more

_ANSWER_SECONDS = 60
_AUTHORIZE = re.compile(r"https://\S+/authorize\?\S+")

PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"


class Server(ThreadingHTTPServer):
    """A resource server that answers MCP's first request, and names its authorization server by RFC 9728."""

    def __init__(self, issuer: str) -> None:
        super().__init__(("127.0.0.1", 0), McpHandler)
        self.base = f"http://localhost:{self.server_address[1]}"
        self.issuer = issuer
        self.tokens: list[str] = []


class McpHandler(BaseHTTPRequestHandler):
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


class Bridge:
    """The program as a desktop program runs it: JSON-RPC on its input and output, news on its standard error."""

    def __init__(self, process: subprocess.Popen[str], visitor: Visitor) -> None:
        self.process = process
        self.visitor = visitor
        self.said = ""
        self.asked = 0
        self.asked_again = threading.Event()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._is_ended = False
        self._calls = 0
        for listen in (self._hear, self._watch):
            threading.Thread(target=listen, daemon=True).start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(json.loads(line))

    def _watch(self) -> None:
        """Send the user to each address that the program shows, until the user has disconnected it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            found = _AUTHORIZE.search(line)
            if found and self._is_ended:
                self.asked_again.set()
            elif found:
                self.asked += 1
                arrive(follow(self.visitor, found[0]))

    def tell(self, method: str, **more: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps({'jsonrpc': '2.0', 'method': method, **more})}\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method; return its result."""
        self._calls += 1
        self.tell(method, id=self._calls, params=params)
        while True:
            answer = self._answers.get(timeout=_ANSWER_SECONDS)
            if answer.get("id") == self._calls:
                assert "result" in answer, (answer, self.said)
                return answer["result"]

    def begin(self) -> list[str]:
        """Open the session as MCP says; return the names of the tools."""
        client = {"name": "desktop", "version": "1"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        self.tell("notifications/initialized")
        return [one["name"] for one in self.ask("tools/list")["tools"]]

    def call(self, tool: str, **arguments: Any) -> str:
        return self.ask("tools/call", name=tool, arguments=arguments)["content"][0]["text"]

    def is_asked_again(self) -> bool:
        """Call, after the user disconnected the program, until it sends the user to the browser again."""
        self._is_ended = True
        until = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < until and not self.asked_again.wait(0.2):
            self._calls += 1
            self.tell("tools/call", id=self._calls, params={"name": "list_orders", "arguments": {}})
        return self.asked_again.is_set()


def arrive(url: str) -> None:
    """Open the address at which the program listens, as soon as it does."""
    until = time.monotonic() + _ANSWER_SECONDS
    while True:
        try:
            httpx.get(url, timeout=_ANSWER_SECONDS)
        except httpx.ConnectError:
            assert time.monotonic() < until, url
            time.sleep(0.1)
        else:
            return


def kept(folder: Path, name: str) -> Path:
    """Return the file that the program keeps beside its configuration."""
    (found,) = folder.rglob(f"*{name}")
    return found


@pytest.mark.client(
    "npm:mcp-remote",
    "dynamic registration, step-up, refresh, disconnected",
    setting="the organisation lets clients register; a subscriptionless API",
)
def test_by_a_browser_with_nothing_but_the_url(
    authority: str, installed: Path, visit: MakeVisitor, http: httpx.Client, url: str, tmp_path: Path
) -> None:
    environment = {"MCP_REMOTE_CONFIG_DIR": str(tmp_path), "NODE_EXTRA_CA_CERTS": authority, "BROWSER": "true"}
    with subprocess.Popen(  # noqa: S603
        ["node", "node_modules/mcp-remote/dist/proxy.js", url],  # noqa: S607
        cwd=installed,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            bridge = Bridge(process, visit())
            tools = bridge.begin()
            listed = bridge.call("list_orders")
            first = json.loads(kept(tmp_path, "tokens.json").read_text())
            created = bridge.call("create_order", item="tea")
            second = json.loads(kept(tmp_path, "tokens.json").read_text())
            kept(tmp_path, "tokens.json").write_text(json.dumps(second | {"expires_at": 1}))
            bridge.call("list_orders")
            third = json.loads(kept(tmp_path, "tokens.json").read_text())
            client = json.loads(kept(tmp_path, "client_info.json").read_text())
            disconnect_all(bridge.visitor, http)

            assert bridge.is_asked_again(), bridge.said
        finally:
            process.kill()
    assert tools == ["list_orders", "create_order", "delete_order"]
    assert isinstance(json.loads(listed), list)
    assert json.loads(created)["item"] == "tea"
    assert client["client_id"].startswith("dyn.")
    assert [set(one["scope"].split()) - {"offline_access"} for one in (first, second)] == [{"read"}, {"read", "update"}]
    assert third["access_token"] != second["access_token"]
    assert bridge.asked == 2
