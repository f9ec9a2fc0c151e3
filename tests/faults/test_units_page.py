"""docs/units.md says what every endpoint costs in DynamoDB's units, as the flows of the fault suite measure it.

    pytest tests/faults/test_units_page.py --write-units-page

writes the table. What the hot paths cost with warm caches is in `tests/unit/endpoints/signin/test_units.py`.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import template
from tests.capacity_transport import CapacityTransport, Units
from tests.faults import test_retries_page
from tests.faults.catalogue import FLOWS
from tests.faults.scene import Scene
from tests.faults.world import NOW_MS, State

PAGE = template.ROOT / "docs" / "units.md"
HEAD = "| endpoint | reads | writes | index writes |\n|---|---|---|---|\n"
_OTHER_SERVICES = ("Secret", "Plans.", "SendEmail", "Fetch", "Invoke", "AnswerCloudFormation")


def _measure(scene: Scene, state: State) -> dict[str, Units]:
    """Return what each endpoint costs: of several flows the most, in each column. Nothing is cached."""
    world, services = scene.world, scene.world.services
    passed_on = services.call
    found: dict[str, Units] = {}
    for flow in FLOWS.values():
        services.put_back(state)
        world.now_ms = NOW_MS
        world.wire.reset()
        world.begin()
        call = flow.prepare(scene)
        world.later(1000)
        inner: Any = SimpleNamespace(call=services.dynamodb.call_uncounted)
        counted = CapacityTransport(inner)

        def count(operation: str, request: dict[str, Any], counted: CapacityTransport = counted) -> dict[str, Any]:
            is_other = any(one in operation for one in _OTHER_SERVICES)
            return passed_on(operation, request) if is_other else counted.call(operation, request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(services, "call", count)
            world.send(call)
        before, now = found.get(flow.covers, Units()), counted.units
        found[flow.covers] = Units(
            max(before.reads, now.reads), max(before.writes, now.writes), max(before.index_writes, now.index_writes)
        )
    services.put_back(state)
    return found


def _row(covers: str, units: Units) -> str:
    name = test_retries_page.name(covers)
    return f"| {name} | {units.reads:g} | {units.writes} | {units.index_writes} |"


def test_the_page_has_rows_of_endpoints_that_exist() -> None:
    listed = {line.split(" | ")[0] for line in PAGE.read_text().partition(HEAD)[2].splitlines()}

    assert listed <= {f"| {test_retries_page.name(one.covers)}" for one in FLOWS.values()}


@pytest.mark.sampled(0)
def test_the_page_has_what_every_endpoint_costs(built: tuple[Scene, State], pytestconfig: pytest.Config) -> None:
    """`make faults` compares; `make unit` does not, so that a change of a call is no change of the page."""
    rows = sorted(_row(covers, units) for covers, units in _measure(*built).items())
    text, _, _ = PAGE.read_text().partition(HEAD)
    wanted = text + HEAD + "\n".join(rows) + "\n"
    if pytestconfig.getoption("--write-units-page"):
        PAGE.write_text(wanted)

    assert PAGE.read_text() == wanted
