"""Ending everything of a user is durable: whichever storage call fails, and however much was issued (S4)."""

from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import signin
from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage import grants
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sessions import DynamoDBSessions
from gatehouse.storage.user_connections import DynamoDBUserConnections
from tests import factories, roles
from tests.faulty_transport import Fault, FaultyTransport
from tests.recording_transport import RecordingTransport
from tests.unit import portal
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService, basic
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.endings import ADA, CALLS, GRANT_SECONDS, EndingScene, Held, is_answered
from tests.unit.endpoints.signin.mail_sender import Office

HOARDED = 500
"""Enough to see a call for each, or for each hundred."""


@pytest.fixture
def faulty(tables: Tables) -> FaultyTransport:
    return FaultyTransport(tables.transport)


@pytest.fixture
def scene(
    web: DirectoryWriter, tables: Tables, pages: SignInPages, office: Office, faulty: FaultyTransport
) -> EndingScene:
    """Whoever ends something does so over a transport that fails on request."""
    web.add_user(ADA)
    settings, failing = factories.settings(mail_from="login@auth.example"), replace(tables, transport=faulty)
    return EndingScene(
        Browser(signin.router(settings, pages, roles.acting_as(failing, "Signin")), pages), failing, office
    )


@pytest.fixture
def held(browser: Browser, service: TokenService, gate: Authorizer, office: Office) -> Held:
    """What John holds, at pages and endpoints that do not fail."""
    return Held.obtain(browser, service, gate, office)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("fault", Fault, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("ending", "number"), [(ending, number) for ending, calls in CALLS.items() for number in range(calls)]
)
def test_after_the_answer_or_after_trying_again_nothing_older_lives(
    scene: EndingScene, held: Held, faulty: FaultyTransport, ending: str, number: int, fault: Fault
) -> None:
    assert held.opens()
    act = scene.prepare(ending)
    faulty.fail_call(len(faulty.operations) + number, fault)

    is_first = is_answered(act)
    faulty.heal()

    assert is_first or is_answered(act)
    assert not held.opens()
    assert held.refresh().refusal == INVALID_GRANT
    assert held.redeem().refusal == INVALID_GRANT
    assert "code" not in held.authorize().answer


@pytest.mark.parametrize(("ending", "calls"), CALLS.items())
def test_no_ending_makes_more_or_fewer_calls_than_are_tried(
    scene: EndingScene, held: Held, faulty: FaultyTransport, ending: str, calls: int
) -> None:
    assert held.opens()
    act = scene.prepare(ending)
    before = len(faulty.operations)

    assert is_answered(act)

    assert len(faulty.operations) - before == calls


@pytest.mark.parametrize("ending", CALLS)
def test_an_ending_costs_the_same_however_much_was_issued(
    scene: EndingScene, held: Held, tables: Tables, transport: RecordingTransport, ending: str
) -> None:
    hoard(tables, held)
    act = scene.prepare(ending)
    before = len(transport.operations)

    assert is_answered(act)

    assert len(transport.operations) - before == CALLS[ending]
    assert not held.opens()


def hoard(tables: Tables, held: Held) -> None:
    """Store grants like the one that John holds."""
    grant_id = held.tokens.json["access_token"][4:26]
    kept = grants.DynamoDBGrants(tables).find_grant(grant_id)
    assert kept is not None
    for number in range(HOARDED):
        tables.put(tables.grants, grants.render(replace(kept, grant_id=f"{number:022}")))


def other_client(number: int) -> str:
    return f"client-{number:03}"


@pytest.fixture
def connected(web: DirectoryWriter, service: TokenService) -> dict[str, Any]:
    """John's tokens of 53 clients."""
    found: dict[str, Any] = {}
    for number in range(53):
        web.save_client(factories.client(client_id=other_client(number)))
        form = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}
        found[other_client(number)] = service.post(form, authorization=basic(other_client(number))).json
    return found


def alive(service: TokenService, connected: dict[str, Any]) -> set[str]:
    """Return the clients whose refresh tokens live."""
    form = {"grant_type": "refresh_token"}
    return {
        client_id
        for client_id, one in connected.items()
        if service.post(form | {"refresh_token": one["refresh_token"]}, authorization=basic(client_id)).status == 200
    }


def test_fifty_clients_can_be_disconnected_and_one_more_ends_everything(
    service: TokenService, connected: dict[str, Any], tables: Tables
) -> None:
    own = ActiveSessions(
        DynamoDBAccounts(tables),
        DynamoDBDirectory(tables, TtlCache(0)),
        DynamoDBSessions(tables),
        DynamoDBUserConnections(tables),
        GRANT_SECONDS,
    )
    for number in range(50):
        own.end(portal.caller(), other_client(number))
    assert alive(service, connected) == {other_client(number) for number in (50, 51, 52)}
    tokens = {client: connected[client] for client in (other_client(51), other_client(52))}

    own.end(portal.caller(), other_client(50))

    assert alive(service, tokens) == set()
    assert own.find_all(portal.caller()) == ()
