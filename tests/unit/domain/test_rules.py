"""Failures, tokens, scopes and resources: rules without a store."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.apis import apis
from gatehouse.domain.kernel import digests, scopes
from gatehouse.domain.kernel.errors import InvalidScopeError
from gatehouse.domain.oauth import tokens
from tests import factories
from tests.factories import NOW


def test_no_id_begins_with_a_dash_and_would_read_as_an_option() -> None:
    assert not [one for one in (digests.generate_id() for _ in range(2_000)) if one.startswith("-")]


def test_locks_begin_with_the_tenth_failure_and_double_up_to_15_minutes() -> None:
    state, now, locks = lockout.NONE, NOW, list[int]()
    for _ in range(16):
        state = lockout.after_failure(state, now)
        locks.append(max(state.locked_until - now, 0))
        now = max(now, state.locked_until)

    assert locks == [0] * 9 + [60, 120, 240, 480, 900, 900, 900]


def test_a_thousand_failures_still_count() -> None:
    state = lockout.after_failure(Failures(count=10_000, expires_at=NOW + 1), NOW)

    assert state.locked_until == NOW + 900


def test_a_lock_ends_with_its_second() -> None:
    locked = Failures(count=10, locked_until=NOW + 60, expires_at=NOW + 3660)

    assert lockout.is_locked(locked, NOW + 59)
    assert not lockout.is_locked(locked, NOW + 60)


@pytest.mark.parametrize("now", [NOW, NOW + 1, NOW + 299, NOW + 300])
def test_a_source_window_ends_within_five_minutes(now: int) -> None:
    assert 0 < lockout.source_window_ends_at(now) - now <= 300


def test_tokens_carry_enough_randomness_in_the_url_safe_alphabet() -> None:
    grant_id, secret = digests.generate_id(), tokens.generate_secret()

    assert re.fullmatch(r"gha_[\w-]{22}\.[\w-]{43}", tokens.render_access(grant_id, None, secret), re.ASCII)
    assert len({tokens.generate_secret() for _ in range(1000)}) == 1000


def test_tokens_come_apart_as_they_were_put_together() -> None:
    (grant_id, status_id, family), secret = [digests.generate_id() for _ in range(3)], tokens.generate_secret()

    access = tokens.parse_access(tokens.render_access(grant_id, status_id, secret))
    applications = tokens.parse_access(tokens.render_access(grant_id, None, secret))
    refresh = tokens.parse_refresh(tokens.render_refresh(grant_id, status_id, family, secret))

    assert access == tokens.AccessToken(grant_id, status_id, secret)
    assert applications == tokens.AccessToken(grant_id, None, secret)
    assert refresh == tokens.RefreshToken(grant_id, status_id, family, secret)
    assert tokens.parse_access(tokens.render_refresh(grant_id, status_id, family, secret)) is None
    assert tokens.parse_refresh(tokens.render_access(grant_id, status_id, secret)) is None


@given(st.text() | st.from_regex(r"\A(gha_|ghr_|[\w-]+\.[\w-]+\.)[\w.-]*\Z"))
def test_any_text_is_a_token_or_none(text: str) -> None:
    for parse in (tokens.parse_access, tokens.parse_refresh):
        token = parse(text)
        assert token is None or re.fullmatch(r"[\w-]{22}", token.grant_id, re.ASCII)


@pytest.mark.parametrize("character", "é\u0661\u0660\uff21")
def test_letters_and_digits_of_other_alphabets_make_no_token(character: str) -> None:
    assert tokens.parse_access(f"gha_{character * 22}.{'A' * 43}") is None


def test_successors_depend_on_the_key_the_purpose_and_the_spent_secret() -> None:
    secrets = {
        tokens.derive(key, purpose, spent)
        for key, purpose, spent in itertools.product((b"1" * 32, b"2" * 32), ("access", "refresh"), ("x", "y"))
    }

    assert len(secrets) == 8
    assert all(re.fullmatch(r"[\w-]{43}", secret, re.ASCII) for secret in secrets)


def test_the_successors_are_those_of_the_design() -> None:
    import base64
    import hashlib
    import hmac

    expected = hmac.new(b"k" * 32, b"access\x00spent", hashlib.sha256).digest()

    assert tokens.derive(b"k" * 32, "access", "spent") == base64.urlsafe_b64encode(expected).decode().rstrip("=")


def test_nothing_equals_a_digest_that_is_not_there() -> None:
    assert not tokens.is_same(b"", None)
    assert not tokens.is_same(b"", b"x")
    assert tokens.is_same(b"x", b"x")


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


RESOURCES = factories.Resource
ROUTES = (
    RESOURCES(method="GET", path="/orders/{id}"),
    RESOURCES(method="ANY", path="/orders/{id}"),
    RESOURCES(method="GET", path="/files/{path+}"),
    RESOURCES(method="GET", path="/files/{name}"),
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        pytest.param("GET", "/orders/{id}", 0, id="as published"),
        pytest.param("get", "/orders/{id}", 0, id="method in another case"),
        pytest.param("GET", "/orders/{orderId}", 0, id="variable of another name"),
        pytest.param("DELETE", "/orders/{id}", 1, id="any method"),
        pytest.param("GET", "/files/{proxy+}", 2, id="greedy variable"),
        pytest.param("GET", "/files/{proxy}", 3, id="plain variable"),
        pytest.param("POST", "/files/{proxy+}", None, id="no such method"),
        pytest.param("GET", "/orders", None, id="no such path"),
        pytest.param("GET", "/orders/1", None, id="a value instead of the variable"),
    ],
)
def test_a_resource_is_found_by_the_shape_of_its_path(method: str, path: str, found: int | None) -> None:
    resource = apis.find_resource(factories.api(resources=ROUTES), method, path)

    assert resource == (None if found is None else ROUTES[found])
