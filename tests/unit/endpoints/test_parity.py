"""The pages, the JSON APIs and the command line can do the same, or a table in tests/ says why not."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer.main
from gatehouse_cli.app import app

from gatehouse.bootstrap import signin
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, operation_parity, parity
from tests.memory_secrets import MemorySecrets
from tests.parity import Reason
from tests.template import ROOT
from tests.unit.endpoints import tables_of_operations


def commands(command: Any, *before: str) -> Iterator[str]:
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, *before, name)
    if not hasattr(command, "commands"):
        yield " ".join(before)


TABLE = "tests/operation_parity.py"
COMMANDS = set(commands(typer.main.get_command(app)))
OPERATIONS = {f"{api} {one.method} {one.path}" for api, table in tables_of_operations.ALL.items() for one in table}


def named(table: Mapping[str, tuple[str, ...] | Reason]) -> set[str]:
    return {name for row in table.values() if not isinstance(row, Reason) for name in row}


def missing(found: set[str], listed: set[str], what: str, table: str = "tests/parity.py") -> str:
    """Tell what to add to the tables, or to remove from them."""
    lines = [f"{what} without a row in {table}: {one}" for one in sorted(found - listed)]
    return "\n".join(lines + [f"a row in {table}, but no {what}: {one}" for one in sorted(listed - found)])


def test_every_page_and_form_of_the_store_names_its_operations_or_a_reason(site: Site) -> None:
    found = {f"{one.method} {one.path}" for one in site.routes}
    found |= {f"{method} {path}" for method, path in site.outside}

    assert missing(found, set(parity.PAGES), "page") == ""


def test_every_page_of_the_account_names_its_commands_or_a_reason(tables: Tables) -> None:
    pages = SignInPages(ROOT / "functions" / "signin")
    settings = factories.settings(mail_from="login@auth.example")
    routes = signin.router(settings, pages, tables, MemorySecrets(settings.factor_key_secret)).routes
    found = {f"{method} {path}" for path, methods in routes.items() for method in methods}

    assert missing({one for one in found if "/static/" not in one}, set(parity.SIGN_IN_PAGES), "page") == ""
    assert named(parity.SIGN_IN_PAGES) - COMMANDS == set()


def test_every_operation_names_its_commands_or_a_reason() -> None:
    assert missing(OPERATIONS, set(operation_parity.OPERATIONS), "operation", TABLE) == ""


def test_every_operation_that_a_page_names_is_there() -> None:
    assert named(parity.PAGES) - OPERATIONS == set()


def test_every_command_that_an_operation_names_is_there_and_every_other_one_says_why() -> None:
    assert (
        missing(COMMANDS, named(operation_parity.OPERATIONS) | set(operation_parity.MORE_COMMANDS), "command", TABLE)
        == ""
    )
    assert named(operation_parity.OPERATIONS) & set(operation_parity.MORE_COMMANDS) == set()


@pytest.mark.parametrize(
    "table", [parity.PAGES, parity.SIGN_IN_PAGES, operation_parity.OPERATIONS, operation_parity.MORE_COMMANDS]
)
def test_a_reason_is_a_sentence(table: Mapping[str, tuple[str, ...] | Reason]) -> None:
    reasons = [row.text for row in table.values() if isinstance(row, Reason)]

    assert reasons
    assert [text for text in reasons if not (text[0].isupper() and text.endswith("."))] == []


def test_a_gap_is_told_with_what_to_add() -> None:
    told = missing({"GET /new"}, {"GET /gone"}, "page")

    assert told == ("page without a row in tests/parity.py: GET /new\na row in tests/parity.py, but no page: GET /gone")
