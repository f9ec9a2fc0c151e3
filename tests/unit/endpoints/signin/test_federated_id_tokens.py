"""Which ID tokens of a provider sign somebody in."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.kernel import jose
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID
from tests.unit.endpoints.signin.federation import FederationScene, signed_by_another
from tests.unit.endpoints.signin.federation import scene as scene
from tests.vectors.forgeries import FOREIGN_HEADERS, with_header


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://evil.example"}, id="issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another-client"}, id="audience"),
        pytest.param({"aud": [CLIENT_ID, "another"]}, id="several audiences without azp"),
        pytest.param({"azp": "another-client"}, id="authorized party"),
        pytest.param({"nonce": "another"}, id="nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"exp": NOW - 61}, id="expired"),
        pytest.param({"exp": None}, id="no end"),
        pytest.param({"exp": "soon"}, id="no number"),
        pytest.param({"iat": NOW + 3600}, id="of the future"),
        pytest.param({"nbf": NOW + 3600}, id="too early"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": ""}, id="empty subject"),
        pytest.param({"sub": "x" * 256}, id="long subject"),
        pytest.param({"sub": 7}, id="numeric subject"),
    ],
)
def test_an_id_token_with_a_wrong_claim_signs_nobody_in(scene: FederationScene, claims: dict[str, Any]) -> None:
    scene.register()
    scene.provider.claims = claims

    refused = scene.sign_in()

    assert refused.status == 403
    assert "/signin" in scene.account().location


def _signed_by_rsa(claims: dict[str, Any]) -> str:
    return jose.sign(json.dumps(jose.generate("RS256", "one")), claims, typ="JWT")


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts), ""])


@pytest.mark.parametrize(
    "signs",
    [
        pytest.param(signed_by_another, id="another key"),
        pytest.param(_signed_by_rsa, id="another algorithm"),
        pytest.param(_unsigned, id="none"),
        pytest.param(lambda _: "x", id="no JWT"),
        pytest.param(lambda _: "", id="nothing"),
    ],
)
def test_an_id_token_with_a_wrong_signature_signs_nobody_in(
    scene: FederationScene, signs: Callable[[dict[str, Any]], str]
) -> None:
    scene.register()
    scene.provider.signs = signs

    assert scene.sign_in().status == 403


@pytest.mark.parametrize("header", FOREIGN_HEADERS)
def test_what_the_header_of_an_id_token_says_besides_is_ignored(scene: FederationScene, header: dict[str, Any]) -> None:
    scene.register()
    scene.provider.signs = lambda claims: with_header(scene.provider.key, claims, **header)

    assert scene.sign_in().status == 303


def test_a_clock_may_be_a_minute_off(scene: FederationScene) -> None:
    scene.register()
    scene.provider.claims = {"exp": NOW - 59, "iat": NOW + 59}

    assert scene.sign_in().status == 303


def test_keys_may_be_rotated_at_any_time(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()
    scene.provider.rotate()
    scene.browser.now_ms += 61_000
    scene.provider.now += 61

    assert scene.sign_in().status == 303


@pytest.mark.parametrize("fault", ["connection", "timeout", "status", "unavailable"])
def test_a_provider_that_is_down_or_slow_is_told_apart(scene: FederationScene, fault: Any) -> None:
    scene.register()
    callback = scene.provider.authorize(scene.start())
    scene.provider.fault = fault

    refused = scene.browser.get(callback)

    assert refused.status == 503
    assert refused.headers["Retry-After"]
    assert "cannot be reached" in refused.body
