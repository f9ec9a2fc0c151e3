"""One JSON line per event, on standard output, where Lambda collects it.

A tenth of Powertools' Logger in import time (docs/decisions.md), for the two functions whose cold start counts.
"""

import json
import logging
import sys


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"level": record.levelname, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure(level: str) -> logging.Logger:
    """Return the product's logger, writing at this level."""
    logger = logging.getLogger("gatehouse")
    logger.setLevel({"WARN": "WARNING"}.get(level, level))
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(_JsonLines())
        logger.addHandler(handler)
        logger.propagate = False
    return logger
