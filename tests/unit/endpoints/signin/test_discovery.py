"""A work address leads to the sign-in page of the organisation that has proven its domain, and to no other."""

from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import federation, signin
from gatehouse.domain.accounts.mail_domains import DomainClaim
from gatehouse.domain.portal.mail_domains import MailDomainAdministration
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.mail_domains import DynamoDBMailDomains
from tests import factories, roles
from tests.answers import Answer
from tests.factories import NOW
from tests.identity_provider import FakeProvider
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.federation import ADA, INPUT

DAY = 24 * 60 * 60


class DiscoveryScene:
    """A browser, DNS, and the administrator who proved example.com."""

    def __init__(
        self, browser: Browser, provider: FakeProvider, administration: MailDomainAdministration, tables: Tables
    ) -> None:
        self.browser, self.provider, self.administration, self.tables = browser, provider, administration, tables

    def prove(self, domain: str = "example.com") -> DomainClaim:
        claim = self.administration.claim(ADA, domain, "example")
        self.provider.texts[claim.record_name] = [claim.record]
        return self.administration.check(ADA, domain, "192.0.2.9")

    def discover(self, email: str = "anna@example.com", page: str = "/discover", **more: str) -> Answer:
        return self.browser.submit(self.browser.get(page), email=email, **more)

    def later(self, days: float) -> None:
        self.browser.now_ms += int(days * DAY * 1000)


@pytest.fixture
def scene(web: DirectoryWriter, tables: Tables, pages: SignInPages) -> DiscoveryScene:
    del web
    provider, settings = FakeProvider(NOW), factories.settings(mail_from="login@auth.example")
    secrets = MemorySecrets(settings.provider_key_secret)
    router = signin.router(
        settings, pages, roles.acting_as(tables, "Signin"), roles.RoleTransport(secrets, "Signin"), provider
    )
    federation.administration(settings, tables, secrets, provider).add(ADA, "example", INPUT, "192.0.2.9")
    return DiscoveryScene(Browser(router, pages), provider, federation.domains(settings, tables, provider), tables)


def test_a_proven_domain_leads_to_the_organisation_and_its_provider(scene: DiscoveryScene) -> None:
    scene.prove()

    page = scene.discover("Anna@Example.com")

    assert page.location.startswith("/t/johnsorg/signin?")
    shown = scene.browser.get(page.location).body
    assert 'value="Anna@Example.com"' in shown
    assert '<a class="button" href="/t/johnsorg/federated/example/start?' in shown
    assert "login_hint=Anna%40Example.com" in shown


def test_who_was_led_there_signs_in_to_the_account(scene: DiscoveryScene) -> None:
    scene.prove()
    page = scene.browser.get(scene.discover().location)
    start = page.body.partition('<a class="button" href="')[2].partition('"')[0].replace("&amp;", "&")

    by_password = scene.browser.submit(page, username="john@gmail.com", password=factories.PASSWORD)
    by_provider = scene.browser.get(scene.provider.authorize(scene.browser.get(start).location))

    assert (by_password.location, by_provider.location) == ("/t/johnsorg/account", "/t/johnsorg/account")


def test_a_claimed_domain_that_is_not_proven_leads_nowhere(scene: DiscoveryScene) -> None:
    scene.administration.claim(ADA, "example.com", "example")

    page = scene.discover()

    assert (page.status, "has proven this mail domain" in page.body) == (400, True)


@pytest.mark.parametrize("email", ["anna@other.example", "anna@sub.example.com", "anna@notexample.com"])
def test_another_domain_leads_nowhere(scene: DiscoveryScene, email: str) -> None:
    scene.prove()

    assert scene.discover(email).status == 400


@pytest.mark.parametrize("email", ["", "anna", "anna@", "anna@example", "x" * 300 + "@example.com", "<b>@example.com"])
def test_what_is_no_address_is_said(scene: DiscoveryScene, email: str) -> None:
    page = scene.discover(email)

    assert (page.status, "Enter an e-mail address" in page.body) == (400, True)
    assert "<b>" not in page.body


def test_a_page_of_another_organisation_leads_to_its_own_alone(scene: DiscoveryScene, acme: DirectoryWriter) -> None:
    del acme
    scene.prove()

    assert scene.discover(page="/t/acme/discover").status == 400
    assert scene.discover(page="/t/johnsorg/discover").status == 303


def test_another_site_cannot_send_the_form(scene: DiscoveryScene) -> None:
    scene.prove()

    assert scene.discover(form_token="another").status == 400


def test_the_bare_sign_in_page_offers_it(scene: DiscoveryScene) -> None:
    assert 'href="/discover"' in scene.browser.get("/signin").body
    assert "discover" not in scene.browser.get("/t/johnsorg/signin").body


def test_a_source_asks_sixty_times_in_five_minutes(scene: DiscoveryScene) -> None:
    statuses = [scene.discover("anna@other.example").status for _ in range(61)]

    assert statuses == [400] * 60 + [429]


def test_a_proof_is_checked_again_each_week(scene: DiscoveryScene) -> None:
    claim = scene.prove()
    asked = len(scene.provider.fetched)
    assert scene.discover().status == 303
    assert len(scene.provider.fetched) == asked, "the record was seen a moment ago"

    scene.later(8)
    assert scene.discover().status == 303
    assert len(scene.provider.fetched) == asked + 1
    assert scene.discover().status == 303
    assert len(scene.provider.fetched) == asked + 1

    scene.provider.texts[claim.record_name] = ["v=spf1 -all"]
    scene.later(8)
    assert scene.discover().status == 400
    assert scene.administration.find_all(ADA) == ((claim, False),)


@pytest.mark.parametrize("fault", ["timeout", "connection"])
def test_a_resolver_that_is_down_is_waited_for_a_month(scene: DiscoveryScene, fault: Any) -> None:
    scene.prove()
    scene.provider.fault = fault

    scene.later(20)
    assert scene.discover().status == 303
    scene.later(11)
    assert scene.discover().status == 400

    scene.provider.fault = None
    scene.later(1)
    assert scene.discover().status == 303, "it was not forgotten"


def test_a_proof_that_was_replaced_meanwhile_is_neither_confirmed_nor_forgotten(scene: DiscoveryScene) -> None:
    scene.prove()
    store = DynamoDBMailDomains(scene.tables)
    proof = store.find_proof("example.com")
    assert proof
    older = replace(proof, token="an older one")

    store.confirm_proof(older, NOW + 5)
    store.forget_proof(older)

    assert store.find_proof("example.com") == proof
