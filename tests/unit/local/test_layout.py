"""Where a local stack lives."""

import pytest

from local.layout import ROOT, Layout


def test_the_ports_are_those_of_wso2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT_OFFSET", raising=False)

    layout = Layout.from_environment()

    assert layout.base_url == "https://localhost:8243"
    assert layout.http_base_url == "http://localhost:8280"
    assert layout.directory == ROOT / ".local"


def test_an_offset_moves_every_port_and_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_OFFSET", "100")

    layout = Layout.from_environment()

    assert layout.ports == (4666, 8343, 8380)
    assert layout.directory == ROOT / ".local" / "offset-100"


@pytest.mark.parametrize("text", ["-1", "ten", "1.5", "60000", "\uff11"])
def test_what_is_no_offset_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT_OFFSET", text)

    with pytest.raises(SystemExit, match="PORT_OFFSET"):
        Layout.from_environment()
