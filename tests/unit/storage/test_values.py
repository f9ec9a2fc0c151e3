"""Keys, items, records and memory: what storage is made of."""

import base64
import re
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.apis.apis import Api, Application, Deployment
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.oauth.clients import Client
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, ttl_cache
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories
from tests.clocks import Clock

TEXT = st.text(max_size=20) | st.text(alphabet="#%/ab+ @|\0é", max_size=6)
PARTS = st.lists(TEXT, min_size=1, max_size=4).map(tuple)


@given(PARTS, PARTS)
def test_two_different_tuples_of_parts_never_share_a_key(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (keys._key(*one) == keys._key(*other)) == (one == other)


@given(PARTS)
def test_a_key_holds_nothing_that_could_end_a_part(parts: tuple[str, ...]) -> None:
    key = keys._key(*parts)["pk"]["S"]

    assert key.count("#") == len(parts) - 1
    assert key.isascii()
    assert key.isprintable()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(keys.user("johnsorg", "a#b"), keys.user("johnsorg#a", "b"), id="moved hash sign"),
        pytest.param(keys.user("johnsorg", "a#b"), keys.user("johnsorg", "a%23b"), id="spelled-out hash sign"),
        pytest.param(keys.user("johnsorg", "x"), keys.failures("johnsorg", "x"), id="user and counter"),
        pytest.param(keys.client("x"), keys.grant("x"), id="client and grant"),
        pytest.param(keys.user("o", "x"), keys.username("o", "x"), id="username and user id"),
        pytest.param(keys.application("o", "x"), keys.api("o", "x"), id="application and API"),
    ],
)
def test_entities_do_not_share_keys(one: keys.Key, other: keys.Key) -> None:
    assert one != other


def test_the_longest_username_fits_into_a_key() -> None:
    longest = keys.failures("x" * 63, "\uffff" * 170)["pk"]["S"]

    assert len(longest) <= 2048


SCALARS = st.booleans() | st.text() | st.integers(-(10**30), 10**30) | st.binary()
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(st.text(), NESTED, max_size=6))
def test_items_come_back_as_they_were(values: dict[str, Any]) -> None:
    assert attribute_values.parse(attribute_values.render(values)) == values


@given(st.frozensets(st.text()))
def test_sets_come_back_as_sorted_lists(texts: frozenset[str]) -> None:
    assert attribute_values.parse(attribute_values.render({"texts": texts})) == {"texts": sorted(texts)}


@given(st.binary())
def test_binary_is_base64_on_the_wire(content: bytes) -> None:
    assert base64.b64decode(attribute_values.render_value(content)["B"]) == content


def test_none_is_left_out_and_false_zero_and_empty_are_not() -> None:
    assert attribute_values.render({"a": None, "b": False, "c": 0, "d": "", "e": b"", "f": []}).keys() == set("bcdef")


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), None], ids=["float", "set", "object", "nothing in a list"])
def test_what_dynamodb_cannot_keep_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        attribute_values.render({"a": [value]})


def test_records_come_back_as_they_were() -> None:
    for parse, record in (
        (mappers.reader(Organisation), factories.organisation(generation="another one")),
        (mappers.reader(User), factories.user(is_active=False)),
        (mappers.reader(User), factories.user(password_hash=None)),
        (mappers.reader(User), users.disconnect(factories.user(), "client", 5, 6)),
        (mappers.reader(Status), users.disconnect(factories.user(), "client", 5, 6).status),
        (mappers.reader(Client), factories.client(access_token_lifetime_seconds=60)),
        (mappers.reader(Application), factories.application(client_scopes=frozenset({"a", "b"}))),
        (mappers.reader(Api), factories.api()),
        (mappers.reader(Deployment), factories.deployment()),
    ):
        stored = attribute_values.render(plain_values.of(record))
        assert parse(attribute_values.parse({**stored, "pk": {"S": "x"}, "a_later_version": {"S": "x"}})) == record


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    return clock


def test_memory_ends_with_its_seconds(clock: Clock) -> None:
    cache = TtlCache(2)
    cache.put("key", "value")

    clock.now += 1.999
    assert cache.get("key") == (True, "value")
    clock.now += 0.001
    assert cache.get("key") == (False, None)


def test_memory_keeps_absence_apart_from_ignorance(clock: Clock) -> None:
    del clock
    cache = TtlCache(2)
    cache.put("absent", None)

    assert cache.get("absent") == (True, None)
    assert cache.get("unknown") == (False, None)


def test_memory_of_zero_seconds_recalls_nothing(clock: Clock) -> None:
    del clock
    disabled = TtlCache(0)
    disabled.put("key", "value")

    assert disabled.get("key") == (False, None)
    assert not disabled.enabled


def test_what_ended_is_still_there_to_guess_from(clock: Clock) -> None:
    cache = TtlCache(2)
    cache.put("key", "value")

    clock.now += 1000

    assert cache.peek_stale("key") == "value"
    assert cache.peek_stale("unknown") is None


def test_memory_is_bounded_and_forgets_the_oldest(clock: Clock) -> None:
    del clock
    cache = TtlCache(60)
    for number in range(ttl_cache._ENTRIES_MAX):
        cache.put(number, number)
    cache.put(0, "again")

    cache.put("one more", None)

    assert len(cache._entries) == ttl_cache._ENTRIES_MAX
    assert cache.get(0) == (True, "again")
    assert cache.get(1) == (False, None)


def test_no_key_of_the_plain_kind_needs_encoding() -> None:
    plain = string.ascii_letters + string.digits + "_.~@+ -"

    assert keys._key(plain)["pk"]["S"] == plain
    assert re.fullmatch("%[0-9A-F]{2}", keys._key("#")["pk"]["S"])
