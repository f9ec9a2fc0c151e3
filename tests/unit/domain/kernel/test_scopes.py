"""Scope strings and sets (RFC 6749 section 3.3)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidScopeError
from gatehouse.domain.kernel.scopes import Scope


@given(st.frozensets(st.text(alphabet="abcXYZ:/._-!#[]^~", min_size=1, max_size=8), min_size=1, max_size=20))
def test_scopes_come_back_as_they_were(names: frozenset[str]) -> None:
    assert scopes.parse(scopes.render(names)) == names


@given(st.text(max_size=40))
def test_any_text_is_scopes_or_refused(text: str) -> None:
    try:
        names = scopes.parse(text)
    except InvalidScopeError:
        return
    assert all(re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]+", name) for name in names)


def test_scopes_are_rendered_in_order() -> None:
    assert scopes.render(frozenset({"update", "read", "a:b"})) == "a:b read update"


def test_a_scope_that_is_named_twice_is_one() -> None:
    assert scopes.parse("read read update") == {"read", "update"}


@pytest.mark.parametrize("count", [1, 99, 100])
def test_up_to_100_scopes_may_be_named(count: int) -> None:
    assert len(scopes.parse(" ".join(f"s{number}" for number in range(count)))) == count


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="none"),
        pytest.param("read  update", id="two spaces"),
        pytest.param("read ", id="a space at the end"),
        pytest.param('re"ad', id="a quotation mark"),
        pytest.param("re\\ad", id="a backslash"),
        pytest.param("r\u00e9ad", id="not ASCII"),
        pytest.param("a" * 256, id="256 characters"),
        pytest.param("a" * 301, id="more than the log shows"),
        pytest.param(" ".join(map(str, range(101))), id="101 scopes"),
    ],
)
def test_what_is_outside_the_grammar_is_refused_and_shown_in_the_log(text: str) -> None:
    with pytest.raises(InvalidScopeError) as caught:
        scopes.parse(text)

    assert caught.value.reason == f"scope outside the grammar: {text[:300]!r}"


def test_a_scope_has_at_most_255_characters() -> None:
    assert scopes.is_scope("a" * 255)
    assert not scopes.is_scope("a" * 256)
    assert not scopes.is_scope("read\n")


def test_nothing_asked_for_is_the_empty_set() -> None:
    assert scopes.parse_optional(None) == frozenset()
    assert scopes.parse_optional("read") == {"read"}


@pytest.mark.parametrize(
    ("name", "is_reserved"),
    [("default", True), ("apim:subscribe", True), ("apim:", True), ("apimx", False), ("read", False), ("", False)],
)
def test_our_own_names_are_reserved(name: str, *, is_reserved: bool) -> None:
    assert scopes.is_reserved(name) is is_reserved


def test_nothing_left_is_called_default() -> None:
    assert scopes.or_default(frozenset()) == {"default"}
    assert scopes.or_default(frozenset({"read"})) == {"read"}


def test_what_was_not_granted_is_dropped() -> None:
    assert scopes.dropped(frozenset({"read", "update"}), frozenset({"read", "other"})) == {"update"}


def test_dropped_scopes_are_kept_from_the_shortest_on_up_to_1000_characters() -> None:
    asked = frozenset({"b" * 200, *(letter * 100 for letter in "abcdefgh"), "c" * 200})

    kept = scopes.dropped(asked, frozenset())

    assert kept == {*(letter * 100 for letter in "abcdefgh"), "b" * 200}
    assert sum(map(len, kept)) == 1000
    assert scopes.dropped(asked | {"x"}, frozenset()) == {"x", *(letter * 100 for letter in "abcdefgh")}


def test_the_scopes_of_openid_connect_are_those_of_its_core() -> None:
    assert {"openid", "profile", "email", "offline_access"} == scopes.IDENTITY
    assert scopes.IDENTITY | {"address", "phone"} == scopes.OPENID_CONNECT


@pytest.mark.parametrize(
    ("scope", "demands", "shown"),
    [
        pytest.param(Scope(name="s"), (), set[str](), id="free"),
        pytest.param(Scope(name="s", roles=frozenset("a")), ({"a"},), {"a"}, id="of the document"),
        pytest.param(Scope(name="s", restricted_to=frozenset("b")), ({"b"},), {"b"}, id="of the administrators"),
        pytest.param(
            Scope(name="s", roles=frozenset("a"), restricted_to=frozenset("b")), ({"a"}, {"b"}), {"b"}, id="of both"
        ),
        pytest.param(Scope(name="s", restricted_to=frozenset()), (set[str](),), set[str](), id="open to nobody"),
    ],
)
def test_a_scope_demands_a_role_of_each_set(scope: Scope, demands: tuple[set[str], ...], shown: set[str]) -> None:
    assert (scope.demands, scope.is_bound, scope.roles_shown) == (demands, bool(demands), shown)
