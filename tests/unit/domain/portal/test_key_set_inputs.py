"""What an owner may say of a key set; on values."""

import copy

import pytest

from gatehouse.domain.kernel.refusals import InvalidInputError, InvalidPropertiesError
from gatehouse.domain.portal import key_set_inputs
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from tests.unit.portal import caller

CALLER = caller()
DRAFT = KeySetInput(grant_types=frozenset({"password", "refresh_token"}))
URI = "https://client.example/callback"


class FakeQuotas:
    """An operator's word: eleven callbacks for johnsorg."""

    def find_quota(self, organisation: str, name: str) -> int:
        assert organisation == "johnsorg"
        return {"redirect-uris": 11}[name]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        pytest.param(KeySetInput(grant_types=frozenset()), "grantTypes", id="no grant type"),
        pytest.param(KeySetInput(grant_types=frozenset({"implicit"})), "grantTypes", id="an unknown grant type"),
        pytest.param(KeySetInput(grant_types=frozenset({"authorization_code"})), "callbackUrl", id="no callback"),
        pytest.param(
            KeySetInput(grant_types=frozenset({"client_credentials"}), is_public=True),
            "grantTypes",
            id="a public client for itself",
        ),
        pytest.param(copy.replace(DRAFT, redirect_uris=("http://client.example/",)), "callbackUrl", id="plain http"),
        pytest.param(copy.replace(DRAFT, redirect_uris=(URI,) * 3), "callbackUrl", id="too many callbacks"),
        pytest.param(
            copy.replace(DRAFT, settings=ClientSettings(post_logout_redirect_uris=(URI,) * 3)),
            "post_logout_redirect_uris",
            id="too many addresses after signing out",
        ),
    ],
)
def test_what_a_key_set_cannot_be_is_refused_at_its_field(draft: KeySetInput, expected: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        key_set_inputs.check(draft, 2)

    assert caught.value.field == expected


@pytest.mark.parametrize("name", ["access_token_lifetime_seconds", "refresh_token_lifetime_seconds"])
@pytest.mark.parametrize(
    ("seconds", "is_good"), [(0, False), (-1, False), (1, True), (315_360_000, True), (315_360_001, False)]
)
def test_lifetimes_are_up_to_ten_years(name: str, seconds: int, *, is_good: bool) -> None:
    draft = copy.replace(DRAFT, **{name: seconds})

    if is_good:
        key_set_inputs.check(draft)
    else:
        with pytest.raises(InvalidPropertiesError):
            key_set_inputs.check(draft)


def test_more_callbacks_than_usual_are_an_operators_word() -> None:
    many = copy.replace(DRAFT, redirect_uris=tuple(f"https://client.example/{number}" for number in range(11)))
    store = FakeQuotas()

    assert key_set_inputs.find_uris_max(store, CALLER, DRAFT) == key_set_inputs.URIS_MAX
    assert key_set_inputs.find_uris_max(store, CALLER, many) == 11
