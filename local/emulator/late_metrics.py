"""Values of metrics that show some seconds after what they measure, in MiniStack's own CloudWatch.

On AWS that takes minutes. MiniStack keeps them with everything else that `make down` keeps, for two weeks.
"""

import importlib
from collections import deque
from typing import Any, NamedTuple

from local.emulator.patching import Document

LATE_SECONDS = 5
MINUTE_SECONDS = 60


class Measured(NamedTuple):
    """One value of a metric at one moment (epoch seconds), and the account and region that it belongs to."""

    scope: tuple[str, str]
    at: float
    namespace: str
    name: str
    dimensions: dict[str, str]
    value: float


class LateMetrics:
    """Keeps values back for some seconds, then stores equal ones of a minute together."""

    def __init__(self) -> None:
        """Store nothing yet."""
        self.cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
        self._responses: Any = importlib.import_module("ministack.core.responses")
        self._pending: deque[Measured] = deque()

    def add(self, measured: Measured) -> None:
        """Take a value; store those that are old enough."""
        self._pending.append(measured)
        self.store(measured.at)

    def store(self, now: float) -> None:
        """Store what is old enough to be told."""
        while self._pending and self._pending[0].at + LATE_SECONDS <= now:
            one = self._pending.popleft()
            account = self._responses._request_account_id.set(one.scope[0])
            region = self._responses._request_region.set(one.scope[1])
            try:
                count(self.find(one.namespace, one.name, one.dimensions), one)
            finally:
                self._responses._request_account_id.reset(account)
                self._responses._request_region.reset(region)

    def find(self, namespace: str, name: str, dimensions: dict[str, str]) -> list[Document]:
        """Return the stored points of a metric in the account and region of this request, the oldest first."""
        points: list[Document] = self.cloudwatch._metric_bucket(
            (namespace, name, self.cloudwatch._dims_key(dimensions))
        )
        return points


def count(points: list[Document], one: Measured) -> None:
    """Add a value to the point of its minute and value, or as a new point."""
    minute = one.at // MINUTE_SECONDS * MINUTE_SECONDS
    for point in reversed(points):
        if point["Timestamp"] != minute:
            break
        if point["Value"] == one.value:
            point["Count"] += 1
            return
    points.append(
        {"Timestamp": minute, "Unit": "None", "Dimensions": one.dimensions, "Value": float(one.value), "Count": 1.0}
    )
