"""Signing out at a provider, and logout tokens of the provider."""

from copy import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gatehouse.domain.kernel import jose
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID, ISSUER
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.signin.federation import ADA, ES256, FederationScene, signed_by_another
from tests.unit.endpoints.signin.federation import scene as scene


def test_a_logout_token_ends_everything_of_its_person_once(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()
    token = scene.provider.logout_token()

    ended = scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", {"logout_token": token})

    assert (ended.status, ended.headers["Cache-Control"]) == (200, "no-store")
    assert "/signin" in scene.account().location
    scene.sign_in()
    again = scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", {"logout_token": token})
    assert again.status == 400
    assert scene.account().status == 200


def test_a_provider_that_is_turned_off_still_says_whom_it_signs_out(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()
    scene.change(is_enabled=False)
    form = {"logout_token": scene.provider.logout_token()}

    assert scene.account().status == 200
    assert scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", form).status == 200
    assert "/signin" in scene.account().location


def test_a_logout_token_ends_an_account_that_changes_meanwhile(
    scene: FederationScene, transport: RecordingTransport
) -> None:
    scene.register()
    scene.link_john()
    scene.sign_in()
    form = {"logout_token": scene.provider.logout_token()}
    transport.before("TransactWriteItems", lambda: scene.writer.save_user(replace(scene.john(), revision=7)))

    assert scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", form).status == 200
    assert "/signin" in scene.account().location


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://evil.example"}, id="issuer"),
        pytest.param({"aud": "another"}, id="audience"),
        pytest.param({"iat": NOW - 301}, id="old"),
        pytest.param({"iat": NOW + 301}, id="early"),
        pytest.param({"exp": NOW - 60}, id="expired"),
        pytest.param({"exp": "soon"}, id="an end that is no number"),
        pytest.param({"nonce": "n"}, id="nonce"),
        pytest.param({"events": {}}, id="no event"),
        pytest.param({"sub": None}, id="neither subject nor session"),
        pytest.param({"sid": ""}, id="an empty session"),
        pytest.param({"sub": 7}, id="a subject that is no text"),
        pytest.param({"jti": None}, id="no id"),
    ],
)
def test_a_logout_token_with_a_wrong_claim_ends_nothing(scene: FederationScene, claims: dict[str, Any]) -> None:
    scene.register()
    scene.sign_in()
    form = {"logout_token": scene.provider.logout_token(**claims)}

    refused = scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", form)

    assert refused.status == 400
    assert scene.account().status == 200


@pytest.mark.parametrize("times", [{"iat": NOW - 0.5}, {"exp": NOW + 120}, {"exp": NOW - 59}], ids=str)
def test_a_logout_token_says_its_times_in_seconds_with_or_without_fractions(
    scene: FederationScene, times: dict[str, float]
) -> None:
    scene.register()
    scene.sign_in()
    form = {"logout_token": scene.provider.logout_token(**times)}

    assert scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", form).status == 200
    assert "/signin" in scene.account().location


def test_a_logout_token_of_nobody_or_of_another_key(scene: FederationScene) -> None:
    scene.register()
    path = "/t/johnsorg/federated/example/logout-token"
    unknown = scene.provider.logout_token(sub="nobody")

    assert scene.browser.send("POST", path, {"logout_token": unknown}).status == 200
    assert scene.browser.send("POST", path, {"logout_token": "x"}).status == 400
    assert scene.browser.send("POST", path, {}).status == 400
    scene.provider.signs = signed_by_another
    assert scene.browser.send("POST", path, {"logout_token": scene.provider.logout_token()}).status == 400


def test_signing_out_offers_to_sign_out_at_the_provider(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()

    done = scene.browser.submit(scene.browser.get("/t/johnsorg/logout"))
    left = scene.browser.get("/t/johnsorg/federated/example/sign-out")

    assert "/t/johnsorg/federated/example/sign-out" in done.body
    asked = parse_qs(urlsplit(left.location).query)
    assert left.location.startswith(f"{ISSUER}/end_session?")
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["post_logout_redirect_uri"][0].endswith("/t/johnsorg/signin")
    assert jose.verify(asked["id_token_hint"][0], {"keys": [jose.public(scene.provider.key)]}, algorithms=ES256)


def test_signing_out_of_the_account_page_offers_it_too(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()

    out = scene.browser.submit(scene.account())

    assert out.location == "/t/johnsorg/logout"
    assert "/t/johnsorg/federated/example/sign-out" in scene.browser.get(out.location).body


def test_another_browser_asks_for_the_sign_out_without_an_id_token(scene: FederationScene) -> None:
    """Who learns the name of somebody's session at the provider does not get the ID token for it."""
    scene.register()
    scene.sign_in()
    name = next(one for one in scene.browser.cookies if "provider" in one)
    mine = scene.browser.cookies[name]
    path = "/t/johnsorg/federated/example/sign-out"

    for cookie in ("", "x", f"{mine.partition('.')[0]}.another", f"another.{mine.partition('.')[2]}"):
        scene.browser.cookies[name] = cookie
        assert "id_token_hint" not in scene.browser.get(path).location
    scene.browser.cookies[name] = mine
    assert "id_token_hint" in scene.browser.get(path).location


def test_an_id_token_that_fits_into_no_address_is_no_hint(scene: FederationScene) -> None:
    scene.register()
    scene.provider.claims = {"groups": ["x" * 4096]}
    scene.sign_in()

    assert "id_token_hint" not in scene.browser.get("/t/johnsorg/federated/example/sign-out").location


def test_the_id_token_is_stored_sealed(scene: FederationScene, transport: RecordingTransport) -> None:
    scene.register()
    scene.sign_in()
    left = scene.browser.get("/t/johnsorg/federated/example/sign-out").location
    token = parse_qs(urlsplit(left).query)["id_token_hint"][0]

    stored = str(transport.call_uncounted("Scan", {"TableName": "grants"}))
    assert "PROVIDER_SESSION" in stored
    assert token.rpartition(".")[0] not in stored


@pytest.mark.parametrize("named", [{"sub": None, "sid": "session-1"}, {"sid": "session-1"}], ids=["sid alone", "both"])
def test_a_logout_token_may_name_the_session_at_the_provider(scene: FederationScene, named: dict[str, Any]) -> None:
    scene.register()
    scene.provider.claims = {"sid": "session-1"}
    scene.sign_in()
    token = scene.provider.logout_token(**named)

    ended = scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", {"logout_token": token})

    assert ended.status == 200
    assert "/signin" in scene.account().location


def test_a_logout_token_of_an_unknown_session_ends_nothing(scene: FederationScene) -> None:
    scene.register()
    scene.register("second")
    scene.provider.claims = {"sid": "session-1"}
    scene.sign_in()

    for provider_id, sid in (("example", "session-2"), ("second", "session-1")):
        form = {"logout_token": scene.provider.logout_token(sub=None, sid=sid)}
        assert scene.browser.send("POST", f"/t/johnsorg/federated/{provider_id}/logout-token", form).status == 200
    assert scene.account().status == 200


def test_a_provider_without_sid_and_without_a_page_for_signing_out_is_not_remembered(scene: FederationScene) -> None:
    scene.register()
    found = scene.administration.find(ADA, "example")
    changed = replace(found, end_session_endpoint="", revision=found.revision + 1)
    assert scene.administration.store.replace_provider(
        "johnsorg", found, changed, ADA.entry("provider.update", "example")
    )
    scene.sign_in()

    assert not any("provider" in one for one in scene.browser.cookies)
    assert scene.account().status == 200
