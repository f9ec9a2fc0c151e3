"""The form encoding, read as `urllib.parse` reads it."""

from urllib.parse import parse_qsl, unquote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.endpoints import form_encoding

ENCODED = st.text(alphabet="%+&=aF09cC3é;\u20ac ", max_size=24)


@given(ENCODED)
def test_anything_is_read_as_urllib_reads_it(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=5)
    except ValueError:
        with pytest.raises(ValueError, match=r".+"):
            form_encoding.parse(text, 5)
    else:
        assert form_encoding.parse(text, 5) == expected


@given(ENCODED)
def test_one_value_is_read_as_urllib_reads_it(text: str) -> None:
    try:
        expected = unquote_plus(text, errors="strict")
    except ValueError:
        with pytest.raises(ValueError, match=r".+"):
            form_encoding.unquote(text)
    else:
        assert form_encoding.unquote(text) == expected


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_what_is_encoded_is_read_again(pairs: list[tuple[str, str]]) -> None:
    assert form_encoding.parse(urlencode(pairs), 64) == pairs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("&&", [], id="empty pairs"),
        pytest.param("a", [("a", "")], id="a name alone"),
        pytest.param("=b", [("", "b")], id="a value alone"),
        pytest.param("a=b=c", [("a", "b=c")], id="two equal signs"),
        pytest.param("a=%", [("a", "%")], id="a percent sign at the end"),
        pytest.param("a=%4", [("a", "%4")], id="one digit"),
        pytest.param("a=%zz%41", [("a", "%zzA")], id="no digits"),
        pytest.param("a=%2B+b", [("a", "+ b")], id="plus signs"),
    ],
)
def test_edges(text: str, expected: list[tuple[str, str]]) -> None:
    assert form_encoding.parse(text, 64) == expected
