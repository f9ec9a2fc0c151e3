"""What the documents point at is there: files, headings, and code that they name by its path."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from gatehouse_cli.app import app

from local import reference
from tests.template import ROOT

WRITTEN = [path for folder in ("", "how-to", "releases", "tutorials") for path in (ROOT / "docs" / folder).glob("*.md")]
GENERATED = [*(ROOT / "docs" / "reference").glob("*.md")]
FORMS = [one for kind in ("*.md", "ISSUE_TEMPLATE/*.yml") for one in (ROOT / ".github").glob(kind)]
PAGES = [*ROOT.glob("*.md"), *WRITTEN]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
INDEX = ROOT / "docs" / "decisions" / "README.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROOMS = "bench|bootstrap|cli|docs|domain|endpoints|events|examples|functions|layers|local|storage|tests"
NAMED = re.compile(rf"`((?:{ROOMS})/[\w./-]*)`")
MODULE = re.compile(r"`(?:gatehouse\.)?((?:bootstrap|domain|endpoints|storage)\.[a-z_]\w*(?:\.\w+)*)`")
TEST = re.compile(r"`(tests/[\w./-]+\.py)::(?:Test\w+::)?(test_\w+)`")
COMMAND = re.compile(r"(?:`|uv run |<code>)gatehouse ([a-z-]+) ([a-z-]+)")
PACKAGE = ROOT / "layers" / "common" / "gatehouse"


def missing(text: str) -> list[str]:
    """The paths and modules that a text names by their whole names, and that the repository does not have."""
    paths = [name for name in NAMED.findall(text) if not (is_there(ROOT / name) or is_there(PACKAGE / name))]
    return paths + [name for name in MODULE.findall(text) if not is_module(name.split("."))]


def is_there(path: Path) -> bool:
    """Whether a path is a file, or a folder with more in it than what Python compiled there before a move."""
    return path.is_file() or (path.is_dir() and any(one.name != "__pycache__" for one in path.iterdir()))


def is_module(parts: list[str]) -> bool:
    """Whether it is a package or module of Gatehouse, or something that a module has."""
    for length in range(len(parts), 1, -1):
        path = PACKAGE.joinpath(*parts[:length])
        if path.with_suffix(".py").exists():
            rest = parts[length : length + 1]
            return not rest or re.search(rf"\b{rest[0]}\b", path.with_suffix(".py").read_text()) is not None
    return PACKAGE.joinpath(*parts).is_dir()


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(text: str, page: Path) -> None:
    """Follow every link into the repository."""
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name if name else page).resolve()
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(
    "page", [*PAGES, *FORMS, *GENERATED, *RECORDS, INDEX], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_link_into_the_repository_leads_somewhere(page: Path) -> None:
    check_links(page.read_text(), page)


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_generated_pages_are_current(name: str) -> None:
    written = (reference.FOLDER / name).read_text(encoding="utf-8")

    assert reference.PAGES[name]() == written, "run: make reference"


def test_no_other_page_is_in_the_generated_reference() -> None:
    assert {one.name for one in GENERATED} == set(reference.PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert missing(page.read_text()) == []


@pytest.mark.parametrize("folder", ["layers/common/gatehouse", "functions", "cli", "local", "bench"])
def test_every_file_and_module_that_a_comment_names_is_there(folder: str) -> None:
    gone = {str(path.relative_to(ROOT)): missing(path.read_text()) for path in (ROOT / folder).rglob("*.py")}

    assert {path: names for path, names in gone.items() if names} == {}


def test_a_name_that_leads_nowhere_is_found() -> None:
    assert missing("see `domain/grants/` and `domain.policies`, not `domain/oauth/grants/`") == [
        "domain/grants/",
        "domain.policies",
    ]


def test_every_command_of_the_program_that_a_page_names_is_there() -> None:
    program: Any = typer.main.get_command(app)
    templates = (ROOT / "functions").glob("*/templates/*.html")
    named = {found for page in (*PAGES, *templates) for found in COMMAND.findall(page.read_text())}

    assert named
    for group, command in named:
        assert command in program.commands[group].commands, f"gatehouse {group} {command}"


def test_help_and_contributing_name_every_target_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split())
    helped = set(re.findall(r"^([a-z0-9-]+):[^#\n]*## ", makefile, re.MULTILINE))
    contributing = (ROOT / "CONTRIBUTING.md").read_text()

    assert targets == helped == set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    assert [one for one in sorted(targets) if f"`make {one}`" not in contributing] == []


def test_every_target_of_make_that_a_page_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {target for page in PAGES for target in re.findall(r"`make ([a-z0-9-]+)[`\s]", page.read_text())}

    assert [one for one in sorted(named) if not re.search(rf"^{one}:", makefile, re.MULTILINE)] == []


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = TEST.findall((ROOT / "docs" / "security.md").read_text())

    assert named
    for file, test in named:
        assert re.search(rf"^(?:    )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file}::{test}"


def test_the_comparison_has_ten_rows_with_a_cell_for_each_product() -> None:
    page = (ROOT / "docs" / "comparison.md").read_text()
    table = page.partition("## Ten rows")[2].partition("\n## ")[0]
    header, _, *rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]

    assert len(rows) == 10
    assert "**Multi-tenancy**" in [row[0] for row in rows]
    assert [row[0] for row in rows if len(row) != len(rows[0])] == []
    assert len(header) == 6


def test_every_threat_has_a_guard_and_a_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    model = text.partition("## Threat model")[2].partition("## Not defended")[0]
    rows = [line.strip("| ").split(" | ") for line in model.splitlines() if line.startswith("| ")]
    threats = [row for row in rows if row[0] != "threat"]

    assert threats
    for threat, guard, tests in threats:
        assert guard, threat
        assert TEST.search(tests), threat


def test_the_index_lists_each_decision_record_by_its_title() -> None:
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", INDEX.read_text(), re.MULTILINE)

    assert rows == [
        (record.name[:4], record.name, record.read_text().partition("\n")[0].removeprefix("# ")) for record in RECORDS
    ]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name[:4])
def test_a_decision_record_has_a_date_and_a_status(record: Path) -> None:
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}\. Status: ", record.read_text(), re.MULTILINE)
