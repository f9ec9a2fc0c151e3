"""JSON by msgspec: what it refuses is written and read as `json` does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.kernel import json_texts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_by_both(value: Any) -> None:
    text = json_texts.render(value)

    assert json.loads(text) == value
    assert json_texts.parse(text) == value


@given(VALUES)
def test_what_another_wrote_is_read(value: Any) -> None:
    assert json_texts.parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc00\ud800"])
def test_half_of_a_surrogate_pair_survives(text: str) -> None:
    rendered = json_texts.render({"a": text})

    assert rendered.isascii()
    assert json_texts.parse(rendered) == {"a": text}


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":}', b'{"a":1} x', b"\xff", b"'a'"])
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_texts.parse(text)


def test_the_last_of_two_equal_names_counts() -> None:
    assert json_texts.parse(b'{"a":1,"a":2}') == {"a": 2}
