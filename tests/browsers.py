"""Chromium at the pages of a deployed stack, and the application that it comes from and goes back to."""

import base64
import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from copy import replace
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import outside, people
from tests.deployed import Deployed
from tests.people import PASSWORD, Person

_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_MAIL_SECONDS = 120
_PAGE_MS = 60_000
"""How long to wait for a page or for something on it: the machine may be busy."""

expect.set_options(timeout=_PAGE_MS)

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """An application on this machine that sends people to `/authorize` and hears of them at a loopback address."""

    person: Person
    port: int
    heard: list[str]
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def redirect_uri(self) -> str:
        """Registered without its port (RFC 8252 section 7.3)."""
        return f"http://127.0.0.1:{self.port}/callback"

    def url(self, *, issuer: str = "", **overrides: str) -> str:
        """Return an authorization request."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "response_type": "code",
            "client_id": self.person.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid read update",
            "state": "the state & more",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **overrides,
        }
        return f"{issuer or self.person.deployed.stack['base_url']}/authorize?{urlencode(parameters)}"

    def wait(self, page: Page) -> dict[str, str]:
        """Return what the browser brought back."""
        page.wait_for_url(f"{self.redirect_uri}*")
        return {name: values[0] for name, values in parse_qs(urlsplit(self.heard[-1]).query).items()}

    def redeem(self, code: str, **more: str) -> httpx.Response:
        """Exchange the code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **more,
        }
        return self.person.post("/token", form)

    def obtain(self, page: Page, **overrides: str) -> dict[str, str]:
        """Sign in and agree, as far as somebody asks; return what the browser brings back."""
        page.goto(self.url(**overrides))
        if page.locator("#password").count():
            sign_in(page, self.person.user.username)
        if page.get_by_role("button", name="Allow", exact=True).count():
            press(page, "Allow")
        return self.wait(page)


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")


def press(page: Page, name: str, *, role: Literal["button", "link"] = "button") -> None:
    """Press a button or link, and wait for the page that it leads to: Playwright's click waits for nothing.

    Needed before anything that looks at once, such as `count`, `inner_text` and `url`; `expect` waits by itself.
    """
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=True).click()


@contextmanager
def listen() -> Generator[tuple[int, list[str]]]:
    """Listen at a loopback port for what browsers bring back; the state `onwards` leads to another host of its own."""
    heard: list[str] = []

    class CallbackHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/callback"):
                heard.append(self.path)
            if "state=onwards" in self.path:
                self.send_response(302)
                self.send_header("Location", f"http://localhost:{server.server_port}/home")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Back at the application</title>")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), CallbackHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def chromium(deployed: Deployed) -> Iterator[Browser]:
    """A browser that finds the hosts outside which are played on loopback."""
    hosts = outside.layout_of(deployed).outside_hosts.items()
    rules = ", ".join(f"MAP {name}:443 127.0.0.1:{port}" for name, port in hosts)
    with sync_playwright() as playwright:
        arguments = [*_ARGUMENTS, f"--host-resolver-rules={rules}"]
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        yield browser
        browser.close()


def open_context(browser: Browser, **options: Any) -> BrowserContext:
    """Open a browser that nobody used before."""
    context = browser.new_context(ignore_https_errors=True, **options)
    context.set_default_timeout(_PAGE_MS)
    return context


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody used before, without JavaScript: the pages must not need it."""
    context = open_context(chromium, java_script_enabled=False)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def party(deployed: Deployed, tables: Tables, http: httpx.Client) -> Iterator[RelyingParty]:
    with listen() as (port, heard):
        person = people.person(
            deployed,
            tables,
            http,
            grant_types=people.GRANT_TYPES | {"authorization_code"},
            redirect_uris=("http://127.0.0.1/callback",),
            post_logout_redirect_uris=(f"http://127.0.0.1:{port}/bye",),
        )
        user = replace(person.user, email=f"{person.user.username}@example.com", email_verified=True)
        DirectoryWriter(tables).save_user(user)
        yield RelyingParty(person=replace(person, user=user), port=port, heard=heard)


def find_faults(page: Page, picture: str = "") -> list[str]:
    """Return what axe-core finds, and whether the page overflows; take its picture, where somebody wants pictures."""
    axe: Any = Axe()
    violations = axe.run(page).response["violations"]
    found = [f"{one['id']}: {node['html'][:200]}" for one in violations for node in one["nodes"]]
    width, content = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    if folder := os.environ.get("GATEHOUSE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{picture}.png", full_page=True)
    return [*found, *([f"it is {content} wide, of {width}"] if content > width else [])]


def read_mail(deployed: Deployed, to: str) -> dict[str, Any]:
    """Wait for a mail in the emulator's SES; return the newest to that address."""
    give_up_at = time.monotonic() + _MAIL_SECONDS
    while time.monotonic() < give_up_at:
        accounts = httpx.get(deployed.stack["mails_url"], trust_env=False).json()["messages"].values()
        mails = [mail for inbox in accounts for mail in inbox if to in mail["To"]]
        if mails:
            return mails[-1]
        time.sleep(0.5)
    raise AssertionError(f"no mail to {to}")


def link_in(mail: dict[str, Any]) -> str:
    """Return the link of a mail."""
    found = re.search(r"https://\S+", mail["BodyText"])
    assert found, mail
    return found[0]


def enter_store(page: Page, store: str, username: str, password: str) -> None:
    """Sign in at the store."""
    page.goto(store)
    page.get_by_label("Your organisation, or your username with it").fill("johnsorg")
    press(page, "Sign in")
    sign_in(page, username, password)
    page.wait_for_url("**/store/home*")
