"""`make test` fails if any part of its tests does."""

import pytest

from local import testing


@pytest.mark.parametrize(
    ("outcomes", "combined"),
    [
        pytest.param((0, 0), 0, id="both pass"),
        pytest.param((1, 0), 1, id="the first fails"),
        pytest.param((0, 1), 1, id="the second fails"),
        pytest.param((5, 0), 0, id="one has no tests"),
        pytest.param((5, 1), 1, id="one has no tests and the other fails"),
        pytest.param((5, 5), 5, id="there are no tests at all"),
        pytest.param((-9, 0), 1, id="the first is killed"),
    ],
)
def test_a_part_that_fails_fails_the_run(outcomes: tuple[int, ...], combined: int) -> None:
    assert testing.combine(outcomes) == combined
