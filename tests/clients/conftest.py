"""Clients that nobody here wrote, in the configuration that their own documentation shows, against a deployed stack.

Each test has a marker `client`: its rows make docs/clients.md (`tests/clients/page.py`), by `make e2e-more`.
"""

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from local.toolchain import ensure_npm
from tests import people
from tests.deployed import Deployed, bearer, deployed, http
from tests.people import PASSWORD, SECRET, Person
from tests.visitors import Visitor

__all__ = ["deployed", "http"]

FOLDER = Path(__file__).parent
APPLICATION = "http://localhost:4242"
NO_PKCE = "`pkceMandatory` off: it does not send PKCE"
REDIRECT_URI = f"{APPLICATION}/callback"

_DEVICE_SECONDS = 90
_USER_CODE = re.compile(r"\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b")

type Run = Callable[..., Any]
type MakeVisitor = Callable[..., Visitor]


@pytest.fixture(scope="session")
def tables(deployed: Deployed) -> Tables:
    """The stack's tables, as only a function of it may open them."""
    return people.open_tables(deployed)


@pytest.fixture
def authority(deployed: Deployed) -> str:
    """The file of the certificate authority that signed the front's certificate."""
    return str(deployed.directory / "state" / "tls" / "authority.pem")


@pytest.fixture
def visit(deployed: Deployed, tables: Tables, http: httpx.Client) -> Iterator[MakeVisitor]:
    """Make somebody at a browser without a window, who comes from the client under test."""
    browsers: list[httpx.Client] = []

    def make(**of_client: Any) -> Visitor:
        fields: dict[str, Any] = {
            "grant_types": people.GRANT_TYPES | {"authorization_code"},
            "redirect_uris": (REDIRECT_URI, f"{APPLICATION}/auth/callback/gatehouse"),
            **of_client,
        }
        made = people.person(deployed, tables, http, **fields)
        user = replace(made.user, display_name="Vera", email=f"{made.user.username}@example.com", email_verified=True)
        DirectoryWriter(tables).save_user(user)
        browsers.append(people.stranger(deployed))
        return Visitor(person=replace(made, user=user), browser=browsers[-1])

    yield make
    for browser in browsers:
        browser.close()


@pytest.fixture
def url(deployed: Deployed) -> str:
    """The address of the example's MCP server, which is all that its clients know."""
    return f"{deployed.stack['orders-mcp_url']}/mcp"


def disconnect_all(visitor: Visitor, http: httpx.Client) -> None:
    """Let the user end every client that registered itself, as the page of the profile does."""
    token = visitor.person.obtain("apim:subscribe")["access_token"]
    sessions = f"{visitor.base}/api/am/devportal/v3/me/sessions"
    found = http.get(sessions, headers=bearer(token)).json()["list"]
    named = [one["sessionId"] for one in found if one["clientName"]]
    assert named
    for one in named:
        assert http.delete(f"{sessions}/{one}", headers=bearer(token)).status_code == 200


@pytest.fixture(scope="session")
def installed() -> Path:
    """The npm clients, exactly as the lock file names them."""
    folder = FOLDER / "npm"
    ensure_npm(folder)
    return folder


@pytest.fixture
def node(installed: Path, deployed: Deployed, authority: str) -> Run:
    """Run one flow of an npm client in a process of its own; whatever it throws is shown."""

    def run(flow: str, person: Person, **more: Any) -> Any:
        asked = {
            "flow": flow,
            "issuer": deployed.stack["base_url"],
            "orders_url": deployed.stack["orders_url"],
            "client_id": person.client.client_id,
            "client_secret": SECRET,
            "username": person.user.username,
            "password": PASSWORD,
            "app": APPLICATION,
            "redirect_uri": REDIRECT_URI,
            **more,
        }
        ended = subprocess.run(  # noqa: S603
            ["node", "client.mjs", json.dumps(asked)],  # noqa: S607
            cwd=installed,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": authority},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    return run


def run_device(
    command: Sequence[str], visitor: Visitor, environment: Mapping[str, str], cwd: Path | None = None
) -> str:
    """Run a client that shows its user a code, approve it, and return what the client said."""
    process = subprocess.Popen(  # noqa: S603
        ["stdbuf", "-oL", "-eL", *command],  # noqa: S607
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    limit = threading.Timer(_DEVICE_SECONDS, process.kill)
    limit.start()
    with process:
        assert process.stdout is not None
        said, is_approved = "", False
        for line in process.stdout:
            said += line
            shown = _USER_CODE.search(line)
            if shown and not is_approved:
                assert "Device connected" in approve(visitor, shown[0])
                is_approved = True
    limit.cancel()
    return said


def approve(visitor: Visitor, user_code: str) -> str:
    """Open the page of devices with the code in its address; sign in, send the code, and allow the device."""
    page = visitor.browser.get(f"{visitor.base}/t/johnsorg/device?user_code={user_code}")
    for _ in range(6):
        if page.headers.get("location"):
            page = visitor.follow(page)
        elif 'name="password"' in page.text:
            page = visitor.submit(page, username=visitor.person.user.username, password=PASSWORD)
        elif 'name="decision"' in page.text:
            return visitor.submit(page, decision="allow").text
        else:
            page = visitor.submit(page, user_code=user_code)
    raise AssertionError(page.text)


def follow(visitor: Visitor, url: str) -> str:
    """Go where the client sends its user, sign in and agree; return the address at which the client hears of it."""
    page = visitor.browser.get(url)
    for _ in range(6):
        location = page.headers.get("location", "")
        if location and not location.startswith("/"):
            return re.sub(r"#.*", "", location)
        if location:
            page = visitor.follow(page)
        elif 'name="password"' in page.text:
            page = visitor.submit(page, username=visitor.person.user.username, password=PASSWORD)
        else:
            page = visitor.submit(page, decision="allow")
    raise AssertionError(page.text)
