"""What the transports of the tests have in common: strict requests, counted calls, competitors between two calls."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from gatehouse.storage.aws.transport import Transport
from tests import strict_requests


class RecordingTransport(ABC):
    """Refuses what AWS refuses, whatever is stored, and counts its calls: `operations` is what a request cost.

    One call at a time, as DynamoDB serialises an item's.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._competitors: dict[str, Callable[[], object]] = {}
        self.operations: list[str] = []

    def before(self, operation: str, competitor: Callable[[], object]) -> None:
        """Let a competitor run just before the next such call: after our read, before our write."""
        self._competitors[operation] = competitor

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `gatehouse.storage.aws.transport.Transport.call`."""
        self._competitors.pop(operation, lambda: None)()
        self.operations.append(operation)
        return self.call_uncounted(operation, request)

    def call_uncounted(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call it for the test itself: nobody competes, and it is not counted."""
        strict_requests.check(operation, request)
        with self._one_at_a_time:
            return self._answer(operation, request)

    @abstractmethod
    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]: ...


class WrappedTransport(RecordingTransport):
    """Any other transport, recorded."""

    def __init__(self, inner: Transport) -> None:
        super().__init__()
        self._inner = inner

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._inner.call(operation, request)
