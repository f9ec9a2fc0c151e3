"""Lambda entry point of the streams: issued tokens are counted, and users and their status are kept equal."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from gatehouse import logs
from gatehouse.bootstrap import events
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal import counting
from gatehouse.domain.portal.counting import TokenEvent
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines
from gatehouse.storage.counters import parse_event
from gatehouse.storage.user_copies import parse_change

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
counters = events.counters(settings)
user_copies = events.user_copies(settings)
_OF_USERS = ("USER#", "STATUS#")
processor: Any = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def parse(record: DynamoDBRecord) -> tuple[TokenEvent, DynamoDBRecord] | None:
    """Return the token that a record tells of, if any, with the record."""
    try:
        token = parse_event(record.raw_event)
    except Exception:
        logger.exception("failed", extra={"fields": {"event": record.event_id}})
        raise
    return None if token is None else (token, record)


def count(share: Sequence[TokenEvent]) -> Iterator[TokenEvent]:
    """Count, and yield what failed: a share that is refused is halved until only the cause is left."""
    try:
        counters.count(share, int(time.time()))
    except TemporarilyUnavailableError as error:
        logger.warning("not counted yet", extra={"fields": {"reason": error.reason, "tokens": len(share)}})
        yield from share
    except Exception:
        if len(share) == 1:
            logger.exception("failed", extra={"fields": {"token": share[0].event_id}})
            yield from share
            return
        for half in (share[: len(share) // 2], share[len(share) // 2 :]):
            yield from count(half)


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> Any:
    """Work through a batch of one table's stream; Lambda brings it back from the first record that failed."""
    deadlines.begin(context)
    is_of_directory = any(record["dynamodb"]["Keys"]["pk"]["S"].startswith(_OF_USERS) for record in event["Records"])
    return settle_all(event["Records"]) if is_of_directory else count_all(event)


def settle_all(records: Sequence[dict[str, Any]]) -> Any:
    """Compare users with their status; what failed comes back with all that follows it."""
    for record in records:
        try:
            change = parse_change(record)
            if change is not None and user_copies.settle(change, time.time_ns() // 1_000_000):
                logger.warning(
                    "user repaired", extra={"fields": {"organisation": change.organisation, "user_id": change.user_id}}
                )
        except Exception:
            logger.exception("failed", extra={"fields": {"event": record["eventID"]}})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def count_all(event: dict[str, Any]) -> Any:
    """Count a batch of tokens, each once."""
    with processor(event["Records"], parse):
        told: list[Any] = [result for status, result, _ in processor.process() if status == "success" and result]
        failed = {token for share in counting.shares(token for token, _ in told) for token in count(share)}
        for record in (record for token, record in told if token in failed):
            processor.failure_handler(record, sys.exc_info())
    return processor.response()
