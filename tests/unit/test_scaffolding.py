"""What holds for the tests themselves: one place for API Gateway's events, and nobody's internals."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import examples, roles
from tests.template import ROOT

SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for folder in ("tests", "bench")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
BUILDERS = {"tests/http_events.py", Path(__file__).relative_to(ROOT).as_posix()}
CHANGE_EVENTS = {
    "tests/faults/endings.py": "asks the authorizer about another path",
    "tests/faults/test_hostile_events.py": "hands over what API Gateway may pass on of strangers",
    "tests/faults/test_hostile_flows.py": "the same, in each request of a flow",
}
OF_EVENTS = {"requestContext", "methodArn", "routeArn", "rawPath", "rawQueryString", "authorizationToken"}
"""Members that only API Gateway's events have."""

OF_MOTO = {"moto", "moto.server"}
INTO_MOTO = {"tests/integration/test_make_deploy.py": "moto never fails to deploy a stack, so the test has one fail"}


def built_members(tree: ast.AST) -> Iterator[str]:
    """Find what a source puts into dictionaries, by displays, by assignments and as written JSON."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(keys=keys):
                yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                yield name
            case ast.Constant(value=str() | bytes() as text):
                written = text.decode(errors="replace") if isinstance(text, bytes) else text
                yield from (name for name in OF_EVENTS if f'"{name}"' in written)
            case _:
                pass


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


@pytest.mark.parametrize(
    "source",
    [
        'event = {"requestContext": {}}',
        'event = {"a": {**known, "methodArn": arn}}',
        'event["rawPath"] = "/token"',
        """payload = b'{"type": "TOKEN", "authorizationToken": "x"}'""",
    ],
)
def test_an_event_built_by_hand_is_seen(source: str) -> None:
    assert OF_EVENTS & {*built_members(ast.parse(source))}


@pytest.mark.parametrize("source", ['arn = event["methodArn"]', 'body = event.get("requestContext", {})'])
def test_reading_an_event_is_not_building_one(source: str) -> None:
    assert not OF_EVENTS & {*built_members(ast.parse(source))}


def test_one_place_builds_the_events_of_api_gateway() -> None:
    builders = {
        path
        for path, source in SOURCES.items()
        if any(name in source for name in OF_EVENTS) and OF_EVENTS & {*built_members(ast.parse(source))}
    }

    assert builders == BUILDERS | CHANGE_EVENTS.keys()


def test_no_test_reaches_into_moto() -> None:
    reaching = {
        path
        for path, source in SOURCES.items()
        if "moto" in source
        for name in imported_modules(ast.parse(source))
        if name.partition(".")[0] == "moto" and name not in OF_MOTO
    }

    assert reaching == INTO_MOTO.keys()


def test_every_process_of_a_whole_run_runs_the_sample(pytestconfig: pytest.Config) -> None:
    """Xdist tells them what was typed, not what a conftest decided: `make unit` once ran everything, unnoticed."""
    is_whole = roles.is_whole_run(pytestconfig) and not pytestconfig.getoption("--every-fault")
    is_sample = pytestconfig.getoption("--sample")

    assert is_sample or not is_whole
    assert (examples.of(100) < 100) == is_sample
