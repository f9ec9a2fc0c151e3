"""Commands of the pages whose title says where they run: on the emulator as far as it has what they need."""

import re
import secrets
import shutil
from pathlib import Path

import pytest

from tests import shells, snippets
from tests.clones import clone
from tests.deployed import ROOT, Deployed

API = "orders-1.0.0"
"""The id of the example's document, which the pages publish."""

RUN = {
    ("agents", "With your API"),
    ("agents", "With your organisation"),
    ("how-to/attach-mcp-server", "With your API"),
    ("how-to/migrate-from-cognito", "On AWS"),
    ("how-to/troubleshoot", "With your API"),
}
ELSEWHERE = {
    ("conformance", "In a clone"): "they run the tests",
    ("index", "In a clone"): "`make up` and `make test` are what brings this test up",
    ("how-to/deploy", "On AWS"): "tests/integration/test_release.py",
    ("how-to/back-up-and-restore", "On AWS"): "needs a second stack; tests/unit/cli runs the command with its options",
    ("how-to/custom-domain", "On AWS"): "needs a certificate and DNS; operations and options are checked",
    ("how-to/mail", "On AWS"): "needs a domain; operations, options and the parameter are checked",
    ("how-to/publish-from-ci", "On AWS"): "the emulator has no identity providers of IAM; cfn-lint reads the template",
    ("how-to/migrate-from-keycloak", "On the Keycloak server"): "needs a Keycloak; its export is in tests/snippets.py",
}
"""Blocks that this file does not run, with what checks them, or why nothing can."""

pytestmark = pytest.mark.more


@pytest.fixture
def organisation() -> str:
    """An organisation that no other test knows."""
    return f"marked-{secrets.token_hex(4)}"


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A clone, with the reader's own document."""
    folder = clone(tmp_path)
    shutil.copy(ROOT / "examples" / "orders-rest" / "openapi.yaml", folder)
    return folder


def commands(page: str, title: str) -> str:
    """Return the blocks of a page that have a title."""
    return "\n".join(one.text for one in snippets.blocks() if (one.page, one.title) == (page, title))


def test_every_marked_block_runs_or_has_a_reason() -> None:
    marked = {(one.page, one.title) for one in snippets.blocks() if one.language == "sh" and one.title}

    assert marked == RUN | ELSEWHERE.keys()


def test_the_commands_for_apis_of_ones_own_work(deployed: Deployed, workplace: Path, organisation: str) -> None:
    environment = shells.environment(deployed)
    pages = [("agents", "With your organisation"), ("agents", "With your API")]
    pages += [("how-to/attach-mcp-server", "With your API"), ("how-to/troubleshoot", "With your API")]
    script = "\n".join(
        [
            f"uv run gatehouse organisations create {organisation} --name Marked",
            *(commands(*page) for page in pages),
            "uv run gatehouse paths unmap /orders",
        ]
    )
    stage = f"{secrets.token_hex(5)}/v1"
    replaced = {
        "johnsorg": organisation,
        "abc123/v1": stage,
        "my-orders": API,
        "https://login.example.com": deployed.stack["base_url"],
    }
    for words, ours in replaced.items():
        assert words in script, words
        script = script.replace(words, ours)

    said = shells.run(script, workplace, environment)

    assert re.search(rf"^api_id +{API}", said, re.MULTILINE)
    assert re.search(r"^path +/orders", said, re.MULTILINE)


def test_users_of_a_pool_are_listed(deployed: Deployed, workplace: Path) -> None:
    cognito = deployed.aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName=secrets.token_hex(4))["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username="connie@example.org")
    script = commands("how-to/migrate-from-cognito", "On AWS").replace("eu-west-1_EXAMPLE", pool)

    shells.run(script, workplace, shells.environment(deployed))

    cognito.delete_user_pool(UserPoolId=pool)
    assert "connie@example.org" in (workplace / "pool.json").read_text(encoding="utf-8")
