"""Strangers who lock an account do not lock out its user, who signs in where they signed in before (record 0367)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.domain.accounts.remembered_browsers import KEPT_MAX, KNOWN_SECONDS
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from tests import factories
from tests.capacity_transport import CapacityTransport, Units
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import Office
from tests.unit.endpoints.signin.second_factors import App, enrol, later, password

JOHN, MARY = "john@gmail.com", "mary@gmail.com"
COOKIE = "__Host-gatehouse.browser-johnsorg"
ACCOUNT = "/t/johnsorg/account"


@pytest.fixture
def known(browser: Browser) -> Browser:
    """A browser in which John has signed in."""
    assert attempt(browser, JOHN).status == 303
    return browser


def stranger(browser: Browser) -> Browser:
    """Another browser, at another address."""
    return Browser(browser.router, browser.pages, browser.now_ms, source="198.51.100.7")


def guess(browser: Browser, times: int, username: str = JOHN) -> None:
    for _ in range(times):
        assert attempt(browser, username, "wrong").status == 400


def remember_anew(browser: Browser, app: App) -> None:
    """Skip the second factor at the sign-in, prove it where a page of the account asks, and skip it from then on."""
    later(browser)
    attempt(browser, JOHN)
    step = browser.get(browser.get(f"{ACCOUNT}/factors").location)
    assert browser.submit(step, factor_code=app.code(browser), remember="on").location == f"{ACCOUNT}/factors"


def is_let(browser: Browser, username: str = JOHN) -> bool:
    """Say whether the right password signs in; the browser forgets the session, not that it is known."""
    answer = attempt(browser, username)
    browser.cookies.pop("__Host-gatehouse-johnsorg", None)
    assert answer.status in {303, 400}
    return answer.status == 303


def test_strangers_lock_the_password_everywhere_but_where_its_user_signed_in_before(
    known: Browser, service: TokenService
) -> None:
    guess(stranger(known), 10)

    assert not is_let(stranger(known))
    assert service.password().status == 400
    assert is_let(known)
    assert not is_let(stranger(known)), "the strangers' failures are not forgiven"


def test_a_success_in_a_known_browser_gives_strangers_no_new_guesses(known: Browser) -> None:
    guess(stranger(known), 9)
    assert is_let(known)
    guess(stranger(known), 1)

    assert not is_let(stranger(known))


def test_wrong_passwords_in_a_known_browser_do_not_lock_the_account(known: Browser) -> None:
    guess(known, 10)

    assert is_let(stranger(known))


def test_a_stolen_cookie_has_ten_guesses_of_its_own_and_then_those_of_a_stranger(known: Browser) -> None:
    guess(stranger(known), 10)
    guess(known, 10)

    assert not is_let(known), "the browser is locked, and so is the account"
    known.now_ms += 61_000
    assert is_let(known)


def test_guesses_at_once_with_a_stolen_cookie_are_counted_one_by_one(
    known: Browser, dump: Callable[[], list[Any]]
) -> None:
    page = known.get("/t/johnsorg/signin")
    barrier = threading.Barrier(25)

    def attack(number: int) -> int:
        barrier.wait()
        return known.submit(page, username=JOHN, password=f"wrong {number}").status

    with ThreadPoolExecutor(25) as pool:
        statuses = list(pool.map(attack, range(25)))

    counted = {
        item["pk"]["S"].partition("#")[0]: item["count"]["N"] for item in dump() if "FAILURES" in item["pk"]["S"]
    }
    assert set(statuses) == {400}
    assert counted["BROWSER_FAILURES"] == "10"
    assert int(counted.get("FAILURES", 0)) <= 10


def test_a_locked_known_browser_is_as_good_as_any_other(known: Browser) -> None:
    guess(known, 10)

    assert is_let(known), "the account is not locked"
    guess(known, 10)
    assert not is_let(known)


def test_ten_failures_with_successes_between_them_lock_nothing(known: Browser) -> None:
    guess(stranger(known), 10)
    for _ in range(3):
        guess(known, 9)
        assert is_let(known)


@pytest.mark.parametrize("ended", ["password", "everywhere", "90 days"])
def test_what_ends_sessions_and_the_time_end_it(known: Browser, web: DirectoryWriter, ended: str) -> None:
    if ended == "90 days":
        known.now_ms += KNOWN_SECONDS * 1000
    else:
        web.save_user(factories.user(generation=f"after {ended}"))

    guess(stranger(known), 10)

    assert not is_let(known)


def test_the_browser_in_which_the_password_is_changed_stays_known(known: Browser) -> None:
    attempt(known, JOHN)
    other = Browser(known.router, known.pages, known.now_ms)
    attempt(other, JOHN)
    guess(stranger(known), 10)
    new = "seven purple walruses"
    page = known.get(f"{ACCOUNT}/password")
    changed = known.submit(page, password=factories.PASSWORD, new_password=new)
    assert changed.location == f"{ACCOUNT}/done", "the lock of strangers does not hold here either"

    assert attempt(known, JOHN, new).status == 303
    assert attempt(other, JOHN, new).status == 400


@pytest.mark.parametrize(("days", "is_renewed"), [(44, False), (46, True)])
def test_it_is_renewed_in_the_second_half_of_its_time(
    known: Browser, tables: Tables, days: int, is_renewed: object
) -> None:
    before = known.cookies[COOKIE]
    known.now_ms += days * 86_400_000

    assert is_let(known)

    assert (known.cookies[COOKIE] != before) == is_renewed
    assert len(DynamoDBRememberedBrowsers(tables).find_browsers("johnsorg", "user-john")) == 1 + bool(is_renewed)


def test_a_browser_that_never_got_the_renewed_cookie_is_known_until_the_end_of_the_old_one(known: Browser) -> None:
    before = known.cookies[COOKIE]
    known.now_ms += 46 * 86_400_000
    assert is_let(known)
    known.cookies[COOKIE] = before
    guess(stranger(known), 10)

    assert is_let(known), "the answer with the new cookie was lost"

    known.cookies[COOKIE] = before
    known.now_ms += 44 * 86_400_000
    guess(stranger(known), 10)
    assert not is_let(known)


def test_a_browser_that_is_to_skip_the_second_factor_anew_keeps_its_old_cookie_which_skips_nothing(
    browser: Browser, office: Office, tables: Tables
) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser), remember="on")
    before = browser.cookies[COOKIE]
    remember_anew(browser, app)
    assert browser.cookies[COOKIE] != before
    found = DynamoDBRememberedBrowsers(tables).find_browsers("johnsorg", "user-john")
    assert [one.skips_second_factor for one in sorted(found, key=lambda one: one.since)][-2:] == [False, True]

    browser.cookies[COOKIE] = before
    guess(stranger(browser), 10)

    assert "second-step" in attempt(browser, JOHN).location, "the answer with the new cookie was lost"


def test_browsers_that_are_remembered_anew_forget_no_other_that_is_in_use(
    browser: Browser, office: Office, tables: Tables
) -> None:
    app = enrol(browser, office)
    later(browser)
    other = Browser(browser.router, browser.pages, browser.now_ms)
    other.submit(password(other), factor_code=app.code(other))
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser), remember="on")
    for _ in range(25):
        remember_anew(browser, app)

    assert len(DynamoDBRememberedBrowsers(tables).find_browsers("johnsorg", "user-john")) == KEPT_MAX
    other.now_ms = browser.now_ms
    guess(stranger(other), 10)
    assert "second-step" in attempt(other, JOHN).location


def test_the_cookie_of_another_user_changes_nothing(known: Browser, web: DirectoryWriter) -> None:
    web.add_user(factories.user(user_id="user-mary", username=MARY))
    guess(known, 10, MARY)

    assert not is_let(known, MARY)
    assert not is_let(stranger(known), MARY), "the failures were counted for the account"
    assert is_let(known)


@pytest.mark.parametrize("value", ["x", "\u00e9" * 40, "A" * 2_000, "../x", ""])
def test_an_invented_cookie_changes_nothing(known: Browser, value: str) -> None:
    guess(stranger(known), 10)
    known.cookies[COOKIE] = value

    assert not is_let(known)


def test_with_a_cookie_known_locked_and_unknown_users_are_answered_alike_at_one_cost(
    known: Browser, tables: Tables, pages: SignInPages, web: DirectoryWriter
) -> None:
    """The user of the cookie, another one, one who is locked, and nobody."""
    web.add_user(factories.user(user_id="user-mary", username=MARY))
    web.add_user(factories.user(user_id="user-lara", username="lara"))
    counted = CapacityTransport(tables.transport)
    counting = replace(tables, transport=counted)
    router = signin.router(factories.settings(mail_from="login@auth.example"), pages, counting)
    guess(stranger(known), 11, "lara")
    answers: set[tuple[int, str, str]] = set()
    costs: list[Units] = []

    for username in (JOHN, MARY, "nobody", "lara"):
        here = Browser(router, pages, known.now_ms)
        here.cookies |= {COOKIE: known.cookies[COOKIE]}
        page = here.get("/t/johnsorg/signin")
        before = counted.units
        answer = here.submit(page, username=username, password="wrong")
        costs.append(Units(*(getattr(counted.units, one) - getattr(before, one) for one in ("reads", "writes"))))
        body = answer.body.replace(username, "*").replace(here.cookies["__Host-gatehouse.form"], "*")
        answers.add((answer.status, body, str(answer.cookies)))

    assert len(answers) == 1
    assert costs[0] == costs[1] == costs[2]
    assert costs[3] == replace(costs[0], writes=costs[0].writes - 1), "a standing lock is not written again"


def test_it_skips_no_second_factor_and_is_set_only_after_it(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    fresh = Browser(browser.router, browser.pages, browser.now_ms)
    step = password(fresh)
    assert COOKIE not in fresh.cookies, "the password alone is half a sign-in"
    fresh.submit(step, factor_code=app.code(fresh))
    assert COOKIE in fresh.cookies
    later(fresh)
    guess(stranger(fresh), 10)
    guess(fresh, 9)

    step = password(fresh)
    assert "second-step" in step.action
    assert fresh.submit(step, factor_code=app.code(fresh)).status == 303
    guess(fresh, 9)
    assert "second-step" in attempt(fresh, JOHN).location, "the whole sign-in forgave the failures before"


def test_it_is_no_browser_that_skips_the_second_factor(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser))

    assert "Browsers that skip" not in browser.get(f"{ACCOUNT}/factors").body
    assert "second-step" in attempt(browser, JOHN).location


def test_one_that_skipped_the_second_factor_is_known_after_it_skips_nothing(
    browser: Browser, office: Office, web: DirectoryWriter
) -> None:
    web.save_organisation(factories.organisation(remembered_browser_days=1))
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser), remember="on")
    later(browser, 80 * 86_400)
    guess(stranger(browser), 10)

    step = password(browser)
    assert "second-step" in step.action
    assert browser.submit(step, factor_code=app.code(browser)).status == 303


def test_a_whole_sign_in_in_a_locked_browser_forgives_the_account_which_counted_it(
    browser: Browser, office: Office, dump: Callable[[], list[Any]]
) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser))
    later(browser)
    guess(stranger(browser), 9)
    guess(browser, 10)

    browser.submit(password(browser), factor_code=app.code(browser))

    counted = {item["pk"]["S"].partition("#")[0] for item in dump() if "FAILURES" in item["pk"]["S"]}
    assert counted == {"BROWSER_FAILURES"}


def test_of_too_many_those_that_skip_the_second_factor_are_kept(browser: Browser, office: Office) -> None:
    app = enrol(browser, office)
    later(browser)
    browser.submit(password(browser), factor_code=app.code(browser), remember="on")
    for _ in range(25):
        later(browser)
        other = Browser(browser.router, browser.pages, browser.now_ms)
        other.submit(password(other), factor_code=app.code(other))

    assert attempt(browser, JOHN).location == ACCOUNT
