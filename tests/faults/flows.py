"""What a flow is: one request that changes or reads something, and what a repetition of it must answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.answers import Answer
from tests.faults.scene import Scene
from tests.faults.world import Call

type Prepare = Callable[[Scene], Call]
type Retry = Callable[[Scene, Call, Answer], Call]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One request, prepared by whatever has to come before it.

    Attributes:
        covers: The row of a route table that it runs through, such as `devportal POST /applications`.
        prepare: Does what comes before, and returns the call; the scene is put back afterwards.
        right: The statuses of success; empty for functions that answer no HTTP.
        again: The statuses of a repetition after a success, as docs/retries.md says; empty for those of success.
        doubles: The kinds of items of which a repetition may leave one more, and how many: a stated bound.
        spares: The kinds of new items that a repetition does not bring, and how many, since the person gets them
            otherwise; what the flow removes may stay then.
        retry: Makes the repetition, where it is not the same call; None for the same call.
        variant: Tells several flows of one row apart.
        proves: Says what is wrong after the repetition, from outside; empty if nothing is.
    """

    covers: str
    prepare: Prepare
    right: frozenset[int] = frozenset({200})
    again: frozenset[int] = frozenset()
    doubles: Mapping[str, int] | None = None
    spares: Mapping[str, int] | None = None
    retry: Retry | None = None
    variant: str = ""
    proves: Callable[[Scene, Call, Answer], str] = lambda _scene, _call, _answer: ""

    @property
    def name(self) -> str:
        return f"{self.covers} ({self.variant})" if self.variant else self.covers

    def outcome(self, answer: Answer) -> str:
        """Say what an answer means: `right`, `again`, `later`, or what is wrong with it."""
        if self.right:
            return self._of_http(answer)
        told: dict[str, Any] = answer.value or {}
        if told.get("Status") == "FAILED":
            return "CloudFormation is told that it failed"
        if answer.raised or told.get("batchItemFailures"):
            return "later"  # Lambda, Secrets Manager or the operator calls again
        return "right"

    def _of_http(self, answer: Answer) -> str:
        if answer.raised:
            return f"raised {answer.raised}"
        if answer.status == 503:
            return "later" if answer.headers.get("Retry-After") else "503 without Retry-After"
        if answer.status in self.right:
            return "right"
        return "again" if answer.status in self.again else f"{answer.status} {answer.body[:300]}"
