"""One JSON line per event, on standard output, where Lambda collects it.

A tenth of Powertools' Logger in import time (docs/decisions/0038), for the two functions whose cold start counts.

Lambda drops lines whose level is below the function's own. It takes only its own names of levels, and counts a line
without a valid timestamp, or with another level, as INFO:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import functools
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from gatehouse.domain.kernel.errors import DomainError, TemporarilyUnavailableError

_LEVELS = ((50, "FATAL"), (40, "ERROR"), (30, "WARN"), (20, "INFO"), (10, "DEBUG"))
_LINE_MAX_CHARACTERS = 200_000
"""CloudWatch takes events of 256 KB. A longer line would be cut in two, neither of which is JSON."""
_TEXT_MAX_CHARACTERS = 4_000


def level_name(number: int) -> str:
    """Return Lambda's name of a level of `logging`."""
    return next((name for least, name in _LEVELS if number >= least), "TRACE")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "timestamp": _rfc_3339(record.created),
            "level": level_name(record.levelno),
            "message": record.getMessage(),
        }
        line = getattr(record, "fields", {}) | line  # no field takes the place of what Lambda reads
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = json.dumps(line, default=str)
        return text if len(text) <= _LINE_MAX_CHARACTERS else json.dumps(_shorten(line))


class _StandardOutput(logging.Handler):
    """Writes each line at once, to whatever standard output is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(self.format(record) + "\n")
        sys.stdout.flush()


def configure(level: str) -> logging.Logger:
    """Return the product's logger, writing at this level.

    Libraries, Python's warnings and failures of threads write such lines too, from WARN on: below it some libraries
    print requests, with what is secret in them.
    """
    logger = logging.getLogger("gatehouse")
    logger.setLevel({"WARN": "WARNING"}.get(level, level))
    if not any(isinstance(one, _StandardOutput) for one in logger.handlers):
        handler = _StandardOutput()
        handler.setFormatter(_JsonLines())
        logger.addHandler(handler)
        logger.propagate = False
        logging.root.handlers[:] = [handler]  # the runtime's own would write each line in another form
    logging.root.setLevel(max(logging.WARNING, logger.level))
    logging.captureWarnings(capture=True)
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _log_thread_failure
    return logger


def logs_failures[**P, R](logger: logging.Logger) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a handler log what it raises: the runtime's own report of it is not one of our lines."""

    def decorate(handler: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(handler)
        def run(*arguments: P.args, **named: P.kwargs) -> R:
            try:
                return handler(*arguments, **named)
            except Exception:
                request_id = getattr(arguments[-1] if arguments else None, "aws_request_id", "")
                logger.exception("failed", extra={"fields": {"request": request_id}})
                raise

        return run

    return decorate


def log_refusal(logger: logging.Logger, error: DomainError, context: object) -> None:
    """Log a refusal by its private reason; one by an outage is a failure, whose trace would say nothing more."""
    request_id = getattr(context, "aws_request_id", "")
    fields = {"error": error.code, "reason": error.reason, "request": request_id}
    is_outage = isinstance(error, TemporarilyUnavailableError)
    level, message = (logging.ERROR, "failed") if is_outage else (logging.INFO, "refused")
    logger.log(level, message, extra={"fields": fields})


def _log_thread_failure(failure: threading.ExceptHookArgs) -> None:
    trace: Any = (failure.exc_type, failure.exc_value, failure.exc_traceback)
    logging.getLogger("gatehouse").error("failed", exc_info=trace)


def _rfc_3339(epoch_seconds: float) -> str:
    moment, milliseconds = divmod(int(epoch_seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment))}.{milliseconds:03}Z"


def _shorten(line: dict[str, object]) -> dict[str, object]:
    """Keep the end of each text, where a trace names the failure."""
    return {name: str(value)[-_TEXT_MAX_CHARACTERS:] for name, value in line.items()}
