"""Everything of a user ends: whatever was being issued or checked at that moment, at whichever storage call (S4).

Every ending runs before each storage call of every way to go on with what was issued, and the other way around. A call
number behind the last lets the one run after the other.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.endings import ADA, ALLOWS_THE_OLD_PASSWORD, CALLS, Act, EndingScene, Held, is_answered
from tests.unit.endpoints.signin.mail_sender import Office

ENDINGS = tuple(CALLS)
GOING_ON = {"code": 6, "refresh": 5, "session": 9, "gate": 1}
"""Ways to go on with what was issued, and how many storage calls each makes."""

LINK_CALLS, PASSWORD_CALLS = 7, 6
SAMPLED = pytest.mark.sampled(6)


def cases(inner: Any, outer: dict[str, int]) -> list[Any]:
    """Return each inner one at each call of each outer one, and after it."""
    return [
        pytest.param(one, other, at, id=f"{one}-at-{at}-of-{other}")
        for one in inner
        for other, calls in outer.items()
        for at in range(calls + 1)
    ]


class Interleaving:
    """Runs one act inside another.

    Attributes:
        is_committed: Whether the outer one had sent its transaction when the inner one ran.
        has_read: Whether the outer one had read the user.
        made: How many calls the outer one made.
    """

    def __init__(self, transport: RecordingTransport) -> None:
        self._transport = transport
        self.is_committed = self.has_read = False
        self.made = 0

    def run(self, outer: Act, at: int, inner: Act) -> tuple[Any, Any]:
        """Run the inner act before the outer one's storage call of this number; return what both returned."""
        send: Callable[..., dict[str, Any]] = self._transport.call
        answers: list[Any] = []
        is_inside = False

        def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
            nonlocal is_inside
            if is_inside:
                return send(operation, request)
            if self.made == at and not answers:
                is_inside = True
                answers.append(inner())
                is_inside = False
            self.made += 1
            if not answers:
                self.is_committed |= operation == "TransactWriteItems"
                self.has_read |= any(key.startswith("USER#") for _, _, key in roles.uses(operation, request))
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
def scene(browser: Browser, web: DirectoryWriter, tables: Tables, office: Office) -> EndingScene:
    web.add_user(ADA)
    return EndingScene(browser, tables, office)


@pytest.fixture
def remembering_gate(web: DirectoryWriter, tables: Tables) -> Authorizer:
    """A gate that remembers client, organisation and API for a minute, and has met them."""
    assert web
    return authorizer.authorizer(factories.settings(process_cache_seconds=60), roles.acting_as(tables, "Authorizer"))


@pytest.fixture
def held(browser: Browser, service: TokenService, remembering_gate: Authorizer, office: Office) -> Held:
    made = Held.obtain(browser, service, remembering_gate, office)
    assert made.opens()
    return made


def going_on(held: Held, what: str) -> Callable[[], Act]:
    """Return the act, which returns a way to ask whether nothing alive came of it."""

    def code() -> Act:
        answer = held.redeem()
        return lambda: held.is_dead(answer)

    def refresh() -> Act:
        answer = held.refresh()
        return lambda: held.is_dead(answer)

    def session() -> Act:
        page = held.authorize()
        return lambda: held.is_code_dead(page)

    def gate() -> Act:
        held.opens()
        return lambda: not held.opens()

    return {"code": code, "refresh": refresh, "session": session, "gate": gate}[what]


@SAMPLED
@pytest.mark.parametrize(("ending", "what", "at"), cases(ENDINGS, GOING_ON))
def test_what_is_derived_is_dead_once_everything_ended_wherever_the_ending_came_between(
    interleaving: Interleaving, scene: EndingScene, held: Held, what: str, ending: str, at: int
) -> None:
    act = scene.prepare(ending)

    is_dead, _ = interleaving.run(going_on(held, what), at, lambda: is_answered(act))

    assert is_dead()


@SAMPLED
@pytest.mark.parametrize(("what", "ending", "at"), cases(GOING_ON, CALLS))
def test_what_is_derived_while_everything_ends_is_dead_after_the_answer(
    interleaving: Interleaving, scene: EndingScene, held: Held, what: str, ending: str, at: int
) -> None:
    act = scene.prepare(ending)

    is_done, is_dead = interleaving.run(lambda: is_answered(act), at, going_on(held, what))

    assert is_done
    assert is_dead()


@SAMPLED
@pytest.mark.parametrize(("ending", "_what", "at"), cases(ENDINGS, {"password": PASSWORD_CALLS}))
def test_a_token_got_by_a_password_that_was_read_before_the_ending_is_dead(
    interleaving: Interleaving, scene: EndingScene, held: Held, service: TokenService, ending: str, _what: str, at: int
) -> None:
    assert held
    act = scene.prepare(ending)

    answer, _ = interleaving.run(lambda: service.password(scope="read"), at, lambda: is_answered(act))

    is_alive = answer.status == 200 and service.refresh(answer.json["refresh_token"]).status == 200
    assert is_alive is (ending in ALLOWS_THE_OLD_PASSWORD and not interleaving.has_read)


@SAMPLED
@pytest.mark.parametrize(("_what", "ending", "at"), cases(["password"], CALLS))
def test_a_token_got_by_a_password_while_everything_ends_lives_only_if_it_came_after_the_ending(
    interleaving: Interleaving, scene: EndingScene, held: Held, service: TokenService, ending: str, _what: str, at: int
) -> None:
    assert held
    act = scene.prepare(ending)

    is_done, answer = interleaving.run(lambda: is_answered(act), at, lambda: service.password(scope="read"))

    assert is_done
    is_alive = answer.status == 200 and service.refresh(answer.json["refresh_token"]).status == 200
    assert is_alive is (ending in ALLOWS_THE_OLD_PASSWORD and interleaving.is_committed)


ENDINGS_OF_LINKS = [one for one in ENDINGS if one != "disconnect"]
"""Disconnecting an application says nothing about links in mails."""


@SAMPLED
@pytest.mark.parametrize(("ending", "_what", "at"), cases(ENDINGS_OF_LINKS, {"link": LINK_CALLS}))
def test_a_link_chooses_a_password_before_everything_ends_or_not_at_all(
    interleaving: Interleaving, scene: EndingScene, held: Held, ending: str, _what: str, at: int
) -> None:
    act = scene.prepare(ending)

    page, _ = interleaving.run(held.use_link, at, lambda: is_answered(act))

    assert (page.status == 200) <= interleaving.is_committed
    assert held.browser.get("/t/johnsorg/account").status == 303
    assert held.use_link().status == 400 or interleaving.is_committed


@SAMPLED
@pytest.mark.parametrize(("_what", "ending", "at"), cases(["link"], {one: CALLS[one] for one in ENDINGS_OF_LINKS}))
def test_a_link_that_is_used_while_everything_ends_is_used_before_it_or_not_at_all(
    interleaving: Interleaving, scene: EndingScene, held: Held, ending: str, _what: str, at: int
) -> None:
    act = scene.prepare(ending)

    is_done, page = interleaving.run(lambda: is_answered(act), at, held.use_link)

    assert is_done or is_answered(act)
    assert (page.status == 200) is not interleaving.is_committed
    assert not held.opens()
    assert held.refresh().refusal == INVALID_GRANT


@pytest.mark.parametrize(("what", "calls"), [*GOING_ON.items(), ("link", LINK_CALLS), ("password", PASSWORD_CALLS)])
def test_each_way_to_go_on_makes_as_many_calls_as_are_tried(
    interleaving: Interleaving, held: Held, service: TokenService, what: str, calls: int
) -> None:
    acts: dict[str, Act] = {one: going_on(held, one) for one in GOING_ON}
    acts |= {"link": held.use_link, "password": lambda: service.password(scope="read")}

    interleaving.run(acts[what], 99, lambda: None)

    assert interleaving.made == calls
