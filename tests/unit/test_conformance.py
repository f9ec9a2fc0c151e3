"""docs/conformance.md is true: every statement that it claims has a test of its name in the files that it names."""

import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from tests.template import ROOT

PAGE = ROOT / "docs" / "conformance.md"
SUITES = ("tests/integration", "tests/e2e")
ABSENT = "Not here yet"

_ROW = re.compile(r"^\| `?([A-Z][A-Za-z0-9.-]+)`? \| (.+?) \| (.+) \|$")
_LINK = re.compile(r"\]\(\.\./(tests/[\w/]+\.py)\)")
_ID = re.compile(r"(?<![a-z0-9])(?:tok|pwd|cc|ref|ac|pk|iss|rs|rev|int|met|jwk|prm|jat|ri|bcp|ca)_\d\d(?![a-z0-9])")


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
def deployed_tests() -> tuple[str, ...]:
    """Collect the deployed suites, without running any of it; the node ids name parameters too."""
    command = (sys.executable, "-m", "pytest", *SUITES, "--collect-only", "-q", "-p", "no:cacheprovider")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout
    return tuple(line for line in done.stdout.splitlines() if "::" in line)


def files_with(key: str) -> set[str]:
    """Return the files of the deployed suites in which a test has the id in its name."""
    word = re.compile(rf"(?<![a-z0-9]){key}(?![a-z0-9])")
    named = (test.split("::", 1) for test in deployed_tests())
    return {file for file, name in named if word.search(name)}


CLAIMED = [row for row in read() if row.section != ABSENT]


def test_the_page_claims_each_statement_once() -> None:
    statements = [row.statement for row in read()]

    assert len(CLAIMED) > 200
    assert len(set(statements)) == len(statements)


def test_a_claimed_statement_has_a_test_of_its_name_in_each_file_that_the_page_names_and_in_no_other() -> None:
    assert {row.statement: row.files for row in CLAIMED} == {row.statement: files_with(row.key) for row in CLAIMED}
    assert [row.statement for row in CLAIMED if not row.files] == []


def test_a_deployed_test_is_named_after_no_statement_that_the_page_does_not_claim() -> None:
    carried = {found for test in deployed_tests() for found in _ID.findall(test.split("::", 1)[1])}

    assert carried <= {row.key for row in CLAIMED}
