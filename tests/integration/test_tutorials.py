"""docs/tutorials: each command runs in the order of its page, and prints what the page says."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gatehouse.domain.portal.api_deletion import delete_with_subscriptions
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from local import ports, toolchain
from local.services import listens
from tests import pages
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, authority_context, seen_within
from tests.tutorials import AUTHORITY, BASE, TUTORIALS, blocks, here, printed, run
from tests.unit.portal import caller

pytestmark = pytest.mark.long(2)

CALLBACK = "http://127.0.0.1:9000"
AGENT = 9001
STARTED = ("make up",)
"""What has been done: the stack under test is up."""


def test_the_first_token_tutorial_prints_what_it_says(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "first-token.md").read_text(encoding="utf-8")
    commands = [text for language, text in blocks(page) if language == "sh" and text.strip() not in STARTED]
    script = "set -eu\n" + "".join(commands)
    assert BASE in script

    said = [line for line in run(script, deployed, tmp_path).replace("}", "}\n").splitlines() if line]
    assert [line for line in said if not line.startswith('{"scope"')] == printed(page)


def test_the_readme_and_the_page_of_tokens_get_a_token_and_call_the_api(deployed: Deployed, tmp_path: Path) -> None:
    _, ask, call, _ = [
        text for language, text in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if language == "sh"
    ]
    (same,) = [
        text for language, text in blocks((ROOT / "docs" / "tokens.md").read_text(encoding="utf-8")) if language == "sh"
    ]

    issued = json.loads(run(ask, deployed, tmp_path))

    assert call == same
    assert (issued["scope"], issued["token_type"], issued["expires_in"]) == ("read", "Bearer", 3600)
    assert "orders" in json.loads(run(call.replace("gha_…", issued["access_token"]), deployed, tmp_path))


@pytest.fixture
def books(deployed: Deployed, tables: Tables) -> Iterator[None]:
    """Remove what the page made, if it did not get that far."""
    yield
    deployed.aws("cloudformation").delete_stack(StackName="books")
    store = DynamoDBPublishedApis(tables)
    if store.find_api_now("johnsorg", "books"):
        delete_with_subscriptions(store, DynamoDBSubscriptions(tables), caller(), "books")


@pytest.mark.usefixtures("books")
def test_the_tutorial_of_an_api_ends_in_200_403_and_401(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "protect-an-api.md").read_text(encoding="utf-8")
    toolchain.ensure("sam")
    (tmp_path / ".tools").symlink_to(toolchain.TOOLS)
    template, document = [text for language, text in blocks(page) if language == "yaml"]
    (tmp_path / "books.template.yaml").write_text(template, encoding="utf-8")
    (tmp_path / "books.openapi.yaml").write_text(here(document, deployed), encoding="utf-8")
    assert "`books.template.yaml`" in page
    assert "`books.openapi.yaml`" in page
    commands = [text for language, text in blocks(page) if language == "sh"]
    first = next(index for index, text in enumerate(commands) if text.startswith("BASE="))

    prepared = "".join(commands[:first])
    script = f"set -eu\nexec 3>&1 >&2\n{prepared}exec >&3\n{''.join(commands[first:-1])}exec >&2\n{commands[-1]}"
    said = run(script, deployed, tmp_path, HOME=os.environ["HOME"])

    assert said.splitlines() == printed(page)
    assert [one.name for one in tmp_path.iterdir()] == [".tools"]


@contextmanager
def served(deployed: Deployed, program: str, address: str, folder: Path) -> Generator[None]:
    """Run the application of a page at an address of its own."""
    port = urlsplit(address).port
    text = program.replace(BASE, deployed.stack["base_url"]).replace(CALLBACK, address).replace("9000", str(port))
    (folder / "orders_page.py").write_text(text, encoding="utf-8")
    authority = deployed.directory / "state" / "tls" / "authority.pem"
    environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(authority)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([sys.executable, "orders_page.py"], cwd=folder, env=environment, stderr=log) as process,
    ):
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
    address = f"http://127.0.0.1:{ports.choose()}"
    *commands, clean_up = [text for language, text in blocks(page) if language == "sh"]
    register = "".join(text for text in commands if "orders_page.py" not in text)
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
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")
    run(clean_up, deployed, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["log"]


@contextmanager
def agent(deployed: Deployed, program: str, folder: Path) -> Generator[subprocess.Popen[str]]:
    """Run the agent of a page, which prints what it does."""
    node = shutil.which("node")
    assert node, "install Node.js"
    (folder / "agent.mjs").write_text(here(program, deployed), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": here(AUTHORITY, deployed)}
    with subprocess.Popen(  # noqa: S603
        [node, "agent.mjs"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_the_agent_of_the_tutorial_signs_in_and_asks_for_more(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "mcp-server.md").read_text(encoding="utf-8")
    asked = "".join(text for language, text in blocks(page) if language == "sh" and "agent.mjs" not in text)
    (program,) = [text for language, text in blocks(page) if language == "js"]
    assert f"const PORT = {AGENT};" in program
    program = program.replace(str(AGENT), str(ports.choose()))
    authority = authority_context(here(AUTHORITY, deployed))
    said: list[str] = []

    assert run(asked, deployed, tmp_path).splitlines() == printed(here(page, deployed))
    with (
        agent(deployed, program, tmp_path) as process,
        httpx.Client(trust_env=False) as browser,
        httpx.Client(verify=authority, timeout=40, trust_env=False) as pages_of_gatehouse,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Open "):
                browser.get(callback(pages_of_gatehouse, deployed, line.split()[1]))
            else:
                said.append(line.strip())

    assert said[:3] == [
        "Signed in for read.",
        "Tools: list_orders, create_order, delete_order",
        "The tool needs another scope: read update",
    ]
    assert said[3].startswith("Answer 200: ")
    assert '"tea"' in said[3]


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_tutorial_is_run(page: Path) -> None:
    files = (Path(__file__), ROOT / "tests" / "e2e" / "test_tutorials_in_a_browser.py")

    assert any(page.name in file.read_text(encoding="utf-8") for file in files)
