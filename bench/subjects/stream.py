"""Gatehouse's statistics: batches of stream records, counted by the handler of `functions/events`."""

import itertools
import random
import time
from typing import Any

from bench.batches import BATCHES, Batch
from bench.subjects import protocol
from bench.traffic import Zipf
from gatehouse.bootstrap import tables
from gatehouse.domain.portal import statistics
from gatehouse.settings import Settings
from gatehouse.storage.dynamodb import attribute_values, keys

_COUNTED_BEFORE = 100_000
_ORGANISATIONS, _APPLICATIONS = 1_000, 10
_DRAWN = Zipf(_ORGANISATIONS, 1.0), Zipf(_APPLICATIONS, 1.0)


class Stream:
    """One kind of batch after the other, each later than the one before as the shards' batches are."""

    def __init__(self, batch: Batch, consumer: Any, grant: dict[str, Any], starts_at_ms: int) -> None:
        """Keep the grant whose copies are counted."""
        self._batch = batch
        self._is_prepared = False
        self._consumer = consumer
        self._grant = grant
        self._ends_at_ms = starts_at_ms
        self._random = random.Random(batch.rate)  # noqa: S311 - traffic

    def count(self) -> protocol.Excluded:
        """Count a batch; making its records is not the consumer's work."""
        started = time.process_time()
        self._prepare()
        self._ends_at_ms += round(self._batch.seconds / self._batch.shards * 1000)
        event = {"Records": [self._record(number) for number in range(self._batch.tokens)]}
        spent = time.process_time() - started
        if self._consumer(event, None)["batchItemFailures"]:
            raise RuntimeError("not counted")
        return protocol.Excluded(spent)

    def _prepare(self) -> None:
        """Let the applications have had many tokens before, when they are first counted."""
        if self._is_prepared:
            return
        self._is_prepared = True
        settings = Settings.from_environment()
        transport = tables.build(settings).transport
        every = itertools.product(range(_ORGANISATIONS), range(_APPLICATIONS)) if self._batch.is_spread else ()
        applications = [(self._grant["organisation"]["S"], self._grant["application_id"]["S"])]
        applications += [_application(*pair) for pair in every]
        counted = attribute_values.render({"tokens": _COUNTED_BEFORE, "rank": statistics.rank(_COUNTED_BEFORE)})
        for organisation, application_id in applications:
            item = {**keys.statistic(organisation, "APPLICATION", application_id), **counted}
            transport.call("PutItem", {"TableName": settings.directory_table, "Item": item})

    def _record(self, number: int) -> dict[str, Any]:
        grant_id = f"{self._random.getrandbits(128):032x}"
        issued_at_ms = self._ends_at_ms - round(self._batch.seconds * 1000 * (1 - number / self._batch.tokens))
        image = {**self._grant, **keys.grant(grant_id), "grant_id": {"S": grant_id}}
        image["issued_at_ms"] = {"N": str(issued_at_ms)}
        if self._batch.is_spread:
            organisation, application_id = _application(*(one.draw(self._random) for one in _DRAWN))
            image |= {"organisation": {"S": organisation}, "application_id": {"S": application_id}}
        change = {"Keys": {"pk": image["pk"]}, "NewImage": image, "SequenceNumber": grant_id}
        return {"eventID": grant_id, "eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}


def _application(organisation: int, application: int) -> tuple[str, str]:
    return f"org-{organisation}", f"org-{organisation}-app-{application}"


def scenarios(consumer: Any, grant: dict[str, Any]) -> dict[str, protocol.Scenario]:
    """Return a scenario for each kind of batch."""
    now_ms = time.time_ns() // 1_000_000
    apart_ms = 3_600_000  # so that no two kinds meet in a span
    return {
        one.name: Stream(one, consumer, grant, now_ms - number * apart_ms).count for number, one in enumerate(BATCHES)
    }
