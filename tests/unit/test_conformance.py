"""docs/conformance.md is true: every statement that it claims has a test of its name in the files that it names."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.template import ROOT

PAGE = ROOT / "docs" / "conformance.md"
SUITES = ("tests/integration", "tests/e2e")
ABSENT = "Not here yet"

_ROW = re.compile(r"^\| `?([A-Z][A-Za-z0-9.-]+)`? \| (.+?) \| (.+) \|$")
_LINK = re.compile(r"\]\(\.\./(tests/[\w/]+\.py)\)")
_ID = re.compile(
    r"(?<![a-z0-9])(?:cimd|dcr|mcp|tok|pwd|cc|ref|ac|pk|iss|rs|rev|int|met|jwk|prm|jat|ri|bcp|ca)_\d\d(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page."""

    statement: str
    section: str
    cells: str

    @property
    def key(self) -> str:
        """The statement as the names of tests spell it: `rev_03`, `revocation_is_bound_to_client`."""
        words = self.statement.removesuffix("Test").replace("-", "_").replace(".", "_")
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", words).lower()

    @property
    def files(self) -> set[str]:
        """Where the page says that it is tested."""
        return set(_LINK.findall(self.cells))


def read() -> list[Row]:
    rows, section = list[Row](), ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif (found := _ROW.match(line)) is not None:
            rows.append(Row(found[1], section, found[3]))
    return rows


@cache
def deployed_tests() -> tuple[tuple[str, str], ...]:
    """Return the tests of the deployed suites: the file, and the name with all texts of its parameters.

    The source is read. To collect these suites takes eight seconds, for they import browsers and clients.
    """
    files = [file for suite in SUITES for file in sorted((ROOT / suite).rglob("test_*.py"))]
    return tuple((str(file.relative_to(ROOT)), found) for file in files for found in _tests_of(file))


def _tests_of(file: Path) -> Iterator[str]:
    known = _constants(file)
    for node in _parsed(file).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("tests"):
            module = ROOT / str(node.module).replace(".", "/")
            for one in node.names:
                inside = module / f"{one.name}.py"
                imported = _constants(inside) if inside.exists() else _constants(module.with_suffix(".py"))
                known = imported | known
    for node in ast.walk(_parsed(file)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            texts = [text for decorator in node.decorator_list for text in _texts(decorator, known)]
            yield " ".join([node.name, *texts])


def _constants(file: Path) -> dict[str, ast.expr]:
    """Return what is assigned at the top of a module."""
    found: dict[str, ast.expr] = {}
    for node in _parsed(file).body if file.exists() else []:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


def _texts(node: ast.expr, known: dict[str, ast.expr]) -> Iterator[str]:
    """Return the texts in an expression, and in those that it names."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
        name = one.id if isinstance(one, ast.Name) else one.attr if isinstance(one, ast.Attribute) else ""
        if name in known:
            yield from _texts(known[name], {key: value for key, value in known.items() if key != name})


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def files_with(key: str) -> set[str]:
    """Return the files of the deployed suites in which a test has the id in its name."""
    word = re.compile(rf"(?<![a-z0-9]){key}(?![a-z0-9])")
    return {file for file, name in deployed_tests() if word.search(name)}


CLAIMED = [row for row in read() if row.section != ABSENT]


def test_the_page_claims_each_statement_once() -> None:
    statements = [row.statement for row in read()]

    assert len(CLAIMED) > 200
    assert len(set(statements)) == len(statements)


def test_a_claimed_statement_has_a_test_of_its_name_in_each_file_that_the_page_names_and_in_no_other() -> None:
    assert {row.statement: row.files for row in CLAIMED} == {row.statement: files_with(row.key) for row in CLAIMED}
    assert [row.statement for row in CLAIMED if not row.files] == []


def test_a_deployed_test_is_named_after_no_statement_that_the_page_does_not_claim() -> None:
    carried = {found for _, name in deployed_tests() for found in _ID.findall(name)}

    assert carried <= {row.key for row in CLAIMED}
