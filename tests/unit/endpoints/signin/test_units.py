"""What each flow costs in capacity units, with clients, organisations and APIs remembered (docs/decisions/0130)."""

from collections.abc import Callable
from copy import replace

import pytest

from gatehouse.bootstrap import authorizer, signin, token
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.capacity_transport import CapacityTransport, Units
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.endings import ADA, CALLS, Act, EndingScene, Held, is_answered
from tests.unit.endpoints.signin.mail_sender import Office

SETTINGS = factories.settings(process_cache_seconds=60, mail_from="login@auth.example")


@pytest.fixture
def counted(tables: Tables) -> CapacityTransport:
    return CapacityTransport(tables.transport)


@pytest.fixture
def held(
    web: DirectoryWriter,
    tables: Tables,
    counted: CapacityTransport,
    pages: SignInPages,
    office: Office,
    secrets: MemorySecrets,
    rotation: KeyRotation,
) -> Held:
    """John with everything issued, at functions that remember what they met; every call is counted."""
    assert rotation
    web.add_user(ADA)
    counting = replace(tables, transport=counted)
    browser = Browser(signin.router(SETTINGS, pages, counting), pages)
    service = TokenService(token.router(SETTINGS, counting, secrets))
    made = Held.obtain(browser, service, authorizer.authorizer(SETTINGS, counting), office)
    assert made.opens()
    return made


def flows(held: Held) -> dict[str, Act]:
    def gate_of(form: dict[str, str]) -> Act:
        first, second = (replace(held, tokens=held.service.post(form)) for _ in range(2))
        assert first.opens()
        return second.opens

    as_user = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD, "scope": "read"}
    with_id_token = held.service.post({**as_user, "scope": "openid read"}).json["refresh_token"]
    other = held.authorize().answer["code"]
    return {
        "gate, user": gate_of(as_user),
        "gate, application": gate_of({"grant_type": "client_credentials", "scope": "read"}),
        "client credentials": lambda: held.service.client_credentials(scope="read"),
        "password": lambda: held.service.password(scope="read"),
        "refresh": held.refresh,
        "refresh, ID token": lambda: held.service.refresh(with_id_token),
        "code": lambda: replace(held, code=other).redeem(),
        "session and consent to code": held.authorize,
        "sign in": lambda: attempt(Browser(held.browser.router, held.browser.pages), "john@gmail.com").status == 303,
        "sign in, known browser": lambda: attempt(held.browser, "john@gmail.com").status == 303,
    }


UNITS = {
    "gate, user": Units(2, 0, 0),
    "gate, application": Units(1, 0, 0),
    "client credentials": Units(0, 1, 0),
    "password": Units(4, 2, 0),
    "refresh": Units(2, 1, 0),
    "refresh, ID token": Units(3, 1, 0),
    "code": Units(5, 1, 0),
    "session and consent to code": Units(7, 1, 0),
    "sign in": Units(5, 4, 3),
    "sign in, known browser": Units(5.5, 4, 3),
}


def cost(counted: CapacityTransport, act: Callable[[], object]) -> Units:
    before = counted.units
    assert act()
    after = counted.units
    return Units(after.reads - before.reads, after.writes - before.writes, after.index_writes - before.index_writes)


@pytest.mark.parametrize("name", UNITS)
def test_a_flow_costs_its_units(counted: CapacityTransport, held: Held, name: str) -> None:
    act = flows(held)[name]

    assert cost(counted, act) == UNITS[name]


def test_the_first_token_of_a_client_in_a_day_costs_the_connection_too(counted: CapacityTransport, held: Held) -> None:
    held.service.now_ms += 25 * 3600 * 1000

    assert cost(counted, lambda: held.service.password(scope="read")) == Units(4, 3, 0)


ENDINGS = {
    "password": Units(10, 12, 5),
    "reset": Units(9, 10, 2),
    "sign out": Units(1, 6, 2),
    "disable": Units(1, 8, 2),
    "disconnect": Units(5, 10, 3),
    "deletion": Units(3, 10, 2),
}


@pytest.mark.parametrize("ending", CALLS)
def test_an_ending_costs_its_units(
    counted: CapacityTransport, held: Held, tables: Tables, office: Office, ending: str
) -> None:
    scene = EndingScene(held.browser, replace(tables, transport=counted), office)
    act = scene.prepare(ending)

    assert cost(counted, lambda: is_answered(act)) == ENDINGS[ending]
