"""A browser where the user signed in stays known after changes of their own, which end all others (record 0367)."""

from collections.abc import Callable

import pytest

from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.federation import FederationScene
from tests.unit.endpoints.signin.federation import scene as scene
from tests.unit.endpoints.signin.mail_sender import Office, path_in
from tests.unit.endpoints.signin.second_factors import enrol, later, password

JOHN = "john@gmail.com"
COOKIE = "__Host-gatehouse.browser-johnsorg"
ACCOUNT = "/t/johnsorg/account"

type Change = Callable[[Browser, Office], object]


def other(browser: Browser, source: str = "192.0.2.1") -> Browser:
    return Browser(browser.router, browser.pages, browser.now_ms, source=source)


def is_let(browser: Browser) -> bool:
    """Say whether the password is accepted while strangers keep the account locked."""
    stranger = other(browser, "198.51.100.7")
    for _ in range(10):
        assert attempt(stranger, JOHN, "wrong").status == 400
    return attempt(browser, JOHN).status == 303


def end_everything_else(browser: Browser, _: Office) -> None:
    browser.submit(browser.get(f"{ACCOUNT}/sessions"), session="others")


def change_address(browser: Browser, office: Office) -> None:
    browser.submit(browser.get(f"{ACCOUNT}/email"), email="new@example.com")
    (mail,) = office.run()
    assert browser.submit(browser.get(path_in(mail))).location == ACCOUNT


def remove_factor(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser))
    assert browser.submit(browser.get(f"{ACCOUNT}/factors")).location == f"{ACCOUNT}/factors"


def renew_recovery_codes(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser))
    form = browser.get(f"{ACCOUNT}/factors").hidden
    assert browser.send("POST", f"{ACCOUNT}/factors/recovery", form).status == 200


CHANGES: dict[str, Change] = {
    "everything else ended": end_everything_else,
    "another address": change_address,
    "a first factor": enrol,
    "a factor removed": remove_factor,
    "new recovery codes": renew_recovery_codes,
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_browser_of_a_change_stays_known_and_all_others_do_not(browser: Browser, office: Office, name: str) -> None:
    elsewhere = other(browser)
    attempt(elsewhere, JOHN)
    attempt(browser, JOHN)
    CHANGES[name](browser, office)

    assert is_let(browser)
    assert not is_let(elsewhere)


def test_the_browser_in_which_an_identity_is_linked_or_unlinked_stays_known(scene: FederationScene) -> None:
    scene.register()
    scene.link_john()
    assert is_let(scene.browser)

    later(scene.browser, 3_600)
    attempt(scene.browser, JOHN)
    scene.browser.submit(scene.browser.get(f"{ACCOUNT}/identities"))
    assert is_let(scene.browser)


@pytest.mark.parametrize("name", ["everything else ended", "another address"])
def test_a_browser_that_was_not_known_is_not_known_after_a_change(browser: Browser, office: Office, name: str) -> None:
    """A thief of a session has no cookie of a known browser, and gets none by a change."""
    attempt(browser, JOHN)
    del browser.cookies[COOKIE]
    CHANGES[name](browser, office)

    assert COOKIE not in browser.cookies
    assert not is_let(browser)
