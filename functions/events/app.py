"""Lambda entry point of the statistics: what the grants' stream tells of issued tokens."""

import time
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,  # pyright: ignore[reportUnknownVariableType]
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from gatehouse import logs
from gatehouse.bootstrap import events
from gatehouse.settings import Settings
from gatehouse.storage.counters import parse_event

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
counters = events.counters(settings)
processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def count(record: DynamoDBRecord) -> None:
    """Count the token of one event, if it tells of one."""
    try:
        token = parse_event(record.raw_event)
        if token is not None:
            counters.count(token, int(time.time()))
    except Exception:
        logger.exception("failed", extra={"fields": {"event": record.event_id}})
        raise


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Count each token; Lambda brings back the batch from the first that failed, and each event counts once."""
    return process_partial_response(event, count, processor, context)
