"""docs/clients.md: which client did what against a stack, by which setting; made by the tests' own markers."""

import importlib.metadata
import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clients.md"
_NPM_FOLDERS = (ROOT / "tests" / "clients" / "npm", ROOT / "tests" / "e2e" / "oauth4webapi")
SWITCH = "--write-clients-page"

_HEAD = """# Clients

This page says which clients of other projects work with Gatehouse, and which setting each of them needs. They
sign in, get tokens or check them on the local stack, in the configuration that their own documentation shows.
`make e2e-more` runs all of them and writes this page.

| client | version | scenario | result | setting it needs |
|---|---|---|---|---|
"""

_rows: dict[str, tuple[str, str, str, str, str]] = {}


def version_of(source: str) -> str:
    """Return the version of what was tested.

    Args:
        source: `npm:<package>`, `pypi:<package>`, `debian:<package>`, or `tool:<package>` of
            `local/tools/clients.txt` or `mcp.txt`.
    """
    kind, _, name = source.partition(":")
    if kind == "npm":
        locks = (json.loads((folder / "package-lock.json").read_text(encoding="utf-8")) for folder in _NPM_FOLDERS)
        return next(
            lock["packages"][at]["version"] for lock in locks if (at := f"node_modules/{name}") in lock["packages"]
        )
    if kind == "pypi":
        return importlib.metadata.version(name)
    if kind == "debian":
        asked = ["dpkg-query", "--show", "--showformat", "${Version}", name]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603
    files = (ROOT / "local" / "tools" / f"{one}.txt" for one in ("clients", "mcp"))
    pins = "\n".join(one.read_text(encoding="utf-8") for one in files)
    return f"\n{pins}".partition(f"\n{name}==")[2].split()[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make e2e-more` ask for the page."""
    parser.addoption(SWITCH, action="store_true", help="write docs/clients.md")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any]:
    """Give the report what the marker `client(source, scenario, setting="")` says."""
    outcome = yield
    marker = item.get_closest_marker("client")
    report = outcome.get_result()
    if marker is not None and report.when == "call":
        source, scenario = marker.args
        row = (source, version_of(source), scenario, marker.kwargs.get("setting", ""))
        report.user_properties.append(("client", row))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the row, in the process that controls the others too."""
    for name, value in report.user_properties:
        if name == "client":
            source, version, scenario, setting = cast("tuple[str, str, str, str]", value)
            known = _rows.get(f"{source} {scenario}")
            result = "works" if report.passed and (known is None or known[3] == "works") else "**fails**"
            _rows[f"{source} {scenario}"] = (source.partition(":")[2], version, scenario, result, setting or "none")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page, where it is asked for, in the process that controls the others."""
    if _rows and session.config.getoption(SWITCH) and not hasattr(session.config, "workerinput"):
        lines = ["| " + " | ".join(_rows[key]) + " |" for key in sorted(_rows)]
        PAGE.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
