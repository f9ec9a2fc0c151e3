"""Keys, secrets and tokens on the store's pages."""

import re

import pytest

from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.endpoints.store import shown_once
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.store.browser import StoreBrowser


@pytest.mark.usefixtures("keys")
def test_past_tokens_are_listed_without_the_token_and_an_expired_one_is_generated_again(
    john: StoreBrowser, shop: str
) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    path = f"{shop}/keys/production/token"
    made = john.follow(john.post(path, {"scope read": "on", "validity": "90"}))
    while_valid = john.get(path).body
    john.now_ms += 90_000

    expired = john.get(path).body
    again = re.search(r"<td>(<form.*?</form>)", expired[expired.index("Generated tokens") :])
    assert again is not None
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', again[1]))
    second = john.follow(john.post(path, form))

    token = made.secret("access-token")
    assert ">Valid</span>" in while_valid
    assert "Generate again" not in while_valid
    assert token not in while_valid + expired
    assert token[4:26] not in while_valid + expired
    assert "Scopes: read" in second.body
    assert "Valid for 90 seconds" in second.body


@pytest.mark.usefixtures("keys")
def test_a_revoked_token_is_said_to_be_and_ten_are_remembered(john: StoreBrowser, shop: str) -> None:
    path = f"{shop}/keys/production"
    for _ in range(12):
        john.post(f"{path}/token")
    john.post(f"{path}/revoke-tokens")

    page = john.get(f"{path}/token").body

    assert page.count(">Revoked</span>") == 10


def test_a_secret_is_on_no_other_page(john: StoreBrowser, shop: str, keys: Answer) -> None:
    secret = keys.secret("secret")

    assert secret
    assert secret not in john.get(f"{shop}/keys/production").body


def test_wrong_keys_are_said_beside_the_field(john: StoreBrowser, shop: str) -> None:
    answer = john.post(f"{shop}/keys/sandbox/generate", {"grant authorization_code": "on"})

    assert answer.status == 400
    assert 'id="callbackUrl-error"' in answer.body
    assert 'name="grant authorization_code" checked' in answer.body


@pytest.mark.usefixtures("keys")
def test_secrets_are_added_and_revoked(john: StoreBrowser, shop: str) -> None:
    added = john.follow(john.post(f"{shop}/keys/production/secret", label="phone", days="3"))
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
def test_keys_are_changed_and_ended(john: StoreBrowser, shop: str, action: str, said: str) -> None:
    answer = john.follow(john.post(f"{shop}/keys/production/{action}", {"grant password": "on"}))

    assert said in answer.body


@pytest.mark.usefixtures("keys")
def test_keys_without_a_secret_are_shown_no_command_that_sends_one(john: StoreBrowser, shop: str) -> None:
    tab, uri = f"{shop}/keys/production", "https://app.example/jwks.json"
    before = john.get(tab).body
    grants = {"grant client_credentials": "on", "grant password": "on", "grant authorization_code": "on"}
    by_assertion = {"jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt"}
    saved = john.post(f"{tab}/change", grants | by_assertion | {"callbacks": "https://app.example/callback"})
    after = john.get(tab).body

    assert saved.status == 303
    assert all(one in before for one in ("curl-client", "curl-password", "CONSUMER_SECRET"))
    assert not any(one in after for one in ("curl-client", "curl-password", "CONSUMER_SECRET"))
    assert "curl-code" in after


@pytest.mark.usefixtures("keys")
def test_a_regenerated_secret_is_shown_once(john: StoreBrowser, shop: str, keys: Answer) -> None:
    again = john.follow(john.post(f"{shop}/keys/production/regenerate"))

    assert again.secret("secret") not in {"", keys.secret("secret")}


@pytest.mark.usefixtures("keys")
def test_settings_are_changed_and_shown_on_the_page(john: StoreBrowser, shop: str) -> None:
    tab = f"{shop}/keys/production"
    typed = {
        "grant authorization_code": "on",
        "callbacks": "https://app.example/callback",
        "post_logout_redirect_uris": "https://app.example/bye",
        "allowed_origins": "https://app.example",
        "replay_window_seconds": "30",
    }
    saved = john.post(f"{tab}/change", typed)

    shown = john.get(f"{tab}/settings").body

    assert saved.location.endswith("?done=saved")
    assert ">https://app.example/bye</textarea>" in shown
    assert ">https://app.example</textarea>" in shown
    assert 'name="replay_window_seconds" type="text" value="30"' in shown
    assert 'name="pkce">' in shown


@pytest.mark.usefixtures("keys")
def test_a_wrong_setting_keeps_what_was_typed_and_opens_its_place(john: StoreBrowser, shop: str) -> None:
    typed = {"grant client_credentials": "on", "pkce": "on", "allowed_origins": "https://app.example/path"}

    refused = john.post(f"{shop}/keys/production/change", typed)

    assert refused.status == 400
    assert '<details class="settings" open>' in refused.body
    assert ">https://app.example/path</textarea>" in refused.body


@pytest.mark.usefixtures("keys")
def test_a_refused_change_ticks_nothing_that_was_unticked(john: StoreBrowser, shop: str) -> None:
    shown = john.get(f"{shop}/keys/production/settings").body

    refused = john.post(
        f"{shop}/keys/production/change", {"grant client_credentials": "on", "allowed_origins": "https://app.example/x"}
    )

    assert 'name="grant password" checked' in shown
    assert refused.status == 400
    assert 'name="grant client_credentials" checked' in refused.body
    assert 'name="grant password" checked' not in refused.body


def test_a_refused_generation_ticks_nothing_that_was_unticked(john: StoreBrowser, shop: str) -> None:
    refused = john.post(f"{shop}/keys/sandbox/generate", {"grant authorization_code": "on"})

    assert refused.status == 400
    assert 'name="grant client_credentials" checked' not in refused.body


@pytest.mark.usefixtures("keys")
def test_members_do_not_see_the_administrators_setting(john: StoreBrowser, shop: str) -> None:
    page = john.get(f"{shop}/keys/production/settings")

    assert page.status == 200
    assert 'name="skip_consent"' not in page.body


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("action", ["secret", "regenerate", "token"])
def test_reloading_the_page_behind_a_form_generates_nothing_and_shows_nothing_again(
    john: StoreBrowser, shop: str, action: str
) -> None:
    answer = john.post(f"{shop}/keys/production/{action}")
    first, second = john.follow(answer), john.follow(answer)

    assert answer.status == 303
    assert answer.body == ""
    assert "<dialog" in first.body
    assert "<dialog" not in second.body
    assert not [name for name in john.cookies if "shown" in name]


@pytest.mark.usefixtures("keys")
def test_what_is_shown_once_is_shown_on_its_page_alone(john: StoreBrowser, shop: str) -> None:
    made = john.post(f"{shop}/keys/production/secret")

    elsewhere = john.get(f"{shop}/keys/production/token")

    assert "<dialog" not in elsewhere.body
    assert john.follow(made).secret("secret")


@pytest.mark.parametrize("made_up", ["x", "eNo=", "eNqrVkrLL1KyUlAqAwAc9wPx", "eJyLjgUAARUAuQ=="])
def test_what_a_browser_makes_up_is_not_shown(john: StoreBrowser, shop: str, made_up: str) -> None:
    john.cookies["__Host-gatehouse.store-shown"] = made_up

    assert "<dialog" not in john.get(f"{shop}/keys/production").body


@pytest.mark.usefixtures("keys")
def test_the_token_page_ticks_what_may_be_granted_and_says_why_the_rest_may_not(john: StoreBrowser, shop: str) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")

    page = john.get(f"{shop}/keys/production/token").body

    assert 'name="scope read" checked' in page
    assert 'name="scope delete"' not in page
    assert "requires the role manager" in page


@pytest.mark.usefixtures("keys")
def test_a_scope_that_is_not_granted_is_named_with_the_reason(john: StoreBrowser, shop: str) -> None:
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")

    made = john.follow(
        john.post(f"{shop}/keys/production/token", {"scope read": "on", "scope delete": "on", "scope other": "on"})
    )

    dropped = made.body[made.body.index('id="dropped"') :].partition("</div>")[0]
    assert "Scopes: read" in made.body
    assert "<code>delete</code>: requires the role manager." in dropped
    assert "<code>other</code>: no API that the application subscribes to defines it." in dropped


@pytest.mark.usefixtures("keys")
def test_a_token_is_generated_with_as_many_scopes_as_it_may_have(
    john: StoreBrowser, shop: str, writer: DirectoryWriter
) -> None:
    names = [f"s{number:03}" for number in range(scopes.SCOPES_MAX + 20)]
    writer.save_api(factories.api(scopes={name: Scope(name=name) for name in names}))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    path = f"{shop}/keys/production/token"
    page = john.get(path).body
    ticked = re.findall(r'name="(scope s[0-9]+)" checked', page)

    made = john.post(path, dict.fromkeys(ticked, "on"))
    refused = john.post(path, {f"scope {name}": "on" for name in names})

    assert 'name="scope s119"' in page
    assert len(ticked) == scopes.SCOPES_MAX
    assert made.status == 303
    assert (refused.status, 'id="scopes-error">At most 100 scopes' in refused.body) == (400, True)


@pytest.mark.usefixtures("keys")
def test_the_shown_call_is_one_that_the_token_opens(john: StoreBrowser, shop: str, writer: DirectoryWriter) -> None:
    resources = (
        Resource(method="GET", path="/a-managed", scopes=frozenset({"delete"})),
        Resource(method="GET", path="/b-read", scopes=frozenset({"read"})),
        Resource(method="GET", path="/c-open", scopes=frozenset()),
        Resource(method="GET", path="/0-users", scopes=frozenset({"read"}), security="user"),
    )
    running = factories.deployment(url="https://api.example/prod")
    writer.save_api(factories.api(deployments=(running,), resources=resources))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")
    path = f"{shop}/keys/production/token"

    with_scope = john.follow(john.post(path, {"scope read": "on"}))
    without = john.follow(john.post(path))

    assert with_scope.secret("token-curl").endswith("https://api.example/prod/b-read")
    assert without.secret("token-curl").endswith("https://api.example/prod/c-open")


@pytest.mark.usefixtures("keys")
def test_a_token_too_large_for_a_request_is_refused_and_revoked(
    john: StoreBrowser, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_once, "_PIECE_CHARACTERS", 40)

    refused = john.post(f"{shop}/keys/production/token")

    assert refused.status == 400
    assert "too large for a request header" in refused.body
    assert ">Revoked</span>" in john.get(f"{shop}/keys/production/token").body


def test_keys_that_are_not_there_have_no_further_pages(john: StoreBrowser, shop: str) -> None:
    assert [john.get(f"{shop}/keys/sandbox/{one}").status for one in ("token", "settings")] == [404, 404]


@pytest.mark.usefixtures("keys")
def test_a_token_whose_subscription_waits_says_so_instead_of_showing_a_call(
    john: StoreBrowser, shop: str, writer: DirectoryWriter
) -> None:
    writer.save_organisation(factories.organisation(subscription_approval=True))
    john.post("/store/apis/orders/subscribe", application=shop.rpartition("/")[2], tier="Gold")

    made = john.follow(john.post(f"{shop}/keys/production/token", {"scope read": "on"}))

    assert made.secret("token-curl") == ""
    assert "A subscription of this application awaits approval." in made.body
