"""Keys, secrets and tokens on the store's pages."""

import re

import pytest

from tests.answers import Answer
from tests.unit.store.browser import Browser


@pytest.mark.usefixtures("keys")
def test_past_tokens_are_listed_without_the_token_and_an_expired_one_is_generated_again(
    john: Browser, shop: str
) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    made = john.post(f"{shop}/keys/production/token", {"scope read": "on", "validity": "90"})
    path = f"{shop}/keys/production"
    while_valid = john.get(path).body
    john.now_ms += 90_000

    expired = john.get(path).body
    again = re.search(r"<td>(<form.*?</form>)", expired[expired.index("Generated here") :])
    assert again is not None
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', again[1]))
    second = john.post(f"{path}/token", form)

    token = made.secret("access-token")
    assert "valid until" in while_valid
    assert "Re-generate" not in while_valid
    assert token not in while_valid + expired
    assert token[4:26] not in while_valid + expired
    assert "Scopes: read" in second.body
    assert "valid for 90 seconds" in second.body


@pytest.mark.usefixtures("keys")
def test_a_revoked_token_is_said_to_be_and_ten_are_remembered(john: Browser, shop: str) -> None:
    path = f"{shop}/keys/production"
    for _ in range(12):
        john.post(f"{path}/token")
    john.post(f"{path}/revoke-tokens")

    page = john.get(path).body

    assert page.count('data-label="State">revoked<') == 10


def test_a_secret_is_on_no_other_page(john: Browser, shop: str, keys: Answer) -> None:
    secret = keys.secret("secret")

    assert secret
    assert secret not in john.get(f"{shop}/keys/production").body


def test_wrong_keys_are_said_beside_the_field(john: Browser, shop: str) -> None:
    answer = john.post(f"{shop}/keys/sandbox/generate", {"grant authorization_code": "on"})

    assert answer.status == 400
    assert 'id="callbackUrl-error"' in answer.body
    assert 'name="grant authorization_code" checked' in answer.body


@pytest.mark.usefixtures("keys")
def test_secrets_are_added_and_revoked(john: Browser, shop: str) -> None:
    added = john.post(f"{shop}/keys/production/secret", label="phone", days="3")
    page = john.get(f"{shop}/keys/production")
    first = re.search(r'name="secret_id" value="([^"]+)"', page.body)
    assert first is not None

    revoked = john.follow(john.post(f"{shop}/keys/production/revoke-secret", secret_id=first[1]))

    assert added.secret("secret")
    assert "phone" in revoked.body
    assert 'name="secret_id"' not in revoked.body


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("action", "said"), [("change", "Saved."), ("revoke-tokens", "Revoked."), ("delete", "Deleted.")]
)
def test_keys_are_changed_and_ended(john: Browser, shop: str, action: str, said: str) -> None:
    answer = john.follow(john.post(f"{shop}/keys/production/{action}", {"grant password": "on"}))

    assert said in answer.body


@pytest.mark.usefixtures("keys")
def test_a_regenerated_secret_is_shown_once(john: Browser, shop: str, keys: Answer) -> None:
    assert john.post(f"{shop}/keys/production/regenerate").secret("secret") not in {"", keys.secret("secret")}


@pytest.mark.usefixtures("keys")
def test_settings_are_changed_and_shown_on_the_page(john: Browser, shop: str) -> None:
    tab = f"{shop}/keys/production"
    typed = {
        "grant authorization_code": "on",
        "callbacks": "https://app.example/callback",
        "post_logout_redirect_uris": "https://app.example/bye",
        "allowed_origins": "https://app.example",
        "replay_window_seconds": "30",
    }
    saved = john.post(f"{tab}/change", typed)

    shown = john.get(tab).body

    assert saved.location.endswith("?done=saved")
    assert ">https://app.example/bye</textarea>" in shown
    assert ">https://app.example</textarea>" in shown
    assert 'name="replay_window_seconds" type="text" value="30"' in shown
    assert 'name="pkce">' in shown


@pytest.mark.usefixtures("keys")
def test_a_wrong_setting_keeps_what_was_typed_and_opens_its_place(john: Browser, shop: str) -> None:
    typed = {"grant client_credentials": "on", "pkce": "on", "allowed_origins": "https://app.example/path"}

    refused = john.post(f"{shop}/keys/production/change", typed)

    assert refused.status == 400
    assert '<details class="settings" open>' in refused.body
    assert ">https://app.example/path</textarea>" in refused.body


@pytest.mark.usefixtures("keys")
def test_members_do_not_see_the_administrators_setting(john: Browser, shop: str) -> None:
    assert 'name="skip_consent"' not in john.get(f"{shop}/keys/production").body
