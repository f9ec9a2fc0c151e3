"""What CloudWatch gets of a function's log: our lines by level, and Lambda's own report of what went wrong."""

import contextlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import http_events, metric_filters, template
from tests.deployed import Deployed, seen_within

FUNCTION = """
import os, sys, time
print('{"timestamp": "2026-11-29T02:00:00Z", "level": "INFO", "message": "refused"}')
print('{"timestamp": "2026-11-29T02:00:00Z", "level": "WARN", "message": "replacing"}')
print('{"timestamp": "2026-11-29T02:00:00Z", "level": "ERROR", "message": "broken"}')
print('{"level": "ERROR", "message": "without a time"}')
print("a plain line")
def handler(event, context):
    match event["do"]:
        case "raise": raise Exception("Unauthorized")
        case "sleep": time.sleep(60)
        case "exit": os._exit(1)
    return event
"""
UNIMPORTABLE = "import a_package_that_was_never_built\n"
PATTERN: str = template.load()["Resources"]["AuthorizerCrashes"]["Properties"]["FilterPattern"]

type Run = Callable[[str, str, str], list[str]]


def archive(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("app.py", source)
    return content.getvalue()


@pytest.fixture
def run(deployed: Deployed) -> Iterator[Run]:
    """Run a function of its own, once, at a level; return its log."""
    functions, groups = deployed.aws("lambda"), deployed.aws("logs")
    made: list[str] = []

    def run(source: str, level: str, do: str) -> list[str]:
        name = f"logs-{uuid.uuid4().hex[:8]}"
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role="arn:aws:iam::000000000000:role/logs",
            Timeout=1,
            Code={"ZipFile": archive(source)},
            LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": level, "SystemLogLevel": "WARN"},
        )
        made.append(name)
        functions.invoke(FunctionName=name, Payload=json.dumps({"do": do}).encode())

        def read() -> list[str]:
            with contextlib.suppress(groups.exceptions.ResourceNotFoundException):
                found = groups.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
                return [one["message"] for one in found]
            return []

        return read()

    yield run
    for name in made:
        functions.delete_function(FunctionName=name)


def messages(lines: list[str]) -> list[str]:
    found: list[Any] = []
    for line in lines:
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
            continue
        found.append({"message": line})
    return [one["message"] for one in found if "message" in one]


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("DEBUG", ["refused", "replacing", "broken", "without a time", "a plain line"]),
        ("WARN", ["replacing", "broken"]),
        ("ERROR", ["broken"]),
    ],
)
def test_the_local_stack_filters_lines_as_lambda_does(run: Run, level: str, kept: list[str]) -> None:
    lines = run(FUNCTION, level, "answer")

    assert messages(lines) == kept
    assert not any("platform." in one for one in lines)  # of a success Lambda says nothing at WARN


@pytest.mark.parametrize(
    ("source", "do", "is_counted"),
    [
        pytest.param(FUNCTION, "sleep", True, id="a time-out"),
        pytest.param(FUNCTION, "exit", True, id="a crash"),
        pytest.param(UNIMPORTABLE, "answer", True, id="an unbuilt function"),
        pytest.param(FUNCTION, "raise", False, id="a 401, which is an exception"),
        pytest.param(FUNCTION, "answer", False, id="an answer"),
    ],
)
def test_the_gates_alarm_counts_what_lambda_reports(run: Run, source: str, do: str, is_counted: bool) -> None:  # noqa: FBT001
    lines = run(source, "ERROR", do)

    assert any(metric_filters.matches(PATTERN, one) for one in lines) == is_counted, lines


def test_a_401_of_the_deployed_gate_is_reported_and_not_counted(deployed: Deployed) -> None:
    functions, groups = deployed.aws("lambda"), deployed.aws("logs")
    arn = deployed.outputs(deployed.stack["stack_name"])["AuthorizerArn"]
    group = f"/aws/lambda/{arn.split(':')[6]}"

    event = http_events.token_authorizer("Bearer x", "GET", "/", methodArn="x")
    functions.invoke(FunctionName=arn, Payload=json.dumps(event))

    def reported() -> bool:
        said = [one["message"] for one in groups.filter_log_events(logGroupName=group)["events"]]
        assert not any(metric_filters.matches(PATTERN, one) for one in said)
        return any("platform.report" in one for one in said)

    assert seen_within(30, reported, wanted=True)
