"""Linking an account to an identity at a provider, and unlinking it."""

from copy import replace

from gatehouse.storage.identity_providers import DynamoDBFederatedLinks
from tests import factories
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.federation import SIGN_IN, FederationScene
from tests.unit.endpoints.signin.federation import scene as scene
from tests.unit.endpoints.signin.mail_sender import Office

UNLINK = "/t/johnsorg/federated/other/unlink"


def test_an_account_is_linked_after_a_full_sign_in_and_a_confirmation(scene: FederationScene) -> None:
    scene.register(creates_members=False)

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
    scene.change(creates_members=False)
    assert scene.sign_in().status == 403


def test_an_identity_is_free_once_its_account_is_deleted(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    scene.writer.remove_user(scene.john(), factories.entry())
    scene.forget()

    assert DynamoDBFederatedLinks(scene.tables).find_links("johnsorg", "user-john") == ()
    assert scene.sign_in().location == "/t/johnsorg/account"
    assert "paula@example.com" in scene.account().body


def test_an_identity_that_was_unlinked_is_linked_again(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))
    scene.forget()

    again = scene.link_john()

    assert again.location == "/t/johnsorg/account/identities"
    assert len(DynamoDBFederatedLinks(scene.tables).find_links("johnsorg", "user-john")) == 1


def test_the_last_way_to_sign_in_cannot_be_unlinked(scene: FederationScene) -> None:
    scene.register()
    scene.sign_in()

    refused = scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))

    assert refused.status == 400
    assert "Set a password first" in refused.body


def test_an_identity_at_a_provider_that_is_off_is_no_other_way_to_sign_in(scene: FederationScene) -> None:
    scene.register()
    scene.register("other")
    scene.link_john()
    location = scene.browser.get("/t/johnsorg/federated/other/link").location
    scene.browser.submit(scene.browser.get(scene.provider.authorize(location)))
    scene.writer.save_user(replace(scene.john(), password_hash=None))
    scene.change(is_enabled=False)
    page = scene.browser.get("/t/johnsorg/account/identities")

    refused = scene.browser.send("POST", UNLINK, page.hidden)

    assert (refused.status, "Set a password first" in refused.body) == (400, True)
    scene.change(is_enabled=True)
    assert scene.browser.send("POST", UNLINK, page.hidden).status == 303


def test_a_session_dies_if_its_link_is_removed_meanwhile(scene: FederationScene) -> None:
    """The account is read before the link, so that the session has the generation that the unlinking ended."""
    scene.register()
    scene.link_john()
    other = FederationScene(
        Browser(scene.browser.router, scene.browser.pages),
        scene.provider,
        scene.administration,
        scene.tables,
        scene.writer,
    )
    callback = scene.provider.authorize(other.start())
    scene.browser.submit(scene.browser.get("/t/johnsorg/account/identities"))
    scene.change(creates_members=False)

    assert other.browser.get(callback).status == 403
