"""Lambda entry point of the statistics: what the grants' stream tells of issued tokens."""

import time
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import events
from gatehouse.settings import Settings
from gatehouse.storage.counters import parse_event

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
counters = events.counters(settings)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Count each token; Lambda brings back the batch from the first that failed."""
    for record in event["Records"]:
        try:
            token = parse_event(record)
            if token is not None:
                counters.count(token, int(time.time()))
        except Exception:
            logger.exception("failed", extra={"fields": {"event": record.get("eventID", "")}})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
