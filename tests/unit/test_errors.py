"""What holds for every error: a clean description, and one row in the table of statuses."""

import ast
import re
from collections.abc import Iterator

import pytest

import gatehouse
from gatehouse.domain.kernel.errors import DomainError, OAuthError
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.endpoints import error_table
from tests.unit.package import PACKAGE, modules, nodes


def subclasses[Error: DomainError](of: type[Error]) -> Iterator[type[Error]]:
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


@pytest.mark.parametrize("error", [*subclasses(OAuthError)], ids=lambda error: error.__name__)
def test_every_oauth_error_has_a_clean_description(error: type[OAuthError]) -> None:
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", error.default_description)


def raised_errors() -> list[type[DomainError]]:
    """Every class of errors of the package but the two that only gather others."""
    for _ in modules(gatehouse):
        pass
    return [one for one in subclasses(DomainError) if one not in {OAuthError, PortalError}]


def test_every_error_has_exactly_one_row_in_the_table() -> None:
    raised = raised_errors()

    assert len(raised) == len(set(raised)) > 40
    assert set(error_table.ROWS) == set(raised)


@pytest.mark.parametrize("error", raised_errors(), ids=lambda error: error.__name__)
def test_every_error_has_a_code_a_status_and_a_number_of_wso2(error: type[DomainError]) -> None:
    status, number, _ = error_table.ROWS[error]

    assert re.fullmatch(r"[a-z_]+", error.code)
    assert 400 <= status < 600
    assert number == status or 900_000 <= number < 910_000


def test_only_the_table_pairs_errors_with_statuses() -> None:
    """No other module maps classes of errors to statuses: neither by a mapping nor as an attribute of the class."""
    of_classes = [
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
        for line in node.body
        if isinstance(line, ast.Assign | ast.AnnAssign) and "status" in ast.unparse(line).partition("=")[0]
    ]
    mappings = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Name | ast.Attribute) and ast.unparse(key).endswith("Error")
    }

    assert of_classes == []
    assert mappings == {"endpoints/error_table.py"}


def test_every_description_in_the_source_is_clean() -> None:
    described = [
        keyword.value
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "description" and ast.unparse(node.func).endswith("Error")
    ]

    assert described
    for one in described:
        if isinstance(one, ast.Constant):
            assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", str(one.value)), one.value
        else:
            assert not isinstance(one, ast.JoinedStr), ast.unparse(one)
