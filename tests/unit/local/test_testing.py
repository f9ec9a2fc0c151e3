"""`make test` fails if any part of its tests does."""

import subprocess
import sys

import pytest

from local import testing


@pytest.mark.parametrize(
    ("outcomes", "combined"),
    [
        pytest.param((0, 0), 0, id="both pass"),
        pytest.param((1, 0), 1, id="the first fails"),
        pytest.param((0, 1), 1, id="the second fails"),
        pytest.param((5, 0), 0, id="one has no tests"),
        pytest.param((5, 1), 1, id="one has no tests and the other fails"),
        pytest.param((5, 5), 5, id="there are no tests at all"),
        pytest.param((-9, 0), 1, id="the first is killed"),
    ],
)
def test_a_part_that_fails_fails_the_run(outcomes: tuple[int, ...], combined: int) -> None:
    assert testing.combine(outcomes) == combined


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_what_runs_beside_the_start_is_waited_for_and_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with testing.beside(python("print('9,000 passed')")):
        print("the stack is up")  # noqa: T201 - as the start does

    assert capfd.readouterr().out == "the stack is up\n9,000 passed\n\n"


def test_what_fails_beside_the_start_fails_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, testing.beside(python("print('1 failed'); raise SystemExit(1)")):
        pass

    assert ended.value.code == 1
    assert "1 failed" in capfd.readouterr().out


def test_what_runs_beside_a_start_that_fails_is_ended() -> None:
    with pytest.raises(RuntimeError, match="no stack"), testing.beside(python("import time; time.sleep(600)")):
        raise RuntimeError("no stack")


@pytest.mark.parametrize(
    ("goals", "runs"),
    [
        pytest.param("test", ["local.testing --unit"], id="alone: while the stack comes up"),
        pytest.param("check test", ["pytest --numprocesses", "local.testing tests"], id="after make check: not again"),
        pytest.param("unit test", ["pytest --numprocesses", "local.testing tests"], id="after make unit: not again"),
    ],
)
def test_make_test_runs_the_unit_tests_once(goals: str, runs: list[str]) -> None:
    make = ("make", "--dry-run", "--no-print-directory", *goals.split())
    said = subprocess.run(make, cwd=testing.ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603

    found = [" ".join(one.split()) for one in said.splitlines() if "pytest" in one or "local.testing" in one]

    assert len(found) == len(runs)
    assert all(wanted in line for wanted, line in zip(runs, found, strict=True)), found
