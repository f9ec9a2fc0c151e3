"""Filter what functions log by level, and write Lambda's own lines, as functions with JSON logs have both on AWS.

* An application line passes if its level is at least `ApplicationLogLevel`. A line that is no JSON object, or names a
  level that is none of Lambda's, or has no valid RFC 3339 timestamp, counts as INFO.
* What a handler raised is reported by the runtime in one line under `log_level`. AWS does not say that it passes the
  filter, so here it counts as INFO, as any line without `level` does.
* `platform.report` ends each invocation. One that succeeded is INFO, any other WARN, and passes if that is at least
  `SystemLogLevel`. `platform.initReport` is written for an initialisation that failed.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import importlib
import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
ASSUMED = "INFO"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
TIMED_OUT = re.compile(r"Task timed out after .*")
STARTED_BADLY = "Worker init failed"
ENDED = ("Worker process died", "Worker returned no response", "Worker process exited")
PLAIN = re.compile(r"(START|END|REPORT) RequestId: ")
OUTCOME: ContextVar[tuple[str, str]] = ContextVar("outcome", default=("success", ""))
"""The status of the last invocation of this thread, and the type of its error."""
IS_JSON: ContextVar[bool] = ContextVar("is_json", default=False)


def level_of(line: str) -> str:
    """Return the level by which Lambda filters a line."""
    try:
        said: Any = json.loads(line)
        level, timestamp = str(said["level"]).upper(), str(said["timestamp"])
        datetime.fromisoformat(timestamp)
    except (KeyError, TypeError, ValueError):
        return ASSUMED
    return level if level in LEVELS and RFC_3339.fullmatch(timestamp) else ASSUMED


def passes(line: str, least: str) -> bool:
    """Tell whether Lambda keeps a line of the application."""
    return LEVELS.index(level_of(line)) >= LEVELS.index(least)


def reports(status: str, error_type: str, request_id: str, duration_ms: int, least: str) -> Iterator[str]:
    """Write the platform's lines about one invocation."""
    if LEVELS.index("INFO" if status == "success" else "WARN") < LEVELS.index(least):
        return
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    outcome = {"status": status, **({"errorType": error_type} if error_type else {})}
    metrics = {"durationMs": duration_ms, "billedDurationMs": duration_ms}
    if error_type == "Runtime.ImportModuleError":
        record = {"initializationType": "on-demand", "phase": "init", **outcome, "metrics": metrics}
        yield json.dumps({"time": time, "type": "platform.initReport", "record": record})
    record = {"requestId": request_id, **outcome, "metrics": metrics}
    yield json.dumps({"time": time, "type": "platform.report", "record": record})


def outcome_of(result: Document) -> tuple[str, str]:
    """Say how an invocation ended, as `platform.report` does."""
    if not result.get("error"):
        return "success", ""
    body: Document = result["body"]
    message = str(body["errorMessage"])
    if TIMED_OUT.fullmatch(message):
        return "timeout", ""
    if message.startswith(STARTED_BADLY):
        return "error", "Runtime.ImportModuleError"
    return "error", "Runtime.ExitError" if message.startswith(ENDED) else "Function.Unhandled"


def runtimes_report(error: str, trace: str) -> str:
    """Write what the runtime reports of an exception that left the handler."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(
        {"timestamp": time, "log_level": "ERROR", "errorMessage": error, "stackTrace": trace.splitlines()}
    )


def has_json_logs(config: Document) -> bool:
    """Tell whether a function writes JSON logs; only those are filtered."""
    logging: Document = config.get("LoggingConfig") or {}
    return logging.get("LogFormat") == "JSON"


def install(emulator: Emulator) -> None:
    """Close the gap, before anything else sees the lines."""
    functions = emulator.functions
    groups: Any = importlib.import_module("ministack.services.cloudwatch_logs")

    @around(emulator.workers.Worker, "invoke")
    def report_the_exception(original: AnyCallable, worker: Any, *arguments: Any, **named: Any) -> Document:
        response: Document = original(worker, *arguments, **named)
        if response.get("status") == "error" and has_json_logs(worker.config):
            trace = response.get("trace")
            report = runtimes_report(str(response.get("error")), trace) if trace else ""
            response["log"] = "\n".join(filter(None, [response.get("log"), report]))
            response["trace"] = ""  # MiniStack would write it out line by line
        return response

    @around(functions, "_execute_function_warm")
    def remember(original: AnyCallable, *arguments: Any) -> Document:
        result: Document = original(*arguments)
        OUTCOME.set(outcome_of(result))
        return result

    @around(functions, "_emit_lambda_logs")
    def write(
        original: AnyCallable,
        function: Document,
        request_id: str,
        text: str,
        error: object,
        duration_ms: int,
        **named: Any,
    ) -> None:
        config: Document = function.get("config") or function
        if has_json_logs(config):
            logging: dict[str, str] = config["LoggingConfig"]
            kept = [one for one in text.splitlines() if passes(one, logging.get("ApplicationLogLevel", ASSUMED))]
            kept += reports(*OUTCOME.get(), request_id, duration_ms, logging.get("SystemLogLevel", ASSUMED))
            text = "\n".join(kept)
        of_json = IS_JSON.set(has_json_logs(config))
        original(function, request_id, text, error, duration_ms, **named)
        IS_JSON.reset(of_json)

    @around(groups, "_append_log_events")
    def append(original: AnyCallable, stream: Document, events: list[Document]) -> None:
        """Leave out the plain lines that MiniStack puts around those of each invocation."""
        original(stream, [one for one in events if not (IS_JSON.get() and PLAIN.match(one["message"]))])
