"""Nothing that changes an item is left out of the meetings: the pairs are compared with what the flows write."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.catalogue import FLOWS
from tests.faults.parties import PAIRS, REPRESENTED, UNMET, is_impossible
from tests.faults.scene import Scene
from tests.faults.world import NOW_MS, State

_ADDED_TO = (
    *("AUDIT", "COUNTER", "FAILURES", "SOURCE", "MAILS", "SOURCE_FETCHES", "HOST_FETCHES"),
    *("SOURCE_REGISTRATIONS", "REGISTRATIONS", "PUBLISHING_PLACES"),
)
"""Items that are only added to, by one atomic step, or that are always new."""

pytestmark = pytest.mark.sampled(0)  # every flow is run once for them: `make faults` does

type Touched = dict[str, bool]
"""The items of the scene that a flow writes, or only holds as they are (False)."""


def _written(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            for kind, body in action.items():
                yield (body.get("Key") or body["Item"])["pk"]["S"], kind != "ConditionCheck"
    elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield (request.get("Key") or request["Item"])["pk"]["S"], True
    elif operation.endswith(("SecretValue", "SecretVersionStage")) and not operation.startswith("Get"):
        yield "SECRET", True


@pytest.fixture(scope="module")
def touched(built: tuple[Scene, State]) -> dict[str, Touched]:
    """What each flow does to the items of the scene, without a fault."""
    scene, state = built
    known = {"SECRET", *(key for stored in state.stores.values() for key in stored)}
    found: dict[str, Touched] = {}
    world, services = scene.world, scene.world.services
    passed_on = services.call
    for name, flow in FLOWS.items():
        services.put_back(state)
        world.now_ms = NOW_MS
        world.wire.reset()
        world.begin()
        call = flow.prepare(scene)
        world.later(1000)
        here: Touched = {}

        def record(operation: str, request: dict[str, Any], here: Touched = here) -> dict[str, Any]:
            for key, is_changed in _written(operation, request):
                if key in known and key.partition("#")[0] not in _ADDED_TO:
                    here[key] = here.get(key, False) or is_changed
            return passed_on(operation, request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(services, "call", record)
            world.send(call)
        found[name] = here
    services.put_back(state)
    return found


def _kinds(one: Touched) -> set[str]:
    return {key.partition("#")[0] for key in one}


def test_what_changes_an_item_meets_somebody_or_is_represented(touched: dict[str, Touched]) -> None:
    met = {name for pair in PAIRS for name in pair}
    changing = {name for name, one in touched.items() if any(one.values())}

    assert changing - met - REPRESENTED.keys() == UNMET.keys()
    assert set(REPRESENTED.values()) <= met
    assert all(UNMET.values())


def test_who_represents_another_flow_touches_the_same_kinds_of_items(touched: dict[str, Touched]) -> None:
    wrong = {
        name: _kinds(touched[name]) - _kinds(touched[other])
        for name, other in REPRESENTED.items()
        if not _kinds(touched[name]) <= _kinds(touched[other])
    }

    assert wrong == {}


def test_every_two_flows_that_change_one_item_meet_in_both_orders(touched: dict[str, Touched]) -> None:
    met = sorted({name for pair in PAIRS for name in pair})
    pairs = set(PAIRS)
    missing = [
        (first, second)
        for first in met
        for second in met
        if (first, second) not in pairs
        and not is_impossible(first, second)
        and any(touched[first][key] or touched[second][key] for key in touched[first].keys() & touched[second].keys())
    ]

    assert missing == []
