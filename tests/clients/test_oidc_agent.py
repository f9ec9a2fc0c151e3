"""oidc-agent (Debian's): what scientists' command lines get their tokens from."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatehouse.domain.oauth.grants import device_code
from tests import people
from tests.clients.conftest import MakeVisitor, follow, run_device
from tests.deployed import Deployed
from tests.people import PASSWORD, SECRET, Person

pytestmark = pytest.mark.more

SOURCE = "debian:oidc-agent-cli"
SCOPE = "openid profile offline_access read"


@dataclass(frozen=True)
class OidcAgent:
    """Runs oidc-agent's commands."""

    environment: dict[str, str]

    def __call__(self, *command: str) -> str:
        """Run one; return what it prints."""
        ended = subprocess.run(  # noqa: S603
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return ended.stdout


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[OidcAgent]:
    """Run its commands with a home and an agent of their own."""
    assert shutil.which("oidc-agent"), "Debian's package oidc-agent-cli is missing: .ci/run installs it"
    home = os.environ | {"HOME": str(tmp_path), "OIDC_CONFIG_DIR": str(tmp_path / "agent")}
    (tmp_path / "agent").mkdir()
    started = subprocess.run(["oidc-agent"], env=home, capture_output=True, text=True, check=True).stdout  # noqa: S607
    variables = dict(re.findall(r"(OIDC\w+)=([^;]+);", started))

    run = OidcAgent(home | variables)
    yield run
    run("oidc-agent", "--kill")


def generate(deployed: Deployed, authority: str, person: Person, *more: str, path: str = "") -> tuple[str, ...]:
    return (
        *("oidc-gen", "gatehouse", "--manual", "--issuer", deployed.stack["base_url"] + path),
        *("--client-id", person.client.client_id, "--client-secret", SECRET, "--scope", SCOPE),
        *("--redirect-uri", "http://localhost:4242", "--cert-path", authority),
        *("--pw-cmd", "echo a-password-of-the-test", "--prompt=none", "--confirm-yes", *more),
    )


def opened(agent: OidcAgent, person: Person) -> list[int]:
    """Call the API with the account's access token, and with the one after a refresh."""
    options = ((), ("--time", "99999"))
    return [person.call(agent("oidc-token", "gatehouse", *more).splitlines()[-1]).status_code for more in options]


@pytest.mark.client(SOURCE, "password grant and refresh with `offline_access`")
def test_by_password(deployed: Deployed, authority: str, visit: MakeVisitor, agent: OidcAgent) -> None:
    person = visit().person
    typed = ("--flow=password", "--op-username", person.user.username, "--op-password", PASSWORD)

    said = agent(*generate(deployed, authority, person, *typed))

    assert "success" in said
    assert opened(agent, person) == [200, 200]


@pytest.mark.client(SOURCE, "code with PKCE and refresh with `offline_access`")
def test_by_code(deployed: Deployed, authority: str, visit: MakeVisitor, agent: OidcAgent) -> None:
    visitor = visit(redirect_uris=("http://localhost:4242",))
    begin = generate(
        deployed, authority, visitor.person, "--flow=code", "--no-webserver", "--no-url-call", "--no-scheme"
    )

    said = agent(*begin)
    url = re.search(r"https://\S+/authorize\S+", said)
    assert url is not None, said
    agent("oidc-gen", "--codeExchange", follow(visitor, url[0]), "--pw-cmd", "echo a-password-of-the-test")

    assert opened(agent, visitor.person) == [200, 200]


@pytest.mark.client(
    SOURCE,
    "device authorization and refresh with `offline_access`",
    setting="the issuer of an organisation that allows it",
)
def test_by_device(deployed: Deployed, authority: str, visit: MakeVisitor, agent: OidcAgent) -> None:
    visitor = visit(grant_types=people.GRANT_TYPES | {device_code.GRANT_TYPE})
    begin = generate(deployed, authority, visitor.person, "--flow=device", path="/t/johnsorg")

    said = run_device(begin, visitor, agent.environment)

    assert "Everything setup correctly!" in said, said
    assert opened(agent, visitor.person) == [200, 200]
