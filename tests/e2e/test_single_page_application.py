"""oidc-client-ts in Chromium: a page of another origin signs in, renews and signs out (CORS)."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import sign_in
from tests.deployed import Deployed, bearer
from tests.people import Person

pytestmark = pytest.mark.more


@dataclass(frozen=True, kw_only=True)
class Application:
    """A page with oidc-client-ts, on an origin that is not the stack's, and somebody who uses it."""

    address: str
    person: Person


@pytest.fixture
def application(npm_clients: Path, deployed: Deployed, tables: Tables, http: httpx.Client) -> Iterator[Application]:
    library = npm_clients / "node_modules" / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"
    files = {"/oidc-client-ts.min.js": ("text/javascript", library.read_bytes())}
    page = ("text/html", (npm_clients / "application.html").read_bytes())

    class FileHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = files.get(self.path, page)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), FileHandler)
    address = f"http://localhost:{server.server_port}"
    person = people.person(
        deployed,
        tables,
        http,
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        authentication_methods=frozenset({"none"}),
        secrets=(),
        redirect_uris=(f"{address}/callback",),
        post_logout_redirect_uris=(f"{address}/signed-out",),
        allowed_origins=(address,),
    )
    settings = {"authority": deployed.stack["base_url"], "client_id": person.client.client_id}
    files["/settings.json"] = ("application/json", json.dumps(settings).encode())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Application(address=address, person=person)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser with JavaScript."""
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def seen(page: Page, word: str) -> dict[str, Any]:
    """Wait until the application shows a word; return all that it shows."""
    shown = page.locator("#seen")
    expect(shown).to_contain_text(word, timeout=30_000)
    return json.loads(shown.inner_text())


@pytest.mark.client("npm:oidc-client-ts", "single-page application: code with PKCE, UserInfo, refresh, sign-out")
def test_a_single_page_application_signs_in_renews_and_signs_out(
    deployed: Deployed, http: httpx.Client, page: Page, application: Application
) -> None:
    person = application.person
    page.goto(application.address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    sign_in(page, person.user.username)
    page.get_by_role("button", name="Allow", exact=True).click()
    first = seen(page, "access_token")
    assert (first["sub"], first["scope"]) == (person.user.user_id, "offline_access openid profile read")

    page.get_by_role("button", name="Renew").click()
    expect(page.locator("#seen")).not_to_contain_text(first["access_token"], timeout=30_000)
    second = seen(page, "access_token")
    assert second["refresh_token"] != first["refresh_token"]
    assert http.get(f"{deployed.stack['orders_url']}/orders", headers=bearer(second["access_token"])).status_code == 200

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{application.address}/signed-out*")
    assert seen(page, "signed_out") == {"signed_out": True}
