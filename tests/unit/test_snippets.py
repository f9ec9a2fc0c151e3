"""The commands and programs of the documents: each runs in a test or is marked, and its options exist."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import typer
import yaml
from botocore import xform_name
from gatehouse_cli.app import app

from gatehouse.domain.accounts import passwords
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.oauth import gate
from gatehouse.domain.oauth.gate import Fault
from gatehouse.endpoints import error_table
from tests import snippets
from tests.template import ROOT

BLOCKS = list(snippets.blocks())
RUN_BY = {
    "tests/e2e/test_tutorials_in_a_browser.py": ("tutorials/own-organisation",),
    "tests/integration/test_tutorials.py": (
        "README",
        "tokens",
        "tutorials/first-token",
        "tutorials/protect-an-api",
        "tutorials/web-application",
        "tutorials/mcp-server",
    ),
    "tests/integration/test_walkthrough.py": ("how-to/publish", "how-to/attach-rest-api", "how-to/attach-from-another"),
    "tests/integration/test_operations_page.py": (
        "how-to/deploy",
        "how-to/production",
        "how-to/upgrade",
        "how-to/back-up-and-restore",
        "how-to/rotate-keys",
        "how-to/tiers",
        "how-to/migrate-from-",
        "how-to/troubleshoot",
    ),
}
GLOBAL_OPTIONS = {"--cli-read-timeout", "--output", "--query", "--region", "--profile"}
CUSTOM = {
    ("cloudformation", "deploy"): {"--template-file", "--stack-name", "--capabilities", "--parameter-overrides"},
    ("dynamodb", "wait"): {"--table-name"},
    ("lambda", "invoke"): {"--function-name", "--payload"},
}
"""Commands of the AWS CLI that are not operations of an API, or have more arguments, with their options."""


def commands(program: str) -> Iterator[tuple[str, list[str]]]:
    """Every call of a program in a block of shell commands, with its arguments; also those inside `$(…)`."""
    for block in BLOCKS:
        if block.language != "sh":
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            for found in re.findall(rf"(?:^|\$\(|[|&;({{] *|uv run ){program} ([^|;]*)", line):
                yield block.page, words(found)


def words(text: str) -> list[str]:
    """Split a command into words, up to the end of the substitution that it is in, and without comments."""
    text = re.sub(r"\$\([^()]*\)", "VALUE", text)
    found = shlex.split(text.partition(")")[0], comments=True)
    end = next((index for index, word in enumerate(found) if word in {"&&", ">"}), len(found))
    return found[:end]


def test_every_block_of_commands_runs_in_a_test_or_is_marked() -> None:
    for block in BLOCKS:
        runs = any(block.page.startswith(one) for pages in RUN_BY.values() for one in pages)
        assert block.language != "sh" or block.title or runs, f"{block.page}: {block.text}"
    for file, pages in RUN_BY.items():
        test = (ROOT / file).read_text(encoding="utf-8")
        for page in {one.page for one in BLOCKS if one.language == "sh" and not one.title}:
            if any(page.startswith(one) for one in pages):
                assert page.rpartition("/")[2] in test, f"{page} in {file}"


def test_no_command_has_a_comment_behind_it() -> None:
    """The Z shell of macOS takes the words of a comment as arguments, unless it is told otherwise."""
    commented = [block for block in BLOCKS if block.language == "sh" and re.search(r"(?m)(?:^|\s)#", block.text)]

    assert [f"{block.page}: {block.text}" for block in commented] == []


def test_commands_of_gatehouse_have_the_arguments_that_the_pages_give() -> None:
    program: Any = typer.main.get_command(app)
    seen = 0

    for page, given in commands("gatehouse"):
        command, rest = program, given
        while hasattr(command, "commands"):
            command, rest = command.commands[rest[0]], rest[1:]
        context = typer.Context(command, info_name="gatehouse")
        values, left, _ = command.make_parser(context).parse_args(args=list(rest))
        required = [one.name for one in command.params if one.required and not getattr(one, "prompt", None)]
        needed = [name for name in required if values.get(name) in {None, ()}]
        assert (left, needed) == ([], []), f"{page}: gatehouse {' '.join(given)}"
        seen += 1

    assert seen > 20


def test_commands_of_the_aws_cli_are_operations_of_its_apis() -> None:
    session, seen = botocore.session.get_session(), 0

    for page, (service, operation, *rest) in commands("aws"):
        options = {word for word in rest if word.startswith("--")}
        known = CUSTOM.get((service, operation))
        if known is None:
            model = session.get_service_model(service)
            names = {xform_name(name, "-"): name for name in model.operation_names}
            assert operation in names, f"{page}: aws {service} {operation}"
            shape = model.operation_model(names[operation]).input_shape
            members: list[str] = list(shape.members) if shape else []
            known = {f"--{xform_name(one, '-')}" for one in members}
            known |= {one.replace("--", "--no-", 1) for one in known}
        assert options <= known | GLOBAL_OPTIONS, f"{page}: {options - known}"
        seen += 1

    assert seen > 10


def test_targets_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    found = [(page, given[0]) for page, given in commands("make")]

    assert found
    for page, target in found:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: make {target}"


def test_the_guide_to_errors_has_every_error() -> None:
    page = (ROOT / "docs" / "how-to" / "troubleshoot.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told = {
        (code, status)
        for codes, statuses in rows
        for code in re.findall(r"`(\w+)`", codes)
        for status in statuses.split(",")
    }
    codes = {
        (kind.code, f"{status.value}")
        for kind, (status, *_) in error_table.ROWS.items()
        if issubclass(kind, OAuthError)
    }
    gate_codes = {one.code for one in vars(gate).values() if isinstance(one, Fault)}

    found = {(code, status.strip()) for code, status in told}
    assert codes - found == set()
    assert {code for code, _ in found} >= gate_codes
    assert len(gate_codes) > 5


def test_snippets_of_yaml_can_be_read() -> None:
    class Loader(yaml.SafeLoader):
        """Reads the short forms of CloudFormation as nothing in particular."""

    Loader.add_multi_constructor("!", lambda *_: None)  # type: ignore[no-untyped-call]

    found = [block for block in BLOCKS if block.language == "yaml"]
    assert found
    for block in found:
        assert yaml.load(block.text, Loader=Loader), block.page  # noqa: S506 - a safe loader


def imported(guide: str, exported: str, tmp_path: Path) -> list[dict[str, Any]]:
    """Run the program of a guide on what the other system exports; return the lines for the import."""
    (tmp_path / exported).write_text(json.dumps(snippets.EXPORTS[exported]), encoding="utf-8")
    path = snippets.program_of(guide).save(tmp_path)
    done = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert "left out: " in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_users_of_keycloak_keep_their_passwords(tmp_path: Path) -> None:
    lines = imported("migrate-from-keycloak", "realm.json", tmp_path)

    assert [one["username"] for one in lines] == ["kay", "kim"]
    for one in lines:
        assert passwords.find_hash_problem(one["password_hash"]) == ""
        assert passwords.matches(snippets.KEYCLOAK_PASSWORD, one["password_hash"])
    assert (lines[0]["roles"], lines[0]["email"], lines[0]["display_name"]) == (
        ["employee"],
        "kay@example.org",
        "Kay Cloak",
    )


def test_users_of_cognito_get_accounts_without_a_known_password(tmp_path: Path) -> None:
    (line,) = imported("migrate-from-cognito", "pool.json", tmp_path)

    assert (line["username"], line["email"], line["display_name"]) == (
        "connie@example.org",
        "connie@example.org",
        "Connie Nito",
    )
    assert line["password_hash"].startswith("$argon2id$")


def test_snippets_of_the_examples_are_those_of_their_files() -> None:
    page = "how-to/attach-with-terraform-or-cdk"
    for language, file in (("js", "examples/orders-cdk/app.js"), ("hcl", "examples/orders-terraform/main.tf")):
        (text,) = [one.text for one in BLOCKS if one.page == page and one.language == language]
        assert text in (ROOT / file).read_text(encoding="utf-8")
