"""`make up` refuses what an older version stored, and names the way out."""

from pathlib import Path

import pytest

from local import up
from local.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(up, "ROOT", tmp_path)
    return Layout(offset=0, directory=tmp_path / ".local")


def test_a_new_state_and_the_present_one_are_taken(layout: Layout) -> None:
    up.refuse_older_state(layout)
    (layout.state / "ministack").mkdir()

    up.refuse_older_state(layout)


@pytest.mark.parametrize("version", [None, "1"])
def test_an_older_state_is_refused_and_make_reset_is_named(layout: Layout, version: str | None) -> None:
    (layout.state / "ministack").mkdir(parents=True)
    if version is not None:
        (layout.state / "version").write_text(version, encoding="utf-8")

    with pytest.raises(SystemExit, match="make reset"):
        up.refuse_older_state(layout)
