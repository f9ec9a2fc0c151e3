"""A transport with faults: a call that fails before or after its effect, is sent twice, or answers a part of a batch.

It wraps the transport under the unit tests, so that the storage and all that stands on it meets what AWS can do:

* `NO_EFFECT`: the call never arrived, and the transport gave up;
* `ANSWER_LOST`: the call had its effect, and the transport gave up without having seen the answer;
* `SENT_TWICE`: the answer to the first attempt was lost, and the transport sent the same bytes again;
* `PARTIAL`: a batch leaves keys unprocessed, the first of which is read at the next attempt.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

import copy
from collections.abc import Callable
from enum import Enum
from typing import Any

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws.transport import Transport


class Fault(Enum):
    """What happens to one call."""

    NO_EFFECT = "the call never arrives"
    ANSWER_LOST = "the answer is lost"
    SENT_TWICE = "the answer is lost and the call is sent again"
    PARTIAL = "a part of the batch is left"


class FaultyTransport:
    """Lets calls fail by their number, or by their operation.

    Attributes:
        operations: What was called, in order; a call that is sent twice once.
        injected: How many faults were injected.
    """

    def __init__(self, inner: Transport) -> None:
        """Let nothing fail yet."""
        self._inner = inner
        self._faults: dict[int, Fault] = {}
        self._named: dict[str, list[Fault]] = {}
        self._before: dict[str, Callable[[], object]] = {}
        self._before_numbers: dict[int, Callable[[], object]] = {}
        self._between: Callable[[], object] = lambda: None
        self._transactions: set[str] = set()
        self.operations: list[str] = []
        self.injected = 0

    def fail_call(self, number: int, fault: Fault) -> None:
        """Let the call of that number fail, the first of all being 0."""
        self._faults[number] = fault

    def fail_next(self, operation: str, fault: Fault) -> None:
        """Let the next such call fail."""
        self._named.setdefault(operation, []).append(fault)

    def between_attempts(self, act: Callable[[], object]) -> None:
        """Let somebody act after the first attempt of a call that is sent twice, and before the second."""
        self._between = act

    def before(self, operation: str, act: Callable[[], object]) -> None:
        """Let somebody act just before the next such call."""
        self._before[operation] = act

    def before_call(self, number: int, act: Callable[[], object]) -> None:
        """Let somebody act just before the call of that number; what they call is numbered after it."""
        self._before_numbers[number] = act

    def reset(self) -> None:
        """Forget everything: calls are numbered from 0 again, and none fails."""
        self.heal()
        self._before.clear()
        self._before_numbers.clear()
        self._between = lambda: None
        self._transactions.clear()
        self.operations.clear()
        self.injected = 0

    def heal(self) -> None:
        """Let no more calls fail."""
        self._faults.clear()
        self._named.clear()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `Transport.call`."""
        self._before_numbers.pop(len(self.operations), lambda: None)()
        self._before.pop(operation, lambda: None)()
        fault = self._faults.pop(len(self.operations), None)
        if fault is None and self._named.get(operation):
            fault = self._named[operation].pop(0)
        self.operations.append(operation)
        if fault is Fault.PARTIAL and operation != "BatchGetItem":
            fault = None
        if fault is None:
            return self._send(operation, request)
        self.injected += 1
        if fault is Fault.NO_EFFECT:
            raise TemporarilyUnavailableError(f"{operation}: injected, without an effect")
        if fault is Fault.PARTIAL:
            return self._answer_in_part(request)
        sent = copy.deepcopy(request)
        answer = self._send(operation, request)
        if fault is Fault.ANSWER_LOST:
            raise TemporarilyUnavailableError(f"{operation}: injected, with an effect")
        del answer  # it was lost
        between, self._between = self._between, lambda: None
        between()
        return self._send(operation, sent)

    def _send(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send the call; a transaction that was done is not done again, by its token."""
        if operation != "TransactWriteItems":
            return self._inner.call(operation, request)
        token = request["ClientRequestToken"]
        if token in self._transactions:
            return {}
        answer = self._inner.call(operation, request)
        self._transactions.add(token)
        return answer

    def _answer_in_part(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read the first key only."""
        tables: dict[str, Any] = copy.deepcopy(request["RequestItems"])
        table, wanted = next(iter(tables.items()))
        first = wanted["Keys"].pop(0)
        answer = self._inner.call("BatchGetItem", {"RequestItems": {table: {**wanted, "Keys": [first]}}})
        left = {name: one for name, one in tables.items() if one["Keys"]}
        return {**answer, "UnprocessedKeys": left}
