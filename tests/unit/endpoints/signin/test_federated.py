"""Signing in at an identity provider: in all modes, and with everything that can be wrong with its answer."""

from copy import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal import members
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.members import DynamoDBMembers
from tests import factories
from tests.factories import NOW
from tests.identity_provider import SECRET
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.federation import ADA, INPUT, SIGN_IN, FederationScene
from tests.unit.endpoints.signin.federation import scene as scene
from tests.unit.endpoints.signin.mail_sender import Office
from tests.vectors.forgeries import claims as claims_of


def test_the_sign_in_page_has_a_button_and_it_is_a_link(scene: FederationScene) -> None:
    scene.register()

    page = scene.browser.get(SIGN_IN)

    assert (
        '<a class="button secondary" href="/t/johnsorg/federated/example/start">Sign in with Example</a>' in page.body
    )


def test_a_person_without_an_account_gets_one_at_the_first_sign_in(scene: FederationScene) -> None:
    scene.register()

    page = scene.sign_in()

    assert (page.status, page.location) == (303, "/t/johnsorg/account")
    assert "__Host-gatehouse.browser" not in str(page.cookies), "there is no password that strangers could lock"
    assert "paula@example.com" in scene.account().body
    assert "Paula" in scene.account().body


def test_the_second_sign_in_is_the_same_account(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()
    scene.forget()
    scene.provider.claims = {"email": "paula.new@example.com"}

    assert scene.sign_in().status == 303
    assert "paula@example.com" in scene.account().body


def test_the_authorization_request_goes_on_afterwards_and_the_tokens_say_fed(
    scene: FederationScene, service: TokenService
) -> None:
    scene.register()
    page = scene.browser.authorize(scope="openid read")
    button = scene.browser.get(page.location).body.partition('href="/federated/')[2].partition('"')[0]

    begun = scene.browser.get("/federated/" + button.replace("&amp;", "&"))
    back = scene.browser.get(scene.provider.authorize(begun.location))
    consent = scene.browser.get(back.location)
    issued = redeem(service, scene.browser.submit(consent, decision="allow").answer["code"])

    assert back.location.startswith("/authorize?")
    claims = jose.verify(issued.json["id_token"], service.post(b"", path="/.well-known/jwks.json", method="GET").json)
    assert claims is not None
    assert claims["amr"] == ["fed"]


def test_what_was_issued_behind_a_provider_ends_after_a_day(scene: FederationScene, service: TokenService) -> None:
    scene.register()
    page = scene.browser.authorize()
    button = scene.browser.get(page.location).body.partition('href="/federated/')[2].partition('"')[0]
    begun = scene.browser.get("/federated/" + button.replace("&amp;", "&"))
    back = scene.browser.get(scene.provider.authorize(begun.location))
    code = scene.browser.submit(scene.browser.get(back.location), decision="allow").answer["code"]
    token = redeem(service, code).json["refresh_token"]
    service.now_ms += 80_000_000

    refreshed = service.refresh(token)
    service.now_ms += 10_000_000

    assert refreshed.status == 200
    assert service.refresh(refreshed.json["refresh_token"]).refusal == INVALID_GRANT


def test_a_session_ends_with_what_may_be_issued_behind_the_provider(scene: FederationScene) -> None:
    """Its codes gave tokens that had expired already, and the client could only ask for the next ones."""
    scene.register()
    scene.writer.save_organisation(replace(scene.organisation(), federated_grant_hours=1))
    scene.sign_in()

    scene.browser.now_ms += 3_599_000
    assert scene.account().status == 200
    scene.browser.now_ms += 1_000

    assert scene.account().location.startswith("/t/johnsorg/signin")
    assert scene.browser.authorize().location.startswith("/signin?")


def test_a_changed_password_prolongs_no_sign_in_at_a_provider(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    scene.writer.save_organisation(replace(scene.organisation(), federated_grant_hours=1))
    scene.sign_in()
    scene.browser.now_ms += 3_000_000
    page = scene.browser.get("/t/johnsorg/account/password")
    changed = scene.browser.submit(page, password=factories.PASSWORD, new_password="the-duck-swims-at-10")
    is_signed_in = scene.account().status == 200
    scene.browser.now_ms += 600_000

    assert (changed.location, is_signed_in) == ("/t/johnsorg/account/done", True)
    assert scene.account().status == 303


@pytest.fixture
def approving(scene: FederationScene) -> FederationScene:
    """Administrators approve new accounts, and are told of them."""
    scene.writer.save_organisation(factories.organisation(sign_up_approval=True, request_mails="ada@x.example"))
    scene.register()
    return scene


def test_a_new_account_awaits_approval_where_sign_ups_do_and_administrators_are_told(
    approving: FederationScene, office: Office
) -> None:
    page = approving.sign_in()

    assert page.status == 403
    assert "awaits the approval of an administrator" in page.body
    assert approving.account().status == 303
    (mail,) = office.run()
    assert (mail.to, mail.subject) == ("ada@x.example", "Pending request at Johns Org")
    store = DynamoDBMembers(approving.tables)
    assert [one.username for one in store.find_waiting_members("johnsorg", Window()).items] == ["paula@example.com"]
    assert store.count_waiting("johnsorg") == 1


def test_who_comes_again_before_the_approval_is_told_the_same_and_nobody_else_is_asked(
    approving: FederationScene, office: Office
) -> None:
    approving.sign_in()
    office.run()

    page = approving.sign_in()

    assert page.status == 403
    assert "awaits the approval of an administrator" in page.body
    assert office.run() == []


def test_once_it_is_approved_the_person_gets_in(approving: FederationScene, office: Office) -> None:
    approving.writer.save_user(factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"})))
    approving.sign_in()
    store = DynamoDBMembers(approving.tables)
    waiting = members.find(store, ADA, "paula@example.com")

    members.enable(store, ADA, waiting, "https://auth.example/t/johnsorg")

    assert "paula@example.com" in [mail.to for mail in office.run()]
    assert approving.sign_in().status == 303
    assert "paula@example.com" in approving.account().body


def test_a_linked_member_needs_no_approval(scene: FederationScene) -> None:
    scene.writer.save_organisation(factories.organisation(sign_up_approval=True))
    scene.register()
    scene.link_john()
    scene.forget()

    assert scene.sign_in().status == 303


def test_by_invitation_only_nobody_gets_an_account(scene: FederationScene) -> None:
    scene.register(creates_members=False)

    refused = scene.sign_in()

    assert refused.status == 403
    assert "ask your administrator" in refused.body


@pytest.mark.parametrize("creates_members", [True, False])
def test_an_existing_account_is_never_adopted(scene: FederationScene, creates_members: bool) -> None:  # noqa: FBT001
    scene.register(creates_members=creates_members)
    scene.provider.claims = {"email": "john@gmail.com"}

    refused = scene.sign_in()

    assert refused.status == 403
    assert "link the identity" in refused.body
    assert "/signin" in scene.account().location


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        pytest.param({"email_verified": False}, "example-", id="not verified"),
        pytest.param({"email_verified": None}, "example-", id="not said"),
        pytest.param({"email": None}, "example-", id="no address"),
        pytest.param({"email": "a@b@c"}, "example-", id="no such address"),
        pytest.param({"email_verified": "true"}, "paula@example.com", id="as text"),
    ],
)
def test_an_address_that_is_not_verified_names_no_account(
    scene: FederationScene, claims: dict[str, Any], name: str
) -> None:
    scene.register()
    scene.provider.claims = claims

    scene.sign_in()

    assert f"<dd>{name}" in scene.account().body


def test_an_administrator_may_trust_a_providers_addresses(scene: FederationScene) -> None:
    scene.register(trusts_email=True)
    scene.provider.claims = {"email_verified": None}

    scene.sign_in()

    assert "<dd>paula@example.com" in scene.account().body


@pytest.mark.parametrize(
    ("given", "claims"),
    [
        pytest.param({"domains": ("example.org",)}, {}, id="another domain"),
        pytest.param({"domains": ("example.com",)}, {"email_verified": False}, id="an unverified domain"),
        pytest.param({"required_claims": {"hd": "example.com"}}, {}, id="no claim"),
        pytest.param({"required_claims": {"hd": "example.com"}}, {"hd": "example.org"}, id="another claim"),
    ],
)
def test_who_does_not_fit_does_not_come_in(
    scene: FederationScene, given: dict[str, Any], claims: dict[str, Any]
) -> None:
    scene.register(**given)
    scene.provider.claims = claims

    assert scene.sign_in().status == 403


def test_a_member_who_is_disabled_here_and_active_there_does_not_come_in(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    scene.writer.save_user(replace(scene.john(), blocks=frozenset({"administrator"})))
    scene.forget()

    refused = scene.sign_in()

    assert refused.status == 403
    assert "disabled" in refused.body


def test_a_link_to_an_account_that_was_made_anew_counts_for_nothing(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    scene.writer.save_user(replace(scene.john(), user_id="another-john"))
    scene.forget()

    assert scene.sign_in().status == 403


def test_a_provider_that_is_off_or_gone_takes_nobody(scene: FederationScene) -> None:
    scene.register()
    callback = scene.provider.authorize(scene.start())
    scene.change(is_enabled=False)

    assert scene.browser.get(callback).status == 400
    assert "Sign in with" not in scene.browser.get(SIGN_IN).body
    scene.administration.remove(ADA, scene.administration.find(ADA, "example"))
    assert scene.browser.get("/t/johnsorg/federated/example/start").status == 400


def test_another_organisations_provider_is_unknown(scene: FederationScene, acme: DirectoryWriter) -> None:
    del acme
    scene.register()

    assert scene.browser.get("/t/acme/federated/example/start").status == 400


def test_a_change_of_the_account_asks_the_provider_for_a_fresh_sign_in(scene: FederationScene) -> None:
    scene.register()

    location = scene.start("?page=identities")

    assert "prompt=login" in location
    assert "max_age=0" in location
    scene.provider.claims = {"auth_time": NOW - 3600}
    assert scene.browser.get(scene.provider.authorize(location)).status == 403


@pytest.mark.parametrize("page", ["identities", "factors", "email"])
def test_a_session_at_the_provider_is_no_fresh_sign_in(scene: FederationScene, page: str) -> None:
    """A stranger at the browser of a user who signed in at the provider hours ago proves nothing by signing in here."""
    scene.register()
    scene.provider.claims = {"auth_time": NOW - 3600}
    scene.sign_in()
    change = {"identities": "/t/johnsorg/federated/example/link", "factors": "/t/johnsorg/account/enrol"}
    wanted = change.get(page, "/t/johnsorg/account/email")

    assert scene.account().status == 200
    assert scene.browser.get(wanted).location.startswith("/t/johnsorg/signin?page=")
    scene.provider.claims = {"auth_time": NOW - 5}
    scene.sign_in(f"?page={page}")
    assert "/signin" not in scene.browser.get(wanted).location


@pytest.mark.usefixtures("rotation")
def test_id_tokens_and_max_age_count_from_the_proof_at_the_provider(
    scene: FederationScene, service: TokenService
) -> None:
    scene.register()
    scene.provider.claims = {"auth_time": NOW - 3600}
    scene.sign_in()

    assert scene.browser.authorize(max_age="3599").location.startswith("/signin?")
    code = scene.browser.obtain_code(scope="openid", max_age="3600")["code"]
    issued = redeem(service, code).json
    assert claims_of(issued["id_token"])["auth_time"] == NOW - 3600


@pytest.mark.usefixtures("rotation")
def test_an_old_session_at_the_provider_signs_in_for_as_long_as_any(
    scene: FederationScene, service: TokenService
) -> None:
    scene.register()
    day = scene.organisation().federated_grant_hours * 3600
    scene.provider.claims = {"auth_time": NOW - 2 * day}
    scene.sign_in()

    issued = redeem(service, scene.browser.obtain_code(scope="openid")["code"])

    assert (issued.status, scene.account().status) == (200, 200)
    service.now_ms += (day - 1) * 1000
    assert service.refresh(issued.json["refresh_token"]).status == 200


@pytest.mark.parametrize(("age", "status"), [(600, 303), (3600, 403)])
def test_the_provider_is_asked_for_a_sign_in_as_young_as_the_client_asks(
    scene: FederationScene, age: int, status: int
) -> None:
    scene.register()

    location = scene.start("?max_age=600")

    assert "max_age=600" in location
    assert "prompt=" not in location
    scene.provider.claims = {"auth_time": NOW - age}
    assert scene.browser.get(scene.provider.authorize(location)).status == status


@pytest.mark.parametrize(
    "asked",
    [{"prompt": "login"}, {"prompt": "select_account"}, {"prompt": "consent select_account"}, {"max_age": "0"}],
    ids=str,
)
def test_a_request_for_another_sign_in_is_passed_on_to_the_provider(
    scene: FederationScene, asked: dict[str, str]
) -> None:
    scene.register()

    location = scene.start(f"?{urlencode(asked)}")

    assert "prompt=login" in location
    assert "max_age=0" in location


@pytest.mark.parametrize(
    ("trusts", "claims", "is_asked"), [(True, ["mfa"], False), (False, ["mfa"], True), (True, [], True)]
)
def test_a_providers_second_factor_counts_only_if_it_is_trusted(
    scene: FederationScene,
    trusts: bool,  # noqa: FBT001
    claims: list[str],
    is_asked: bool,  # noqa: FBT001
) -> None:
    scene.register(trusts_factors=trusts)
    scene.writer.save_organisation(replace(scene.organisation(), second_factor=True))
    scene.provider.claims = {"amr": claims}

    location = scene.sign_in().location.partition("?")[0]

    assert (location == "/t/johnsorg/account/second-step") is is_asked


def test_the_client_secret_is_neither_stored_nor_shown(scene: FederationScene, transport: RecordingTransport) -> None:
    scene.register()

    stored = str(transport.call_uncounted("Scan", {"TableName": "directory"}))
    assert "example" in stored
    assert SECRET not in stored
    assert SECRET not in repr(INPUT)
