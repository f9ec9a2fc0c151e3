"""Two parties at every read-modify-write (findings S3, S10): no change is swallowed, and conflicts are reported."""

import zlib

import pytest

from tests.faults import interleaving, parties
from tests.faults.catalogue import FLOWS
from tests.faults.report import Injected
from tests.faults.scene import Scene


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for every pair, or for one in `parties.SHARE` of them, the same ones each time."""
    if "second" in metafunc.fixturenames:
        is_every = metafunc.config.getoption("--every-fault")
        chosen = [one for one in parties.PAIRS if is_every or zlib.crc32(" ".join(one).encode()) % parties.SHARE == 0]
        metafunc.parametrize(("first", "second"), chosen)


def test_two_parties_at_once_leave_what_they_would_leave_one_after_the_other(
    first: str, second: str, scene: Scene, injected: Injected, pytestconfig: pytest.Config
) -> None:
    meeting = interleaving.meet(FLOWS[first], FLOWS[second], scene)
    only = None if pytestconfig.getoption("--every-fault") else zlib.crc32(second.encode())

    wrong = list(interleaving.interleave(meeting, injected, only, is_exempt=parties.is_exempt(first, second)))

    assert not wrong, "\n".join(wrong)
