"""A clock of the commands that stands still."""

import pytest

from tests.factories import NOW


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse_cli.moments.time.time_ns", lambda: NOW * 10**9)
