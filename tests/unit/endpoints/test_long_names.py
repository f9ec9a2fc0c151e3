"""How the pages spell values."""

import pytest

from gatehouse.endpoints.web import pages


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("DefaultApplication", "Default<wbr>Application", id="joined words"),
        pytest.param("maria@example.com", "maria@<wbr>example.com", id="a mail address"),
        pytest.param("orders-mcp", "orders-<wbr>mcp", id="a hyphen"),
        pytest.param("<b>@x", "&lt;b&gt;@<wbr>x", id="marks"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_long_names_break_where_a_reader_would_break_them(name: str, shown: str) -> None:
    assert pages.breakable(name) == shown
