"""The how-to guides about operations, command by command, by an operator with a clone and an empty account.

The account is an emulator of its own, so the commands are those of the pages: what is put in the place of a
command's words, and what is not run, is listed, and each entry must be used. Questions are answered at a terminal.
"""

import json
import os
import re
import shutil
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import aws, deployment, services, testing, toolchain
from local.down import down
from local.front.settings import Route
from local.layout import Layout
from tests import snippets, terminal
from tests.clones import clone
from tests.deployed import ROOT
from tests.terminal import TerminalAnswer, TerminalSession

GUIDES = (
    "deploy",
    "production",
    "upgrade",
    "back-up-and-restore",
    "rotate-keys",
    "tiers",
    "migrate-from-wso2",
    "migrate-from-cognito",
    "migrate-from-keycloak",
    "troubleshoot",
)
LAST = "## Delete a deployment"
"""The part of the first guide that runs after all others."""
PASSWORD = "seven-green-turtles"
SECONDS = 900
POLL_SECONDS = 0.5

NOT_RUN = {
    "git pull": "the clone has no remote; what follows, `make deploy`, is run",
    "git checkout <older release> && make deploy": "there is no older release",
}

pytestmark = [
    pytest.mark.more,  # two builds, three deployments and a deletion
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:subprocess .* is still running"),  # the emulator is stopped by its pid file
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody with a clone, a terminal and an account."""

    folder: Path
    layout: Layout
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        keys = {name.lower(): value for name, value in aws.CREDENTIALS.items()}
        return make(service, endpoint_url=self.layout.aws_endpoint_url, region_name=aws.REGION, **keys)

    def type(self, script: str) -> TerminalSession:
        """Type commands, and answer what they ask."""
        return terminal.run(script, self.folder, self.environment, self._answers(), seconds=SECONDS)

    def _answers(self) -> list[TerminalAnswer]:
        """Give SAM the addresses of the local stack, which has no others, say yes, and take what is offered."""
        addresses = {"PublicUrl": self.layout.base_url, "EndpointUrl": self.layout.aws_endpoint_url}
        return [
            TerminalAnswer(question=re.compile(r"Parameter (\w+) \[[^\n]*\]:"), by_name=addresses),
            TerminalAnswer(question=re.compile(r"\[[yY]/[nN]\]:"), text="y"),
            TerminalAnswer(question=re.compile(r"\[[^\]\n]*\]:")),
            TerminalAnswer(question=re.compile(r"Password( again)?:"), text=PASSWORD),
        ]


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """An account: the emulator, in which nothing is deployed."""
    layout = Layout(offset=testing.choose_layout().offset, directory=tmp_path / "clone" / ".local")
    services.emulator(layout, toolchain.ensure("ministack")).ensure()
    yield layout
    down(layout)


def trusted(layout: Layout, bundle: Path) -> Path:
    """Trust the local stack's authority beside those of the system, which packages are fetched with."""
    system = ssl.get_default_verify_paths().cafile
    authorities = [Path(system)] if system else []
    texts = [one.read_text(encoding="utf-8") for one in (*authorities, layout.state / "tls" / "authority.pem")]
    bundle.write_text("\n".join(texts), encoding="utf-8")
    return bundle


@pytest.fixture
def newcomer(layout: Layout, tmp_path: Path) -> Iterator[Newcomer]:
    """What the page tells its reader to have: git, make, Python, the AWS CLI, a region, and credentials."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "aws").symlink_to(toolchain.ensure("awscli") / "aws")
    dropped = ("AWS_", "PYTHON", "UV", "VIRTUAL_ENV", "GATEHOUSE_", "MAKE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    environment["PATH"] = f"{tools}:{environment['PATH'].removeprefix(f'{ROOT / ".venv" / "bin"}:')}"
    environment |= aws.CREDENTIALS | aws.NOWHERE | {"AWS_DEFAULT_REGION": aws.REGION}
    # The account's address and certificate are the local stack's.
    environment["AWS_ENDPOINT_URL"] = layout.aws_endpoint_url
    environment["SSL_CERT_FILE"] = str(trusted(layout, tmp_path / "bundle.pem"))
    folder = clone(tmp_path / "clone")
    yield Newcomer(folder=folder, layout=layout, environment=environment)
    shutil.rmtree(folder / ".venv", ignore_errors=True)


@pytest.fixture
def front(newcomer: Newcomer) -> Iterator[None]:
    """Lead the local stack's address to the API as soon as a deployment creates it, as DNS would."""
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.wait(POLL_SECONDS):
            apis = newcomer.client("apigatewayv2").get_apis()["Items"]
            if apis:
                route = Route(base_path="", api_id=apis[0]["ApiId"], stage="$default")
                services.front(newcomer.layout, [route]).ensure()
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    is_over.set()
    thread.join()


def blocks() -> list[str]:
    """Return the blocks of commands; the one for a shell of its own in a shell of its own."""
    texts = [(ROOT / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8") for name in GUIDES]
    texts[0], heading, last = texts[0].partition(LAST)
    assert heading
    found = re.findall(r"^```sh\n(.*?)^```", "\n".join([*texts, last]), re.MULTILINE | re.DOTALL)
    return [f"({one})" if "export AWS_ENDPOINT_URL" in one else one for one in found]


def replacements(newcomer: Newcomer) -> dict[str, str]:
    """What stands in the page, by what is typed."""
    moment = datetime.now(UTC) + timedelta(minutes=1)
    architecture = f"--parameter-overrides Architecture={deployment.architecture()}"
    keys, newest = '"$(uv run gatehouse outputs show KeysFunctionName)"', "--query Versions[-1].Version --output text"
    return {
        'ARGS="--guided"': f'ARGS="--guided {architecture}"',  # the emulator runs functions on this machine
        "http://127.0.0.1:4566": newcomer.layout.aws_endpoint_url,
        "<moment>": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "<function>": keys,
        "<number>": f"$(aws lambda list-versions-by-function --function-name {keys} {newest})",
    }


def script(newcomer: Newcomer) -> str:
    """Put the page's commands into one script, in its order."""
    page = "\n".join(["set -euxo pipefail", *blocks()])
    for line in NOT_RUN:
        page, count = re.subn(rf"^{re.escape(line)}.*\n", "", page, flags=re.MULTILINE)
        assert count == 1, line
    for words, ours in replacements(newcomer).items():
        assert words in page, words
        page = page.replace(words, ours)
    return page


@pytest.fixture
def exported(newcomer: Newcomer) -> None:
    """Have the users of other systems, and the programs of the pages, in the folder."""
    for name in ("cognito", "keycloak"):
        snippets.program_of(f"migrate-from-{name}").save(newcomer.folder)
    for name, users in snippets.EXPORTS.items():
        (newcomer.folder / name).write_text(json.dumps(users), encoding="utf-8")


@pytest.mark.usefixtures("front", "exported")
def test_the_commands_of_the_page_work_in_its_order(newcomer: Newcomer) -> None:
    session = newcomer.type(script(newcomer))

    assert session.code == 0, session.screen[-6_000:]
    assert '{"status": "replaced"}' in session.screen
    assert PASSWORD not in session.screen
    asked = dict(session.asked)
    assert any(question.startswith("Parameter PublicUrl") for question in asked)
    assert any(question.startswith("Deploy this changeset?") for question in asked)
    assert 'stack_name = "gatehouse"' in (newcomer.folder / "samconfig.toml").read_text(encoding="utf-8")
    names = [one["StackName"] for one in newcomer.client("cloudformation").describe_stacks()["Stacks"]]
    assert "gatehouse" not in names
    assert newcomer.client("dynamodb").list_tables()["TableNames"] == []
