"""Making access tokens, opaque and as JWTs (RFC 9068), on values."""

import copy
from typing import Any

import pytest

from gatehouse.domain.kernel import digests, generations
from gatehouse.domain.oauth import access_tokens, tokens
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.fakes import FakeSigner, read_jwt

ISSUER = "https://auth.example"
SECRET = "s" * 43
GRANT = factories.grant(access_digest=b"")
STATUS = GRANT.status_id
FINGERPRINT = generations.fingerprint("of the client", "of its credentials", "of the organisation")


def test_an_opaque_token_is_grant_status_and_secret() -> None:
    sealed, token = access_tokens.seal(GRANT, SECRET, factories.client(), FakeSigner(), ISSUER)

    assert token == tokens.render_access(GRANT.grant_id, STATUS, SECRET)
    assert sealed == copy.replace(GRANT, access_digest=digests.digest(SECRET), issuer=ISSUER, kid=None)
    assert access_tokens.reissue(sealed, SECRET, FakeSigner()) == token


def test_a_grant_that_becomes_opaque_again_forgets_its_key() -> None:
    sealed, _ = access_tokens.seal(copy.replace(GRANT, kid="old"), SECRET, factories.client(), FakeSigner(), ISSUER)

    assert sealed.kid is None


def test_a_jwt_is_signed_with_the_current_key_and_is_its_own_secret() -> None:
    sealed, token = access_tokens.seal(GRANT, SECRET, factories.client(token_format="jwt"), FakeSigner(), ISSUER)

    assert read_jwt(token) == ({"typ": "at+jwt", "kid": "key-2"}, dict(access_tokens.claims(sealed)))
    assert sealed == copy.replace(GRANT, access_digest=digests.digest(token), issuer=ISSUER, kid="key-2")
    assert access_tokens.reissue(sealed, "unused", FakeSigner(kid="key-3")) == token


def test_a_jwt_says_what_rfc_9068_wants_and_which_generation_it_is_of() -> None:
    grant = copy.replace(GRANT, issuer=ISSUER, access_scopes=frozenset({"update", "read"}))

    assert access_tokens.claims(grant) == {
        "iss": ISSUER,
        "sub": "user-john",
        "aud": ISSUER,
        "client_id": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": f"{'g' * 22}.0.{STATUS}",
        "scope": "read update",
        "organisation": "johnsorg",
        "generation": FINGERPRINT,
    }
    assert access_tokens.claims(grant).keys() == access_tokens.CLAIMS


def test_a_refreshed_jwt_is_of_the_moment_of_the_refresh() -> None:
    refreshed = copy.replace(GRANT, rotated_at_ms=(NOW + 7) * 1000 + 999, rotation=2)

    assert access_tokens.claims(refreshed)["iat"] == NOW + 7
    assert access_tokens.jti(refreshed) == f"{'g' * 22}.2.{STATUS}"


def test_a_jwt_of_an_application_has_the_client_as_its_subject() -> None:
    grant = copy.replace(GRANT, user_id=None, status_id=None)

    assert access_tokens.claims(grant)["sub"] == CLIENT_ID
    assert access_tokens.jti(grant) == f"{'g' * 22}.0"


def test_a_jwt_for_some_apis_names_them() -> None:
    orders, stock = "johnsorg orders  https://orders.example", "johnsorg stock  https://stock.example"

    one = access_tokens.claims(copy.replace(GRANT, issuer=ISSUER, access_resources=(orders,)))
    both = access_tokens.claims(copy.replace(GRANT, issuer=ISSUER, access_resources=(orders, stock)))

    assert (one["aud"], one["resources"]) == ("https://orders.example", [orders])
    assert (both["aud"], both["resources"]) == (["https://orders.example", "https://stock.example"], [orders, stock])
    assert access_tokens.audience((), ISSUER) == ISSUER


@pytest.mark.parametrize(
    ("client", "organisation", "is_current"),
    [
        pytest.param({}, {}, True, id="nothing ended"),
        pytest.param({"generation": "later"}, {}, False, id="client"),
        pytest.param({"credential_generation": "later"}, {}, False, id="credentials"),
        pytest.param({}, {"generation": "later"}, False, id="organisation"),
    ],
)
def test_a_jwt_is_current_while_nothing_ended_it(client: Any, organisation: Any, *, is_current: bool) -> None:
    now = factories.client(**client), factories.organisation(**organisation)

    assert access_tokens.is_generation_current(FINGERPRINT, *now) is is_current
    assert not access_tokens.is_generation_current(None, *now)
