"""The redirect of a provider: state, code and `iss`."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.endpoints.signin.federation import FederationScene
from tests.unit.endpoints.signin.federation import scene as scene


def test_sign_ins_of_two_tabs_end_in_any_order(scene: FederationScene) -> None:
    """The first tab was told that its sign-in had begun in another browser."""
    scene.register()
    first, second = scene.start("?page=identities"), scene.start("?page=email")
    asked = [parse_qs(urlsplit(one).query) for one in (first, second)]

    answers = [scene.browser.get(scene.provider.authorize(one)).location for one in (first, second)]

    assert answers == ["/t/johnsorg/account/identities", "/t/johnsorg/account/email"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]


def test_a_state_works_once(scene: FederationScene) -> None:
    scene.register()
    callback = scene.provider.authorize(scene.start())
    assert scene.browser.get(callback).status == 303
    scene.provider.codes["code-0"] = {}

    assert scene.browser.get(callback).status == 400


def test_a_code_that_was_used_is_refused(scene: FederationScene) -> None:
    scene.register()
    callback = scene.provider.authorize(scene.start())
    scene.provider.codes.clear()

    assert scene.browser.get(callback).status == 403


def test_a_state_of_another_browser_is_refused(scene: FederationScene) -> None:
    """Or an attacker could sign a victim in as themselves."""
    scene.register()
    callback = scene.provider.authorize(scene.start())
    scene.forget()

    assert scene.browser.get(callback).status == 400


def test_a_state_expires_after_ten_minutes(scene: FederationScene) -> None:
    scene.register()
    callback = scene.provider.authorize(scene.start())
    scene.browser.now_ms += 600_000

    assert scene.browser.get(callback).status == 400


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=x", "?error=access_denied&state=x"])
def test_an_answer_to_nothing_is_refused(scene: FederationScene, query: str) -> None:
    scene.register()

    assert scene.browser.get(f"/t/johnsorg/federated/example/callback{query}").status == 400


def test_an_answer_at_another_providers_address_is_refused(scene: FederationScene) -> None:
    """A mix-up: the code of one provider would be sent to the other (RFC 9700 section 4.4)."""
    scene.register()
    scene.register("other")
    callback = scene.provider.authorize(scene.start())

    refused = scene.browser.get(callback.replace("/example/", "/other/"))

    assert refused.status == 400
    assert scene.provider.posted == []


@pytest.mark.parametrize("iss", [None, "https://evil.example"])
def test_a_provider_that_sends_iss_is_held_to_it(scene: FederationScene, iss: str | None) -> None:
    scene.provider.sends_iss = True
    scene.register()

    refused = scene.sign_in(iss=iss)

    assert refused.status == 400
    assert scene.provider.posted == []


def test_a_wrong_iss_is_refused_of_any_provider(scene: FederationScene) -> None:
    scene.register()

    assert scene.sign_in(iss="https://evil.example").status == 400


def test_a_refusal_at_the_provider_is_told(scene: FederationScene) -> None:
    scene.register()

    refused = scene.sign_in(code=None, error="access_denied")

    assert refused.status == 403
    assert "did not let you in" in refused.body
