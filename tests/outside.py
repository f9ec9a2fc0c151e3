"""A host outside, played on loopback: the fetcher of a stack of tests may call it by its name (`local/testing.py`)."""

import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from local import outside
from local.layout import Layout
from tests.deployed import Deployed


@dataclass
class Page:
    """What a path answers."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class Host:
    """A host by its name, the pages that it has, and what was asked of it."""

    name: str
    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    asked: list[str] = field(default_factory=list[str])

    def url(self, path: str) -> str:
        return f"https://{self.name}{path}"


def layout_of(deployed: Deployed) -> Layout:
    """Return where a stack is."""
    port = httpx.URL(deployed.stack["base_url"]).port or 0
    return Layout(offset=port - Layout(offset=0, directory=deployed.directory).tls_port, directory=deployed.directory)


@contextmanager
def host(deployed: Deployed, named: str = "") -> Generator[Host]:
    """Play the named host, or one of those without a meaning that nobody plays yet."""
    layout = layout_of(deployed)
    assert layout.outside.exists(), "this stack was not brought up by local.testing"
    authority = outside.find_authority(layout)
    for name, port in layout.outside_hosts.items():
        if name != named and (named or not name.startswith("outside-")):
            continue
        played = Host(name)
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), _handler(played))
        except OSError:
            continue  # another process plays it
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate: Any = authority.issue_cert(name)
        certificate.configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield played
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        return
    raise AssertionError("every host outside is played already")


def _handler(played: Host) -> type[BaseHTTPRequestHandler]:
    class PageHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            played.asked.append(self.path)
            page = played.pages.get(self.path, Page(b"{}", status=404))
            self.send_response(page.status)
            for name, value in {**page.headers, "Content-Length": str(len(page.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
            pass

    return PageHandler
