"""Tokens and grants, on values: how tokens are written and read, and what keeps them alive."""

import base64
import copy
import hashlib
import hmac
import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.tokens import Access, AccessToken, Grant, RefreshToken
from tests import factories
from tests.factories import NOW

STATUS = factories.status_id("johnsorg", "user-john")
ID, SECRET, FAMILY = "g" * 22, "s" * 43, "f" * 22


def test_secrets_are_random_and_url_safe() -> None:
    made = {digests.generate_secret() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"[\w-]{43}", one, re.ASCII) for one in made)


def test_tokens_are_written_as_the_documents_say() -> None:
    assert tokens.render_access(ID, None, SECRET) == f"gha_{ID}.{SECRET}"
    assert tokens.render_access(ID, STATUS, SECRET) == f"gha_{ID}.{STATUS}.{SECRET}"
    assert tokens.render_refresh(ID, STATUS, FAMILY, SECRET) == f"ghr_{ID}.{STATUS}.{FAMILY}.{SECRET}"


def test_tokens_come_apart_as_they_were_put_together() -> None:
    access, application = tokens.render_access(ID, STATUS, SECRET), tokens.render_access(ID, None, SECRET)
    refresh = tokens.render_refresh(ID, STATUS, FAMILY, SECRET)

    assert tokens.parse_access(access) == AccessToken(ID, STATUS, SECRET)
    assert tokens.parse_access(application) == AccessToken(ID, None, SECRET)
    assert tokens.parse_refresh(refresh) == RefreshToken(ID, STATUS, FAMILY, SECRET)
    assert tokens.parse_access(refresh) is None
    assert tokens.parse_refresh(access) is None


@given(st.text() | st.from_regex(r"\A(gha_|ghr_|[\w-]+\.[\w-]+\.)[\w.-]*\Z"))
def test_any_text_is_a_token_or_none(text: str) -> None:
    for parse in (tokens.parse_access, tokens.parse_refresh):
        token = parse(text)
        assert token is None or re.fullmatch(r"[\w-]{22}", token.grant_id, re.ASCII)


@pytest.mark.parametrize("character", "é\u0661\u0660\uff21")
def test_letters_and_digits_of_other_alphabets_make_no_token(character: str) -> None:
    assert tokens.parse_access(f"gha_{character * 22}.{SECRET}") is None


def jwt(claims: Any, header: str = "header") -> str:
    text = claims if isinstance(claims, str) else json.dumps(claims)
    body = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return f"{header}.{body}.signature"


@pytest.mark.parametrize("filling", ["", "a", "ab", "abc"], ids=len)
def test_a_jwt_says_which_grant_it_is_of_and_is_its_own_secret(filling: str) -> None:
    users, applications = jwt({"jti": f"{ID}.0.{STATUS}", "x": filling}), jwt({"jti": f"{ID}.12", "x": filling})

    assert tokens.parse_access(users) == AccessToken(ID, STATUS, users)
    assert tokens.parse_access(applications) == AccessToken(ID, None, applications)


def test_only_a_jwt_says_itself_whom_it_stands_for() -> None:
    assert AccessToken(ID, STATUS, jwt({"jti": f"{ID}.0"})).is_jwt
    assert not AccessToken(ID, STATUS, SECRET).is_jwt


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(jwt("no JSON"), id="no JSON"),
        pytest.param(jwt("[1]"), id="no object"),
        pytest.param(jwt({}), id="no jti"),
        pytest.param(jwt({"jti": 1}), id="a number"),
        pytest.param(jwt({"jti": ID}), id="no rotation"),
        pytest.param(jwt({"jti": f"{ID}.0.short"}), id="a short status id"),
        pytest.param(jwt("[" * 5000), id="nested"),
        pytest.param("a.b", id="two parts"),
        pytest.param("a.\u00e9.c", id="not ASCII"),
        pytest.param("a.A.c", id="no base64"),
    ],
)
def test_what_only_looks_like_a_jwt_is_no_token(text: str) -> None:
    assert tokens.parse_access(text) is None


def test_a_jwt_has_at_most_8192_characters() -> None:
    claims = {"jti": f"{ID}.0"}
    longest = jwt(claims, "h" * (8192 - len(jwt(claims, ""))))

    assert len(longest) == 8192
    assert tokens.parse_access(longest) == AccessToken(ID, None, longest)
    assert tokens.parse_access(longest + "x") is None


def test_successors_depend_on_the_key_the_purpose_and_the_spent_secret() -> None:
    made = {
        tokens.derive(HmacKey(key), purpose, spent)
        for key, purpose, spent in itertools.product((b"1" * 32, b"2" * 32), ("access", "refresh"), ("x", "y"))
    }

    assert len(made) == 8
    assert all(re.fullmatch(r"[\w-]{43}", one, re.ASCII) for one in made)


def test_the_successors_are_those_of_the_design() -> None:
    expected = hmac.new(b"k" * 32, b"access\x00spent", hashlib.sha256).digest()

    assert {len(tokens.derive(HmacKey(b"k"), "access", str(number))) for number in range(500)} == {43}
    assert tokens.derive(HmacKey(b"k" * 32), "access", "spent") == base64.urlsafe_b64encode(expected).decode().rstrip(
        "="
    )


def test_nothing_equals_a_digest_that_is_not_there() -> None:
    assert not tokens.is_same(b"", None)
    assert not tokens.is_same(b"", b"x")
    assert tokens.is_same(b"x", b"x")


def grant(**changes: Any) -> Grant:
    given: dict[str, Any] = {
        "access_digest": digests.digest(SECRET),
        "access_resources": ("now",),
        "previous_access_digest": digests.digest("before"),
        "previous_access_scopes": frozenset({"before"}),
        "previous_access_expires_at": NOW + 2,
        "previous_access_resources": ("then",),
        "refresh_digest": digests.digest("refresh"),
        "family_digest": digests.digest(FAMILY),
        "refresh_expires_at": NOW + 100,
    }
    return factories.grant(**(given | changes))


CURRENT, PREVIOUS = AccessToken(ID, STATUS, SECRET), AccessToken(ID, STATUS, "before")


def test_the_current_access_token_allows_what_was_granted() -> None:
    assert tokens.find_access(grant(), CURRENT, NOW) == Access(frozenset({"read"}), NOW + 3600, ("now",))


def test_the_one_before_keeps_its_own_scopes_until_the_replay_window_closes() -> None:
    assert tokens.find_access(grant(), PREVIOUS, NOW + 1) == Access(frozenset({"before"}), NOW + 2, ("then",))
    assert tokens.find_access(grant(), PREVIOUS, NOW + 2) is None


def test_a_grant_that_was_never_refreshed_has_no_token_before() -> None:
    never = {"previous_access_scopes": None, "previous_access_expires_at": None}

    assert tokens.find_access(grant(previous_access_digest=None, **never), PREVIOUS, NOW) is None
    assert tokens.find_access(grant(**never), PREVIOUS, NOW) is None
    assert tokens.find_access(grant(**never), PREVIOUS, 0) is None
    assert tokens.find_access(grant(previous_access_scopes=None), PREVIOUS, NOW) == Access(
        frozenset(), NOW + 2, ("then",)
    )


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        pytest.param({"revoked": True}, NOW, id="revoked"),
        pytest.param({"ends_at": NOW}, NOW, id="ended"),
        pytest.param({"access_expires_at": NOW}, NOW, id="expired"),
        pytest.param({"status_id": "another"}, NOW, id="of another user's status"),
        pytest.param({"access_digest": digests.digest("another")}, NOW, id="of another secret"),
    ],
)
def test_a_dead_access_token_allows_nothing(changes: Any, now: int) -> None:
    assert tokens.find_access(grant(**changes), CURRENT, now) is None


def test_an_access_token_lives_to_the_last_second() -> None:
    assert tokens.find_access(grant(), CURRENT, NOW + 3599)
    assert tokens.find_access(grant(ends_at=NOW + 10), CURRENT, NOW + 9)
    assert tokens.find_access(grant(ends_at=NOW + 10), CURRENT, NOW + 10) is None


REFRESH = RefreshToken(ID, STATUS, FAMILY, "refresh")


def test_a_refresh_token_is_good_to_the_last_second() -> None:
    assert tokens.is_refreshable(grant(), REFRESH, NOW + 99)
    assert tokens.is_refreshable(grant(ends_at=NOW + 50), REFRESH, NOW + 49)


@pytest.mark.parametrize(
    ("changes", "token", "now"),
    [
        pytest.param({"revoked": True}, REFRESH, NOW, id="revoked"),
        pytest.param({}, REFRESH, NOW + 100, id="expired"),
        pytest.param({"ends_at": NOW + 50}, REFRESH, NOW + 50, id="ended"),
        pytest.param({"refresh_expires_at": None}, REFRESH, NOW, id="none was issued"),
        pytest.param({"refresh_expires_at": None}, REFRESH, 0, id="none was issued, ever"),
        pytest.param({}, RefreshToken(ID, "another", FAMILY, "refresh"), NOW, id="another status"),
        pytest.param({}, RefreshToken(ID, STATUS, "another", "refresh"), NOW, id="another family"),
        pytest.param({}, RefreshToken(ID, STATUS, FAMILY, "another"), NOW, id="another secret"),
        pytest.param({"family_digest": None}, REFRESH, NOW, id="no family"),
        pytest.param({"refresh_digest": None}, REFRESH, NOW, id="no secret"),
    ],
)
def test_any_other_refresh_token_is_not(changes: Any, token: RefreshToken, now: int) -> None:
    assert not tokens.is_refreshable(grant(**changes), token, now)


def test_a_living_client_and_organisation_keep_what_was_issued() -> None:
    assert tokens.is_client_alive(grant(), factories.client(), factories.organisation())


@pytest.mark.parametrize(
    ("client", "organisation"),
    [
        pytest.param(None, factories.organisation(), id="no client"),
        pytest.param(factories.client(), None, id="no organisation"),
        pytest.param(factories.client(is_active=False), factories.organisation(), id="client disabled"),
        pytest.param(factories.client(), factories.organisation(is_active=False), id="organisation disabled"),
        pytest.param(factories.client(generation="later"), factories.organisation(), id="client ended it"),
        pytest.param(factories.client(), factories.organisation(generation="later"), id="organisation ended it"),
        pytest.param(factories.registered_client(), factories.organisation(), id="registered, and not let in"),
    ],
)
def test_client_or_organisation_end_what_was_issued(client: Any, organisation: Any) -> None:
    assert not tokens.is_client_alive(grant(), client, organisation)


def test_a_registered_client_lives_while_its_organisation_lets_it_in() -> None:
    open_to_any = factories.organisation(client_registration="any")

    assert tokens.is_client_alive(grant(), factories.registered_client(), open_to_any)
    later = factories.registered_client(generation="later")
    assert not tokens.is_client_alive(grant(), later, open_to_any)


def test_a_lost_credential_ends_the_access_tokens_of_its_time() -> None:
    assert tokens.is_credential_alive(grant(), factories.client())
    assert not tokens.is_credential_alive(grant(), factories.client(credential_generation="later"))
    assert not tokens.is_credential_alive(grant(), None)


JOHN = factories.user()


def test_a_living_user_keeps_what_was_issued() -> None:
    assert tokens.is_user_alive(grant(), JOHN)
    assert tokens.is_user_alive(grant(), JOHN.status)


def test_what_has_no_user_lives_without_one() -> None:
    assert tokens.is_user_alive(grant(user_id=None), None)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"organisation": "acme"}, id="another organisation"),
        pytest.param({"user_id": "user-mary"}, id="another user"),
        pytest.param({"is_active": False}, id="blocked"),
        pytest.param({"generation": "later"}, id="ended by the user"),
        pytest.param(
            {"client_generations": {factories.CLIENT_ID: Disconnection(generation="later", ends_at=NOW)}},
            id="disconnected",
        ),
    ],
)
def test_the_user_ends_what_was_issued(changes: Any) -> None:
    assert not tokens.is_user_alive(grant(), factories.user(**changes))
    assert not tokens.is_user_alive(grant(), None)


def test_what_was_issued_after_a_disconnection_lives() -> None:
    again = {factories.CLIENT_ID: Disconnection(generation="later", ends_at=NOW)}

    assert tokens.is_user_alive(grant(connection_generation="later"), factories.user(client_generations=again))


def test_a_rotation_makes_the_current_pair_the_previous_one() -> None:
    before = grant(rotation=3)

    rotated = tokens.rotate(
        before,
        refresh_secret="next",
        rotation_key=b"key",
        rotation_kid="kid",
        access_scopes=frozenset({"less"}),
        access_resources=("later",),
        user_roles=frozenset({"role"}),
        credential_generation="credentials",
        access_expires_at=NOW + 10,
        refresh_expires_at=NOW + 20,
        rotated_at_ms=NOW * 1000,
        previous_access_expires_at=NOW + 3,
    )

    assert rotated == copy.replace(
        before,
        access_scopes=frozenset({"less"}),
        access_resources=("later",),
        user_roles=frozenset({"role"}),
        credential_generation="credentials",
        access_expires_at=NOW + 10,
        refresh_digest=digests.digest("next"),
        refresh_expires_at=NOW + 20,
        previous_access_digest=digests.digest(SECRET),
        previous_access_scopes=frozenset({"read"}),
        previous_access_resources=("now",),
        previous_access_expires_at=NOW + 3,
        previous_refresh_digest=digests.digest("refresh"),
        rotation=4,
        rotation_key=b"key",
        rotation_kid="kid",
        rotated_at_ms=NOW * 1000,
        expires_at=NOW + 20,
    )


@pytest.mark.parametrize(("access", "refresh", "previous"), [(9, 1, 1), (1, 9, 1), (1, 1, 9)])
def test_a_grant_is_kept_until_the_last_of_its_tokens_expires(access: int, refresh: int, previous: int) -> None:
    rotated = tokens.rotate(
        grant(),
        refresh_secret="",
        rotation_key=b"",
        rotation_kid="",
        access_scopes=frozenset(),
        access_resources=(),
        user_roles=frozenset(),
        credential_generation="",
        access_expires_at=access,
        refresh_expires_at=refresh,
        rotated_at_ms=0,
        previous_access_expires_at=previous,
    )

    assert rotated.expires_at == 9
