"""What a provider says of a person beside the ID token."""

from typing import Any

import pytest

from gatehouse.storage.accounts import DynamoDBAccounts
from tests.identity_provider import ISSUER
from tests.unit.endpoints.signin.federation import FederationScene
from tests.unit.endpoints.signin.federation import scene as scene

BARE: dict[str, Any] = {"email": None, "email_verified": None, "name": None}
"""What strict providers leave out of ID tokens when they give an access token, too (OpenID Connect Core 5.4)."""
TOLD = {"sub": "subject-1", "email": "paula@example.com", "email_verified": True, "name": "Paula", "groups": ["bosses"]}


def test_what_the_id_token_leaves_out_is_asked_for(scene: FederationScene) -> None:
    scene.provider.userinfo = TOLD
    scene.register(groups_claim="groups", roles={"bosses": ("manager",)})
    scene.provider.claims = BARE

    assert scene.sign_in().status == 303

    assert all(text in scene.account().body for text in ("paula@example.com", "Paula"))
    found = DynamoDBAccounts(scene.tables).find_user("johnsorg", "paula@example.com")
    assert found
    assert (found.email_verified, "manager" in found.roles) == (True, True)


def test_a_provider_that_says_all_in_the_id_token_is_not_asked(scene: FederationScene) -> None:
    scene.provider.userinfo = TOLD
    scene.register()
    scene.sign_in()

    assert f"{ISSUER}/userinfo" not in scene.provider.fetched


@pytest.mark.parametrize("told", [{**TOLD, "sub": "subject-2"}, {}, {"error": "invalid_token"}])
def test_userinfo_about_somebody_else_signs_nobody_in(scene: FederationScene, told: dict[str, Any]) -> None:
    scene.provider.userinfo = told
    scene.register()
    scene.provider.claims = BARE

    assert scene.sign_in().status == 403
    assert "/signin" in scene.account().location


def test_what_the_id_token_says_stands(scene: FederationScene) -> None:
    scene.provider.userinfo = {**TOLD, "email": "other@example.com", "amr": ["mfa"], "iss": "https://evil.example"}
    scene.register(groups_claim="groups", trusts_factors=True)

    assert scene.sign_in().status == 303
    assert "paula@example.com" in scene.account().body


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param("timeout", 503, id="slow"),
        pytest.param("content_type", 303, id="a signed answer"),
        pytest.param("status", 303, id="refused"),
    ],
)
def test_userinfo_that_cannot_be_had(scene: FederationScene, fault: Any, status: int) -> None:
    scene.provider.userinfo = fault
    scene.register()
    scene.provider.claims = BARE

    assert scene.sign_in().status == status


def test_a_userinfo_endpoint_that_answers_otherwise_does_not_make_the_host_rest(scene: FederationScene) -> None:
    scene.provider.userinfo = "content_type"
    scene.register()
    scene.provider.claims = BARE
    scene.sign_in()
    scene.forget()

    assert scene.sign_in().status == 303
