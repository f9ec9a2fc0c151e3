"""The roles of the template, as the tests hold each function's calls against them."""

from typing import Any

import pytest

from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import RequestRefusedError
from tests import roles, template

FUNCTIONS = {name for name, one in template.load()["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}


@pytest.mark.parametrize(
    ("function", "use"),
    [
        ("Authorizer", ("GetItem", "grants", "GRANT#x")),
        ("Authorizer", ("BatchGetItem", "directory", "CLIENT#x")),
        ("Token", ("UpdateItem", "directory", "USER#johnsorg#john")),
        ("Keys", ("PutItem", "directory", "PUBLIC_KEYS")),
        ("Plans", ("PutItem", "directory", "COUNTER#USERS#johnsorg")),
        ("Store", ("Query", "directory/by_collection", "")),
        ("Errands", ("GetItem", "grants", "MAILS#johnsorg#a@example.com#1")),
    ],
)
def test_what_a_function_does_is_allowed(function: str, use: roles.Use) -> None:
    assert roles.is_allowed(function, use)


@pytest.mark.parametrize(
    ("function", "use"),
    [
        ("Authorizer", ("PutItem", "grants", "GRANT#x")),
        ("Token", ("UpdateItem", "directory", "CLIENT#x")),
        ("Token", ("Query", "directory/by_collection", "")),
        ("Keys", ("PutItem", "directory", "CLIENT#x")),
        ("Plans", ("PutItem", "directory", "APPLICATION#x")),
        ("Admin", ("PutItem", "grants", "GRANT#x")),
    ],
)
def test_what_a_function_has_no_business_with_is_refused(function: str, use: roles.Use) -> None:
    assert not roles.is_allowed(function, use)


def test_a_transaction_needs_the_actions_of_its_parts(tables: Tables) -> None:
    made: list[dict[str, Any]] = [
        {"Put": {"TableName": "grants", "Item": {"pk": {"S": "x"}}}},
        {"Put": {"TableName": "directory", "Item": {"pk": {"S": "x"}}}},
    ]

    with pytest.raises(RequestRefusedError, match="Token may not PutItem directory x"):
        roles.acting_as(tables, "Token").try_transact(made)

    assert tables.get("grants", {"pk": {"S": "x"}}) is None
    assert roles.acting_as(tables, "Store").try_transact(made)


def test_the_roles_are_those_of_functions_of_the_template() -> None:
    assert {"Admin", "Authorizer", "Errands", "Events", "Keys", "Plans", "Signin", "Store", "Token"} <= FUNCTIONS
