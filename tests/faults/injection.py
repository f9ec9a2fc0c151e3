"""One flow under every fault: its calls fail one after another, each in every way, and it is sent again."""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from gatehouse.storage.dynamodb import attribute_values
from tests import integrity
from tests.answers import Answer
from tests.faults import states
from tests.faults.flows import Flow
from tests.faults.prepared import Prepared
from tests.faults.report import Injected
from tests.faults.scene import Scene
from tests.faults.states import Difference, Vocabulary
from tests.faults.world import Call, World
from tests.faulty_transport import Fault

_PARSED_MAX = 20_000
_BEST_EFFORT = frozenset({"REMEMBERED_BROWSER"})
"""The kinds of new items that an answered request may lack after an outage: it goes on without them."""
RETRY_MS = 1000
"""After how long the same request is sent again: within every replay window."""


@dataclass(kw_only=True)
class Trial(Prepared):
    """A flow that ran without faults, once and twice: what every run with faults is compared with."""

    flow: Flow
    call: Call
    operations: list[str] = field(default_factory=list[str])
    once: Difference = field(default_factory=states.Counter[tuple[Any, ...]])
    twice: Difference = field(default_factory=states.Counter[tuple[Any, ...]])
    counted: int = 0

    def faults(self, number: int) -> list[Fault]:
        """Return the ways in which a call can fail."""
        ways = [Fault.NO_EFFECT, Fault.ANSWER_LOST, Fault.SENT_TWICE]
        if self.operations[number] == "Invoke":  # the store invokes a function once
            return ways[:2]
        return [*ways, Fault.PARTIAL] if self.operations[number] == "BatchGetItem" else ways


class WrongFlowError(AssertionError):
    """A flow does not work without faults."""


def rehearse(flow: Flow, scene: Scene) -> Trial:
    """Run the flow without faults, once and twice, and look at what it left."""
    world = scene.world
    world.begin()
    world.wire.reset()
    call = flow.prepare(scene)
    world.later(RETRY_MS)
    start, now_ms = world.services.copy(), world.now_ms
    trial = Trial(scene=scene, start=start, words=Vocabulary(start, call), now_ms=now_ms, flow=flow, call=call)
    trial.begin()
    first = world.send(call)
    _expect(flow.outcome(first) == "right", flow, "first", first)
    trial.operations = list(world.wire.operations)
    trial.once, counted = trial.difference(), states.counted(world.services.copy())
    _expect(not find_faults(world), flow, f"leaves {find_faults(world)}", first)
    world.later(RETRY_MS)
    second = world.send(_second_call(trial, first))
    expected = "again" if flow.again else "right"
    _expect(flow.outcome(second) == expected, flow, f"second, not {expected}", second)
    trial.twice = trial.difference()
    trial.counted = max(states.counted(world.services.copy()), 2 * counted - states.counted(start))
    _expect(not find_faults(world), flow, f"twice leaves {find_faults(world)}", second)
    grown = states.kinds(trial.twice) - states.kinds(trial.once)
    allowed = {"AUDIT": 1, **(flow.doubles or {})}
    doubled = {kind: count for kind, count in grown.items() if count > allowed.get(kind, 0)}
    _expect(not doubled, flow, f"doubles {doubled}", second)
    return trial


def inject(trial: Trial, injected: Injected, only: Set[tuple[int, Fault]] | None = None) -> Iterator[str]:
    """Let each call fail in each way; yield what is wrong afterwards."""
    injected.flows += 1
    injected.calls += len(trial.operations)
    for number in range(len(trial.operations)):
        for fault in trial.faults(number):
            if only is not None and (number, fault) not in only:
                continue
            injected.faults += 1
            injected.ways[fault.name] = injected.ways.get(fault.name, 0) + 1
            name = f"{trial.flow.name}: {trial.operations[number]} ({number}) {fault.name}"
            yield from (f"{name}: {wrong}" for wrong in _run(trial, number, fault))


def _run(trial: Trial, number: int, fault: Fault) -> Iterator[str]:
    flow, world = trial.flow, trial.world
    trial.begin()
    world.wire.fail_call(number, fault)
    first = world.send(trial.call)
    if world.wire.injected != 1:
        yield "the fault was not met"
        return
    world.wire.heal()
    yield from (f"left {one}" for one in find_faults(world))
    outcome, done = flow.outcome(first), trial.difference()
    if outcome == "right":
        is_outage = fault in {Fault.NO_EFFECT, Fault.ANSWER_LOST}
        is_same = done == trial.once or _sends_a_mail_twice(trial.once, done)
        if not is_same and not (is_outage and _lacks_best_effort(trial.once, done)):
            yield f"answered, but {_told(trial.once, done)}"
        yield from filter(None, [flow.proves(trial.scene, trial.call, first)])
        return
    if outcome != "later":
        yield f"neither right nor to be tried again: {outcome}"
        return
    if fault in {Fault.SENT_TWICE, Fault.PARTIAL}:
        yield f"not answered: {first.status or first.raised}"
    yield from _repeat(trial, first, done)


def _repeat(trial: Trial, first: Answer, done: Difference) -> Iterator[str]:
    """Send the request again, as docs/retries.md says, and look at the answer and at what is stored."""
    flow, world = trial.flow, trial.world
    world.later(RETRY_MS)
    second = world.send(_second_call(trial, first))
    yield from (f"left {one} after the repetition" for one in find_faults(world))
    repeated = flow.outcome(second)
    if repeated not in {"right", "again"}:
        yield f"the repetition is {repeated}"
    elif repeated == "again" and not done:
        yield f"the repetition is refused with {second.status}, although nothing was done"
    final = trial.difference()
    if not any(_is_within(flow, known, final) for known in (trial.once, trial.twice)):
        yield f"the repetition leaves {_told(trial.once, final)}"
    if states.counted(world.services.copy()) > trial.counted:
        yield "more is counted than two attempts"
    yield from filter(None, [flow.proves(trial.scene, trial.call, second)])


def _is_within(flow: Flow, known: Difference, found: Difference) -> bool:
    """Say whether a state is a known one, or has no more than the flow may double, and no less than it may spare."""
    lacking = states.Counter({one: count for one, count in (known - found).items() if one[1] != "gone"})
    if known - found and not flow.spares:
        return False
    return _is_new(lacking, flow.spares or {}) and _is_new(found - known, {"AUDIT": 1, **(flow.doubles or {})})


def _is_new(rest: Difference, allowed: Mapping[str, int]) -> bool:
    """Say whether all of it is new items, and no more than are allowed of each kind."""
    more = states.kinds(rest)
    return more.total() == rest.total() and all(count <= allowed.get(kind, 0) for kind, count in more.items())


def _lacks_best_effort(known: Difference, done: Difference) -> bool:
    """Say whether all that differs is that new items are lacking without which a request goes on."""
    return not done - known and all(one[0] in _BEST_EFFORT and one[1] == "new" for one in known - done)


def _sends_a_mail_twice(known: Difference, found: Difference) -> bool:
    """Say whether this is all that differs: Amazon SES has no tokens by which it knows a repetition."""
    return [one[0] for one in (known - found) + (found - known)] == ["MAIL", "MAIL"]


def _second_call(trial: Trial, first: Answer) -> Call:
    return trial.flow.retry(trial.scene, trial.call, first) if trial.flow.retry else trial.call


_parsed: dict[int, tuple[attribute_values.Item, dict[str, Any]]] = {}


def _parse(item: attribute_values.Item) -> dict[str, Any]:
    """Parse an item once: nobody changes one that is stored."""
    known = _parsed.get(id(item))
    if known is None or known[0] is not item:
        if len(_parsed) > _PARSED_MAX:
            _parsed.clear()
        known = _parsed[id(item)] = item, attribute_values.parse(item)
    return known[1]


def find_faults(world: World) -> list[str]:
    """Return what is wrong with what is stored: see `tests/integrity.py`; and keys that sign unpublished."""
    stores = world.services.stores
    found = integrity.find_faults(stores["directory"].values(), _parse)
    keys = json.loads(stores["texts"][stores["stages"]["AWSCURRENT"]])
    published = stores["directory"].get("PUBLIC_KEYS", {}).get("jwks", {}).get("S", "")
    if keys and f'"{keys["current"]["kid"]}"' not in published:
        found.append("the key that signs is not published")
    return found


def _told(expected: Difference, found: Difference) -> str:
    missing, more = expected - found, found - expected
    return f"lacks {list(missing.elements())} and has {list(more.elements())}"


def _expect(holds: bool, flow: Flow, what: str, answer: Answer) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        raise WrongFlowError(f"{flow.name}: {what}: {answer.status} {answer.raised} {answer.value} {answer.body[:500]}")
