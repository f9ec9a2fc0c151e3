"""Two parties at once: one is stopped between two of its calls, the other one runs completely, then the first goes on.

What is left has to be what they would have left one after the other, in one order or the other; or the first is told
of the conflict, and only the second one's change is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from tests.answers import Answer
from tests.faults import injection, states
from tests.faults.flows import Flow
from tests.faults.prepared import Prepared
from tests.faults.report import Injected
from tests.faults.scene import Scene
from tests.faults.states import Difference, Vocabulary
from tests.faults.world import Call

CONFLICTS = frozenset({400, 401, 403, 404, 409, 412})
"""What somebody is told whose request no longer fits."""


@dataclass(kw_only=True)
class Meeting(Prepared):
    """Two flows on one scene, with what they leave one after the other."""

    first: Flow
    second: Flow
    calls: tuple[Call, Call]
    count: int = 0

    def difference(self) -> Difference:
        """Return what both left; failed attempts expire, and are counted whatever the order."""
        found = super().difference()
        return states.Counter({one: count for one, count in found.items() if one[0] not in states.COUNTERS})

    def told(self, flow: Flow, answer: Answer) -> str:
        """Say what a party was told: `done`, `conflict`, `later`, or what is wrong with it."""
        outcome = flow.outcome(answer)
        if outcome == "right":
            return "done"
        if outcome == "later":
            return "later"
        if outcome == "again":
            return "conflict"  # as after a repetition: there is nothing left to do
        if answer.status == HTTPStatus.SEE_OTHER and answer.location.startswith("/store/signin"):
            return "conflict"  # the page asks to sign in again
        return "conflict" if answer.status in CONFLICTS else outcome


def meet(first: Flow, second: Flow, scene: Scene) -> Meeting:
    """Prepare both."""
    world = scene.world
    one = first.prepare(scene)
    calls = one, (one if first is second else second.prepare(scene))
    world.later(injection.RETRY_MS)
    start = world.services.copy()
    words = Vocabulary(start, *calls)
    return Meeting(scene=scene, start=start, words=words, now_ms=world.now_ms, first=first, second=second, calls=calls)


def interleave(
    meeting: Meeting, injected: Injected, only: int | None = None, *, is_exempt: bool = False
) -> Iterator[str]:
    """Let the second party act before each call of the first one but the very first; yield what is wrong afterwards.

    Of what is exempt, only the answers and the integrity of what is stored are looked at.
    """
    serial = [_serial(meeting, (0, 1)), _serial(meeting, (1, 0))]
    alone = _alone(meeting, 1)
    meeting.begin()
    meeting.world.send(meeting.calls[0])
    meeting.count = len(meeting.world.wire.operations)
    for number in range(1, meeting.count):
        if only is not None and number != 1 + only % max(meeting.count - 1, 1):
            continue
        injected.meetings += 1
        wrong = list(_run(meeting, number, [] if is_exempt else serial, alone))
        yield from (f"{meeting.second.name} before call {number} of {meeting.first.name}: {one}" for one in wrong)


def _run(meeting: Meeting, number: int, serial: list[Difference], alone: Difference) -> Iterator[str]:
    meeting.begin()
    world, answers = meeting.world, list[Answer]()
    world.wire.before_call(number, lambda: answers.append(world.send(meeting.calls[1])))
    first = meeting.told(meeting.first, world.send(meeting.calls[0]))
    second = meeting.told(meeting.second, answers[0])
    found = meeting.difference()
    yield from (f"left {one}" for one in injection.find_faults(world))
    for name, outcome in (("the first", first), ("the second", second)):
        if outcome not in {"done", "conflict", "later"}:
            yield f"{name} is told {outcome}"
    if not serial:
        return
    if first == "done":
        if found not in serial:
            yield f"both did it, which leaves {_nearest(serial, found)}"
    elif found not in (alone, *serial):
        yield f"the first was told {first}, which leaves {_nearest([alone], found)}"


def _serial(meeting: Meeting, order: tuple[int, int]) -> Difference:
    meeting.begin()
    for which in order:
        meeting.world.send(meeting.calls[which])
    return meeting.difference()


def _alone(meeting: Meeting, which: int) -> Difference:
    meeting.begin()
    meeting.world.send(meeting.calls[which])
    return meeting.difference()


def _nearest(known: list[Difference], found: Difference) -> str:
    near = min(known, key=lambda one: ((one - found) + (found - one)).total())
    return f"lacks {list((near - found).elements())} and has {list((found - near).elements())}"
