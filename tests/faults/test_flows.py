"""Every flow under faults (issue 13): the right answer or a clean 503, a repetition that completes it, nothing twice.

`make faults` lets every call of every flow fail in every way; `make test` one call of each flow.
What a repetition answers is that of docs/retries.md, which is held beside the flows in `test_retries_page.py`.
"""

import re
import zlib
from pathlib import Path

import pytest

from tests import template
from tests.faults import injection, route_tables
from tests.faults.catalogue import EXCLUDED, FLOWS
from tests.faults.injection import Trial
from tests.faults.report import Injected
from tests.faults.scene import Scene
from tests.faulty_transport import Fault


def _sample(trial: Trial) -> set[tuple[int, Fault]]:
    """Return one fault: the last write of the flow with its answer lost, or by the flow's name another one."""
    chosen = zlib.crc32(trial.flow.name.encode())
    writes = [at for at, one in enumerate(trial.operations) if not one.startswith(("Get", "BatchGet", "Query"))]
    if writes and chosen % 2:
        return {(writes[-1], Fault.ANSWER_LOST)}
    number = chosen % max(len(trial.operations), 1)
    faults = trial.faults(number) if trial.operations else [Fault.NO_EFFECT]
    return {(number, faults[chosen // 1000 % len(faults)])}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", FLOWS)
def test_whatever_call_fails_the_flow_is_answered_or_completed_by_sending_it_again(
    name: str, scene: Scene, injected: Injected, pytestconfig: pytest.Config
) -> None:
    trial = injection.rehearse(FLOWS[name], scene)
    only = None if pytestconfig.getoption("--every-fault") else _sample(trial)

    wrong = list(injection.inject(trial, injected, only))

    assert not wrong, "\n".join(wrong)


def test_every_row_of_every_route_table_has_a_flow_or_a_reason() -> None:
    covered = {one.covers for one in FLOWS.values()}

    assert covered <= route_tables.rows()
    assert route_tables.rows() - covered == EXCLUDED.keys()
    assert all(EXCLUDED.values())


def test_every_button_of_the_store_has_a_flow() -> None:
    pressed = re.compile(r"""["'](?:action|decision)["']?(?:,| value=)\s?["']([a-z-]+)["']""")
    templates = (template.ROOT / "functions" / "store" / "templates").glob("*.html")
    buttons = {name for one in templates for name in pressed.findall(one.read_text(encoding="utf-8"))}
    flows = "".join(one.read_text(encoding="utf-8") for one in Path(__file__).parent.glob("*_flows.py"))
    covered = set(re.findall(r'(?:"(?:action|decision)": |_member\()"([a-z-]+)"', flows))

    assert buttons
    assert buttons - covered == set()
