"""Signing in at an identity provider: in all modes, and with everything that can be wrong with its answer."""

import base64
import json
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gatehouse.bootstrap import federation, signin
from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal import members
from gatehouse.domain.portal.identity_providers import IdentityProviderAffairs, ProviderInput
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.organisation_settings import DynamoDBSettings
from tests import factories, roles
from tests.answers import Answer
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.mail_sender import Office

ADA = Caller(
    organisation="johnsorg",
    user_id="user-ada",
    username="ada",
    roles=frozenset({"admin"}),
    scopes=frozenset(),
    at_ms=NOW * 1000,
)
INPUT = ProviderInput(
    name="Example", issuer=ISSUER, client_id=CLIENT_ID, client_secret=SECRET, algorithm="ES256", makes_members=True
)
SIGN_IN = "/t/johnsorg/signin"
ES256 = frozenset({"ES256"})


@dataclass
class FederationScene:
    """A browser, the provider, and the administrator."""

    browser: Browser
    provider: FakeProvider
    affairs: IdentityProviderAffairs
    tables: Tables
    writer: DirectoryWriter

    def register(self, provider_id: str = "example", **given: Any) -> IdentityProvider:
        return self.affairs.add(ADA, provider_id, replace(INPUT, **given), "192.0.2.9")

    def change(self, **given: Any) -> None:
        found = self.affairs.find(ADA, "example")
        self.affairs.change(ADA, found, replace(INPUT, client_secret=None, **given), "192.0.2.9")

    def start(self, query: str = "", provider_id: str = "example") -> str:
        """Press the button; return where the provider is."""
        return self.browser.get(f"/t/johnsorg/federated/{provider_id}/start{query}").location

    def sign_in(self, query: str = "", **answer: str | None) -> Answer:
        return self.browser.get(self.provider.authorize(self.start(query), **answer))

    def account(self) -> Answer:
        return self.browser.get("/t/johnsorg/account")

    def link_john(self) -> Answer:
        """Sign in by password, and link the provider's person to John."""
        self.browser.submit(self.browser.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)
        location = self.browser.get("/t/johnsorg/federated/example/link").location
        return self.browser.submit(self.browser.get(self.provider.authorize(location)))

    def forget(self) -> None:
        """Use a browser that nobody signed in to."""
        self.browser.cookies.clear()

    def john(self) -> User:
        found = DynamoDBAccounts(self.tables).find_user("johnsorg", "john@gmail.com")
        assert found
        return found

    def organisation(self) -> Organisation:
        found = DynamoDBSettings(self.tables).find_organisation_now("johnsorg")
        assert found
        return found


@pytest.fixture
def scene(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> FederationScene:
    provider, settings = FakeProvider(NOW), factories.settings(mail_from="login@auth.example")
    secrets = MemorySecrets(settings.provider_key_secret)
    router = signin.router(
        settings, pages, roles.acting_as(tables, "Signin"), roles.RoleTransport(secrets, "Signin"), provider
    )
    affairs = federation.affairs(
        settings, roles.acting_as(tables, "Store"), roles.RoleTransport(secrets, "Store"), provider
    )
    return FederationScene(Browser(router, pages), provider, affairs, tables, web)


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
    scene.register(makes_members=False)

    refused = scene.sign_in()

    assert refused.status == 403
    assert "ask your administrator" in refused.body


@pytest.mark.parametrize("makes_members", [True, False])
def test_an_existing_account_is_never_adopted(scene: FederationScene, makes_members: bool) -> None:  # noqa: FBT001
    scene.register(makes_members=makes_members)
    scene.provider.claims = {"email": "john@gmail.com"}

    refused = scene.sign_in()

    assert refused.status == 403
    assert "link the identity" in refused.body
    assert "/signin" in scene.account().location


def test_an_account_is_linked_after_a_full_sign_in_and_a_confirmation(scene: FederationScene) -> None:
    scene.register(makes_members=False)

    linked = scene.link_john()
    listed = scene.browser.get(linked.location)
    scene.forget()

    assert "Linked as paula@example.com" in listed.body
    assert scene.sign_in().location == "/t/johnsorg/account"
    assert "john@gmail.com" in scene.account().body


def test_linking_and_unlinking_are_told_by_mail(scene: FederationScene, office: Office) -> None:
    scene.register()
    scene.link_john()
    (linked,) = office.run()
    scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))
    (unlinked,) = office.run()

    assert (linked.to, unlinked.to) == ("john@gmail.com", "john@gmail.com")
    assert "was linked to your account" in linked.text
    assert "was unlinked from your account" in unlinked.text


def test_a_link_needs_a_fresh_sign_in(scene: FederationScene) -> None:
    scene.register()
    scene.browser.submit(scene.browser.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)
    scene.browser.now_ms += 1_000_000

    asked = scene.browser.get("/t/johnsorg/federated/example/link")

    assert asked.location == "/t/johnsorg/signin?page=identities"


def test_a_link_that_another_site_confirms_is_none(scene: FederationScene) -> None:
    scene.register()
    scene.browser.submit(scene.browser.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)
    location = scene.browser.get("/t/johnsorg/federated/example/link").location
    page = scene.browser.get(scene.provider.authorize(location))

    forged = scene.browser.send("POST", page.action, {**page.hidden, "form_token": "x"})

    assert forged.status == 400
    assert DynamoDBFederatedLinks(scene.tables).find_links("johnsorg", "user-john") == ()


def test_an_identity_is_linked_once_and_a_form_that_is_sent_twice_succeeds(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()
    scene.forget()

    refused = scene.link_john()

    assert refused.status == 400
    assert "belongs to an account already" in refused.body
    scene.provider.claims = {"sub": "subject-2"}
    page = scene.browser.get("/t/johnsorg/federated/example/link")
    form = scene.browser.get(scene.provider.authorize(page.location))
    assert scene.browser.submit(form).status == 303
    again = scene.browser.submit(form)
    assert (again.status, len(DynamoDBFederatedLinks(scene.tables).find_links("johnsorg", "user-john"))) in {
        (303, 1),
        (400, 1),
    }


def test_linking_and_unlinking_end_other_sessions(scene: FederationScene) -> None:
    scene.register()
    other = Browser(scene.browser.router, scene.browser.pages)
    other.submit(other.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)

    scene.link_john()
    assert "/signin" in other.get("/t/johnsorg/account").location
    other.submit(other.get(SIGN_IN), username="john@gmail.com", password=factories.PASSWORD)
    page = scene.browser.get("/t/johnsorg/account/identities")
    other_page = other.get("/t/johnsorg/account/identities")

    assert scene.browser.submit(page).location == "/t/johnsorg/account/identities"
    assert "Link Example" in scene.browser.get("/t/johnsorg/account/identities").body
    assert "/signin" in other.submit(other_page).location
    scene.forget()
    scene.change(makes_members=False)
    assert scene.sign_in().status == 403


def test_the_last_way_to_sign_in_cannot_be_unlinked(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()

    refused = scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))

    assert refused.status == 400
    assert "Set a password first" in refused.body


def test_a_session_dies_if_its_link_is_removed_meanwhile(scene: FederationScene) -> None:
    """The account is read before the link, so that the session has the generation that the unlinking ended."""
    scene.register()
    scene.link_john()
    other = FederationScene(
        Browser(scene.browser.router, scene.browser.pages), scene.provider, scene.affairs, scene.tables, scene.writer
    )
    callback = scene.provider.authorize(other.start())
    scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))
    scene.change(makes_members=False)

    assert other.browser.get(callback).status == 403


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


def _signed_by_another(claims: dict[str, Any]) -> str:
    return jose.sign(json.dumps(jose.generate("ES256", "one")), claims, typ="JWT")


def _signed_by_rsa(claims: dict[str, Any]) -> str:
    return jose.sign(json.dumps(jose.generate("RS256", "one")), claims, typ="JWT")


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts), ""])


@pytest.mark.parametrize(
    "signs",
    [
        pytest.param(_signed_by_another, id="another key"),
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
    scene.register(trusts_mail=True)
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


GROUPS: dict[str, Any] = {"groups_claim": "groups", "roles": {"staff": ("employee", "seller"), "bosses": ("manager",)}}


def roles_of(scene: FederationScene) -> frozenset[str]:
    return scene.john().roles


def test_groups_give_the_roles_that_an_administrator_mapped(scene: FederationScene) -> None:
    scene.register(**GROUPS)
    scene.link_john()
    scene.writer.save_user(replace(scene.john(), roles=frozenset({"manager", "of-another-source"})))
    scene.provider.claims = {"groups": ["staff", "nobodys"]}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"employee", "seller", "of-another-source"}
    log = DynamoDBAuditLog(scene.tables).find_entries("johnsorg", Window(limit=5, offset=0)).items
    assert log[0].action == "member.roles" or "member.roles" in [one.action for one in log]


@pytest.mark.parametrize("groups", [["admin"], ["admin", "publisher"], "admin", [["admin"]], [None, 7]])
def test_a_group_named_admin_gives_nothing(scene: FederationScene, groups: Any) -> None:
    scene.register(**GROUPS)
    scene.link_john()
    scene.provider.claims = {"groups": groups}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene).isdisjoint({"admin", "publisher"})


def test_too_many_groups_to_name_change_nothing(scene: FederationScene) -> None:
    """Microsoft Entra ID names none of more than 200: that is unknown, not none."""
    scene.register(**GROUPS)
    scene.link_john()
    scene.provider.claims = {"_claim_names": {"groups": "src1"}}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"employee"}


def test_groups_may_be_inside_of_an_object(scene: FederationScene) -> None:
    scene.register(**(GROUPS | {"groups_claim": "realm_access.roles"}))
    scene.link_john()
    scene.provider.claims = {"realm_access": {"roles": ["bosses"]}}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"manager"}


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
    scene.affairs.remove(ADA, scene.affairs.find(ADA, "example"))
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


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://evil.example"}, id="issuer"),
        pytest.param({"aud": "another"}, id="audience"),
        pytest.param({"iat": NOW - 301}, id="old"),
        pytest.param({"iat": NOW + 301}, id="early"),
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


def test_a_logout_token_of_nobody_or_of_another_key(scene: FederationScene) -> None:
    scene.register()
    path = "/t/johnsorg/federated/example/logout-token"
    unknown = scene.provider.logout_token(sub="nobody")

    assert scene.browser.send("POST", path, {"logout_token": unknown}).status == 200
    assert scene.browser.send("POST", path, {"logout_token": "x"}).status == 400
    assert scene.browser.send("POST", path, {}).status == 400
    scene.provider.signs = _signed_by_another
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
    found = scene.affairs.find(ADA, "example")
    changed = replace(found, end_session_endpoint="", revision=found.revision + 1)
    assert scene.affairs.store.replace_provider("johnsorg", found, changed, ADA.entry("provider.update", "example"))
    scene.sign_in()

    assert not any("provider" in one for one in scene.browser.cookies)
    assert scene.account().status == 200


def test_the_client_secret_is_neither_stored_nor_shown(scene: FederationScene, transport: RecordingTransport) -> None:
    scene.register()

    stored = str(transport.call_uncounted("Scan", {"TableName": "directory"}))
    assert "example" in stored
    assert SECRET not in stored
    assert SECRET not in repr(INPUT)


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
