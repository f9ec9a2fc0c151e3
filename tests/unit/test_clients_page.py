"""docs/clients.md says what the tests of outside clients say: no row without a test, no test without a row."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.clients import page

ROOT = Path(__file__).parents[2]


def marked() -> Iterator[tuple[str, str, str]]:
    """Return source, scenario and setting of each test with the marker `client`."""
    for folder in ("clients", "e2e"):
        for file in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            constants = {
                target.id: node.value.value
                for node in (*tree.body, *ast.parse((ROOT / "tests/clients/conftest.py").read_text()).body)
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.client":
                    setting = next((one.value for one in call.keywords), ast.Constant("none"))
                    yield tuple(_text(one, constants) for one in (*call.args, setting))  # pyright: ignore[reportReturnType]


def _text(node: ast.expr, constants: Mapping[str, object]) -> str:
    return str(constants[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node))


def test_the_page_has_a_row_for_each_test_and_no_other() -> None:
    lines = [line for line in page.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    rows = {tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines}

    assert {(client, scenario, setting) for client, _, scenario, _, setting in rows} == {
        (source.partition(":")[2], scenario, setting) for source, scenario, setting in marked()
    }
    assert {result for _, _, _, result, _ in rows} == {"works"}


def test_the_page_names_the_versions_that_the_locks_name() -> None:
    lines = [line for line in page.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    told = {line.split("|")[1].strip(): line.split("|")[2].strip() for line in lines}
    locked = {source for source, _, _ in marked() if not source.startswith("debian:")}

    assert {source: told[source.partition(":")[2]] for source in locked} == {
        source: page.version_of(source) for source in locked
    }
