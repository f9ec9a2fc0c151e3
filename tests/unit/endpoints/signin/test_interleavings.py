"""Everything of a user ends: whatever was being issued at that moment, at whichever storage call it stood (S4)."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.portal.own_sessions import OwnSessions
from gatehouse.domain.portal.people import Caller
from gatehouse.storage.own_sessions import OwnSessionStore
from gatehouse.storage.tables import Tables
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.correspondence import NEW

type Act = Callable[[], Any]

CALLS = range(12)
"""Before which storage call the other one runs to its end; behind the last, it runs afterwards."""


class Interleaving:
    """Runs one act inside another."""

    def __init__(self, transport: RecordingTransport) -> None:
        self._transport = transport
        self.is_committed = False

    def run(self, outer: Act, at: int, inner: Act) -> tuple[Any, Any]:
        """Run the inner act before the outer one's storage call of this number; return what both returned."""
        send: Callable[..., dict[str, Any]] = self._transport.call
        answers: list[Any] = []
        made = 0

        def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
            nonlocal made
            if made == at and not answers:
                answers.append(None)
                answers[0] = inner()
            made += 0 if answers == [None] else 1
            self.is_committed |= operation == "TransactWriteItems" and not answers
            return send(operation, request)

        self._transport.call = call
        answer = outer()
        self._transport.call = send
        if not answers:
            answers.append(inner())
        return answer, answers[0]


@pytest.fixture
def interleaving(transport: RecordingTransport) -> Interleaving:
    return Interleaving(transport)


@pytest.fixture
def endings(browser: Browser, tables: Tables) -> dict[str, Act]:
    """Ways to end everything, prepared so that only the act itself is left."""
    browser.sign_in(browser.get("/t/johnsorg/account"))
    form = browser.get("/t/johnsorg/account/password")
    john = factories.user()
    caller = Caller(
        organisation="johnsorg",
        user_id=john.user_id,
        username=john.username,
        roles=john.roles,
        scopes=frozenset(),
        at_ms=browser.now_ms,
    )
    return {
        "password": lambda: browser.submit(form, password=factories.PASSWORD, new_password=NEW),
        "sign out": lambda: OwnSessions(OwnSessionStore(tables), 2592000).end_all(caller),
    }


@pytest.fixture
def derived(browser: Browser, service: TokenService) -> dict[str, Act]:
    """Ways to go on with what was issued before: each returns whether nothing alive came of it."""
    other = Browser(browser.router, browser.pages)
    code = other.obtain_code()["code"]
    refresh_token = service.password(scope="read").json["refresh_token"]

    def is_dead(answer: Any) -> Act:
        return lambda: answer.status == 400 or service.refresh(answer.json["refresh_token"]).refusal == INVALID_GRANT

    def authorize() -> Act:
        page = other.authorize()
        return lambda: "code" not in page.answer or redeem(service, page.answer["code"]).refusal == INVALID_GRANT

    return {
        "code": lambda: is_dead(redeem(service, code)),
        "refresh": lambda: is_dead(service.refresh(refresh_token)),
        "session": authorize,
    }


@pytest.mark.parametrize("at", CALLS)
@pytest.mark.parametrize("ending", ["password", "sign out"])
@pytest.mark.parametrize("what", ["code", "refresh", "session"])
def test_what_is_derived_is_dead_once_everything_ended_wherever_the_ending_came_between(
    interleaving: Interleaving, endings: dict[str, Act], derived: dict[str, Act], what: str, ending: str, at: int
) -> None:
    is_dead, _ = interleaving.run(derived[what], at, endings[ending])

    assert is_dead()


@pytest.mark.parametrize("at", CALLS)
@pytest.mark.parametrize("ending", ["password", "sign out"])
@pytest.mark.parametrize("what", ["code", "refresh", "session"])
def test_what_is_derived_while_everything_ends_is_dead_after_the_answer(
    interleaving: Interleaving, endings: dict[str, Act], derived: dict[str, Act], what: str, ending: str, at: int
) -> None:
    _, is_dead = interleaving.run(endings[ending], at, derived[what])

    assert is_dead()


@pytest.mark.parametrize("at", CALLS)
def test_a_token_got_by_the_old_password_is_dead_wherever_the_change_came_between(
    interleaving: Interleaving, endings: dict[str, Act], service: TokenService, at: int
) -> None:
    answer, _ = interleaving.run(lambda: service.password(scope="read"), at, endings["password"])

    assert answer.status == 400 or service.refresh(answer.json["refresh_token"]).refusal == INVALID_GRANT


@pytest.mark.parametrize("at", CALLS)
def test_a_token_got_by_the_old_password_while_it_is_being_changed_is_dead(
    interleaving: Interleaving, endings: dict[str, Act], service: TokenService, at: int
) -> None:
    _, answer = interleaving.run(endings["password"], at, lambda: service.password(scope="read"))

    assert answer.status == 400 or service.refresh(answer.json["refresh_token"]).refusal == INVALID_GRANT


@pytest.mark.parametrize("at", CALLS)
def test_signing_out_ends_what_was_issued_by_a_password_checked_before_it(
    interleaving: Interleaving, endings: dict[str, Act], service: TokenService, at: int
) -> None:
    _, answer = interleaving.run(endings["sign out"], at, lambda: service.password(scope="read"))

    refreshed = service.refresh(answer.json["refresh_token"])
    is_sign_in_after_it = interleaving.is_committed
    assert (refreshed.status == 200) is is_sign_in_after_it
