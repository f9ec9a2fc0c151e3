"""What the functions print, at each LogLevel, through the rule by which Lambda filters JSON logs."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gatehouse import logs
from local.emulator import log_filter
from tests import template
from tests.template import ROOT
from tests.unit.functions.variables import ENVIRONMENT

LEVELS: list[str] = template.load()["Parameters"]["LogLevel"]["AllowedValues"]
FUNCTIONS = sorted(one.parent.name for one in (ROOT / "functions").glob("*/app.py"))
RECORDS = [logging.DEBUG - 5, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL]


@pytest.fixture
def restored() -> Iterator[None]:
    """Put `logging` back as it was."""
    logger = logging.getLogger("gatehouse")
    before = (logging.root.level, list(logging.root.handlers), logger.level, list(logger.handlers), logger.propagate)
    yield
    logging.captureWarnings(capture=False)
    logging.root.setLevel(before[0])
    logging.root.handlers[:] = before[1]
    logger.setLevel(before[2])
    logger.handlers[:] = before[3]
    logger.propagate = before[4]


def line(**overrides: Any) -> str:
    return json.dumps({"timestamp": "2026-11-29T02:00:00.000Z", "level": "ERROR", "message": "failed", **overrides})


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param(line(), "ERROR", id="as documented"),
        pytest.param(line(level="error"), "ERROR", id="in small letters"),
        pytest.param(line(timestamp="2026-11-29T02:00:00+01:00"), "ERROR", id="another offset"),
        pytest.param(line(level="WARNING"), "INFO", id="Python's name"),
        pytest.param(line(level="CRITICAL"), "INFO", id="Python's other name"),
        pytest.param(line(level=40), "INFO", id="Python's number"),
        pytest.param(line(timestamp="2026-11-29 02:00:00,000"), "INFO", id="Python's time"),
        pytest.param(line(timestamp=1764381600), "INFO", id="epoch seconds"),
        pytest.param(line(timestamp="2026-13-29T02:00:00Z"), "INFO", id="no such month"),
        pytest.param('{"level": "ERROR", "message": "failed"}', "INFO", id="no timestamp"),
        pytest.param("Traceback (most recent call last):", "INFO", id="plain text"),
        pytest.param('"ERROR"', "INFO", id="no object"),
    ],
)
def test_the_local_stack_knows_the_level_of_a_line_as_lambda_does(text: str, level: str) -> None:
    assert log_filter.level_of(text) == level


@pytest.mark.parametrize("number", RECORDS)
def test_every_level_of_python_has_a_name_of_lambda(number: int) -> None:
    assert logs.level_name(number) == log_filter.LEVELS[RECORDS.index(number)]


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("level", LEVELS)
def test_a_failure_passes_at_every_level_and_a_refusal_at_info(level: str, capsys: pytest.CaptureFixture[str]) -> None:
    logger = logs.configure(level)

    logger.info("refused", extra={"fields": {"reason": "expired"}})
    logger.warning("replacing all signing keys")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logger.exception("failed")

    printed = capsys.readouterr().out.splitlines()
    passed = [json.loads(one) for one in printed if log_filter.passes(one, level)]
    assert [one["message"] for one in passed] == {
        "DEBUG": ["refused", "replacing all signing keys", "failed"],
        "INFO": ["refused", "replacing all signing keys", "failed"],
        "WARN": ["replacing all signing keys", "failed"],
        "ERROR": ["failed"],
    }[level]
    assert passed[-1]["exception"].endswith("ValueError: two\nlines")
    assert len(printed) == len(passed)  # and nothing is printed in vain


@pytest.mark.usefixtures("restored")
def test_a_line_says_when_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    logs.configure("INFO").info("refused")

    said = datetime.fromisoformat(json.loads(capsys.readouterr().out)["timestamp"])
    assert before <= said <= datetime.now(UTC)


@pytest.mark.usefixtures("restored")
def test_no_field_takes_the_place_of_what_lambda_reads(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"level": "INFO", "timestamp": "yesterday", "message": "fine", "reason": object()}

    logs.configure("ERROR").error("failed", extra={"fields": fields})

    printed = capsys.readouterr().out.strip()
    assert log_filter.level_of(printed) == "ERROR"
    assert json.loads(printed)["message"] == "failed"


@pytest.mark.usefixtures("restored")
def test_a_line_is_never_longer_than_cloudwatch_takes(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("ERROR").error("failed", extra={"fields": {"reason": "\U0001f600" * 100_000}})

    printed = capsys.readouterr().out
    assert len(printed) < 256 * 1024
    assert log_filter.level_of(printed) == "ERROR"


AS_IN_LAMBDA = """
import logging, sys, threading, types, warnings
logging.root.addHandler(logging.StreamHandler(sys.stderr))  # the runtime puts its own there first
import app
app.gate = None  # what is malformed is no failure of the authorizer's
warnings.warn("a library is old", stacklevel=1)
logging.getLogger("library").error("two\\nlines")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
try:
    app.handler({}, types.SimpleNamespace(aws_request_id="request-1"))
except Exception:
    pass
"""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_fails_in_a_function_passes_at_error(function: str) -> None:
    paths = [ROOT / "functions" / function, ROOT / "layers" / "common"]
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "LOG_LEVEL": "ERROR"}

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", AS_IN_LAMBDA], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.stderr, done.returncode) == ("", 0)
    printed = done.stdout.splitlines()
    assert all(log_filter.passes(one, "ERROR") for one in printed), done.stdout
    said = [json.loads(one) for one in printed]
    assert [one["message"] for one in said] == ["two\nlines", "failed", "failed"]
    assert "ZeroDivisionError" in said[1]["exception"]
    assert "Traceback" in said[2]["exception"]
    assert said[2]["request"] == "request-1"
