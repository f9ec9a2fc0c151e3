"""docs/tutorials: each command runs in the order of its page, and prints what the page says."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from local.sam_local import free_port
from local.services import listens
from tests import pages
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, authority_context, seen_within

TUTORIALS = ROOT / "docs" / "tutorials"
BASE = "https://localhost:8243"
CALLBACK = "http://127.0.0.1:9000"
STARTED = ("make up",)
"""What has been done: the stack under test is up."""


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page: their language and their text."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def run(script: str, deployed: Deployed, folder: Path) -> str:
    """Run commands of a page, with the address of the stack under test; return what they print."""
    done = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/bash", "-c", script.replace(BASE, deployed.stack["base_url"])],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_token_tutorial_prints_what_it_says(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "first-token.md").read_text(encoding="utf-8")
    commands = [text for language, text in blocks(page) if language == "sh" and text.strip() not in STARTED]
    script = "set -eu\n" + "".join(commands)
    assert BASE in script

    said = [line for line in run(script, deployed, tmp_path).replace("}", "}\n").splitlines() if line]
    assert [line for line in said if not line.startswith('{"scope"')] == [
        line for language, text in blocks(page) if language == "text" for line in text.splitlines()
    ]


@contextmanager
def served(deployed: Deployed, program: str, address: str, folder: Path) -> Generator[None]:
    """Run the application of a page at an address of its own."""
    port = urlsplit(address).port
    text = program.replace(BASE, deployed.stack["base_url"]).replace(CALLBACK, address).replace("9000", str(port))
    (folder / "orders_page.py").write_text(text, encoding="utf-8")
    authority = deployed.directory / "state" / "tls" / "authority.pem"
    environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(authority)}
    with subprocess.Popen(
        [sys.executable, "orders_page.py"], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert seen_within(SECONDS_UNTIL_STREAMED, lambda: listens(port or 0), wanted=True)
            yield
        finally:
            process.terminate()


def callback(browser: httpx.Client, deployed: Deployed, url: str) -> str:
    """Go where the application sends John, sign in and agree as far as somebody asks; return where he is sent back."""
    base, john = deployed.stack["base_url"], deployed.user("john@gmail.com")
    page = browser.get(url)
    for _ in range(6):
        location = page.headers.get("location", "")
        if location and not location.startswith("/"):
            return location
        if location:
            page = browser.get(base + location)
            continue
        typed = {"username": "john@gmail.com@johnsorg", "password": john["password"]}
        wanted = typed if 'name="password"' in page.text else {"decision": "allow"}
        page = browser.post(base + pages.action(page.text), data={**pages.hidden(page.text), **wanted})
    raise AssertionError(page.text)


def test_the_web_application_of_the_tutorial_shows_the_orders_of_the_user(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "web-application.md").read_text(encoding="utf-8")
    address = f"http://127.0.0.1:{free_port()}"
    register = "".join(text for language, text in blocks(page) if language == "sh" and "orders_page.py" not in text)
    (program,) = [text for language, text in blocks(page) if language == "python"]
    assert CALLBACK in register
    name = f"Orders page {secrets.token_hex(4)}"
    authority = authority_context(str(deployed.directory / "state" / "tls" / "authority.pem"))
    shown: list[httpx.Response] = []

    run("set -eu\n" + register.replace(CALLBACK, address).replace("Orders page", name), deployed, tmp_path)
    with (
        served(deployed, program, address, tmp_path),
        httpx.Client(trust_env=False) as browser,
        httpx.Client(verify=authority, timeout=40, trust_env=False) as pages_of_gatehouse,
    ):

        def sign_in() -> int:
            url = callback(pages_of_gatehouse, deployed, browser.get(address).headers["location"])
            assert url.startswith(f"{address}/callback?"), url
            shown[:] = [browser.get(url), browser.get(url)]
            return shown[0].status_code

        assert seen_within(SECONDS_UNTIL_STREAMED, sign_in, 200), shown[0].text

    assert shown[0].text.startswith("Signed in as ")
    assert shown[1].status_code == 400


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_tutorial_is_run_here(page: Path) -> None:
    assert page.name in Path(__file__).read_text(encoding="utf-8")
