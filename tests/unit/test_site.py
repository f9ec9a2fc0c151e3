"""The documentation site: every page has its place, and no link leads out of it; `make site` checks those inside."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatehouse.domain.portal import organisation_settings
from local import reference, site_links, site_notes
from tests import snippets, template
from tests.template import ROOT

DOCS = ROOT / "docs"
PARTS = ["Tutorials", "How-to guides", "Reference", "Explanation"]


@pytest.fixture
def nav() -> list[dict[str, Any]]:
    config: Any = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return config["nav"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference pages."""
    folder = tmp_path_factory.mktemp("reference")
    reference.write(folder)
    return folder


def pages(nav: list[dict[str, Any]]) -> Iterator[str]:
    for entry in nav:
        (found,) = entry.values()
        yield from [found] if isinstance(found, str) else pages(found)


def test_the_site_has_four_parts(nav: list[dict[str, Any]]) -> None:
    assert [next(iter(one)) for one in nav] == ["Gatehouse", *PARTS]


def test_every_page_has_one_place(nav: list[dict[str, Any]]) -> None:
    folders = [DOCS, *(DOCS / name for name in ("how-to", "releases", "tutorials"))]
    written = {str(one.relative_to(DOCS)) for folder in folders for one in folder.glob("*.md")}
    generated = {f"reference/{name}" for name in reference.PAGES}
    found = list(pages(nav))

    assert set(found) == written | generated | {"decisions/README.md"}
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param("command-line.md", "### gatehouse organisations create", id="a command"),
        pytest.param("command-line.md", "| `ORGANISATION` | required |", id="an argument"),
        pytest.param("command-line.md", "## gatehouse doctor", id="a command without a group"),
        pytest.param("parameters.md", "| `KeyRotationDays` | `30` |", id="a parameter"),
        pytest.param("http-apis.md", "### POST /token", id="the token service"),
        pytest.param("http-apis.md", "### POST /applications/{applicationId}/generate-keys", id="the store's JSON API"),
        pytest.param("http-apis.md", "### PUT /settings", id="the administration's JSON API"),
        pytest.param("http-apis.md", "| `grantTypesToBeSupported` | list of string |", id="a field of a body"),
        pytest.param("settings.md", "| `lockOutMinutes` | 1 to 1,440 | 1 |", id="a setting"),
        pytest.param("audit-events.md", "| `member.disable` |", id="an event in the audit log"),
        pytest.param("data-model.md", "| `GRANT#<grant_id>` |", id="an item"),
        pytest.param("data-model.md", "index `by_user`: `user_key`, `pk` | `expires_at` |", id="a table"),
        pytest.param("errors.md", "| `invalid_grant` | 400 |", id="an error of OAuth"),
        pytest.param("errors.md", "| 901409 | 409 | Key Mappings already exists |", id="an error by WSO2's number"),
    ],
)
def test_reference_pages_are_generated(generated: Path, page: str, said: str) -> None:
    assert said in (generated / page).read_text(encoding="utf-8")


def test_every_key_that_is_stored_is_in_the_data_model() -> None:
    source = (ROOT / "layers" / "common" / "gatehouse" / "storage" / "dynamodb" / "keys.py").read_text()
    kinds = set(re.findall(r'_key\(\s*"([A-Z_]+)"', source))
    page = reference.data_model.page()

    assert len(kinds) > 50
    assert [kind for kind in sorted(kinds) if f"{kind}" not in page] == []


def test_every_setting_is_in_the_reference() -> None:
    page = reference.settings.page()
    settings = organisation_settings
    known = {*settings.FLAGS, *settings.TEXTS, *settings.ROLES, *settings.CHOICES, *settings.NUMBERS, settings.HOSTS}

    assert [name for name in sorted(known) if f"| `{name}` |" not in page] == []


def test_every_parameter_is_in_a_group_of_the_reference() -> None:
    page = reference.parameters.page()

    assert [name for name in template.load()["Parameters"] if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize(
    ("alert", "note"),
    [
        pytest.param("> [!NOTE]\n> One\n> two.\n", '!!! note "Note"\n\n    One\n    two.\n', id="two lines"),
        pytest.param(
            "> [!CAUTION]\n> a\n>\n> b\n\nc\n", '!!! danger "Caution"\n\n    a\n\n    b\n\nc\n', id="paragraphs"
        ),
        pytest.param("> [!NOTE] quoted\n", "> [!NOTE] quoted\n", id="not an alert"),
        pytest.param("> quoted\n", "> quoted\n", id="a quotation"),
    ],
)
def test_alerts_of_github_are_notes_of_the_site(alert: str, note: str) -> None:
    assert site_notes.on_page_markdown(alert) == note


def test_every_diagram_has_a_title_and_a_description() -> None:
    found = [(block.page, block.text) for block in snippets.blocks() if block.language == "mermaid"]

    assert len(found) >= 6
    for page, text in found:
        assert re.search(r"^  accTitle: .+\n  accDescr: .+\.$", text, re.MULTILINE), page


def test_the_picture_of_the_architecture_has_every_function() -> None:
    picture = (DOCS / "images" / "architecture.svg").read_text(encoding="utf-8")
    drawn = {name for text in re.findall(r'class="name"[^>]*>([^<]+)<', picture) for name in re.split(r"\W+", text)}

    assert {one.parent.name for one in (ROOT / "functions").glob("*/app.py")} - drawn == set()


@pytest.mark.parametrize(
    ("source", "text", "shown"),
    [
        pytest.param("a.md", "[the template](../template.yaml)", "the template (`template.yaml`)", id="out"),
        pytest.param("a.md", "[`tests/a.py`](../tests/a.py)", "`tests/a.py`", id="named by its path"),
        pytest.param("a.md", "[why](../README.md#why-not)", "why (`README.md`)", id="out, to an anchor"),
        pytest.param("decisions/1.md", "[tokens](../tokens.md#grants)", "[tokens](../tokens.md#grants)", id="inside"),
        pytest.param("decisions/1.md", "[x](../../cli/x.py)", "x (`cli/x.py`)", id="two folders up"),
        pytest.param("a.md", "![a](images/a.svg) [b](b.md) [c](https://c.example)", None, id="others"),
    ],
)
def test_links_that_leave_the_pages_become_paths(source: str, text: str, shown: str | None) -> None:
    assert site_links.inside(text, source) == (shown or text)
