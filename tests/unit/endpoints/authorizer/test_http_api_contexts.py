"""What an HTTP API is told holds no quotation mark: it is reported to choke on one when it repeats an answer."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, http_events
from tests.factories import NOW
from tests.unit.endpoints.conftest import TokenService

type Ask = Callable[[str, str], dict[str, str]]

ODD = 'j"o\\h%22n'


@pytest.fixture(params=["2.0", "1.0"])
def ask(request: pytest.FixtureRequest, gate: Authorizer) -> Ask:
    """Ask as an HTTP API does, in both of its formats, and return the context of the answer."""

    def http(token: str, route: str) -> dict[str, str]:
        method, _, path = route.partition(" ")
        if request.param == "2.0":
            event = http_events.http_authorizer(f"Bearer {token}", route)
        else:
            event = http_events.request_authorizer(f"Bearer {token}", method, path) | {"version": "1.0"}
        answer: Any = gate.answer(event, NOW)
        return answer["context"]

    return http


def has_quotes(context: dict[str, str]) -> bool:
    return any(one in text for text in context.values() for one in '"\\')


def test_a_denial_says_why_without_a_challenge(ask: Ask, service: TokenService) -> None:
    context = ask(service.password(scope="read").json["access_token"], "POST /orders")

    assert (context["code"], context["error"]) == ("900910", "insufficient_scope")
    assert "www_authenticate" not in context
    assert not has_quotes(context)


def test_a_denial_for_the_whole_api_says_why(ask: Ask, service: TokenService, johnsorg: DirectoryWriter) -> None:
    token = service.password(scope="read").json["access_token"]
    johnsorg.save_application(factories.application(subscriptions=()))

    context = ask(token, "GET /orders")

    assert context["code"] == "900908"
    assert not has_quotes(context)


def test_a_username_with_quotation_marks_is_told_in_a_form_of_its_own(
    ask: Ask, service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_user(factories.user(username=ODD, user_id="user-odd"))

    context = ask(service.password(ODD, scope="read").json["access_token"], "GET /orders")

    assert context["username"] == "j%22o%5Ch%2522n"
    assert not has_quotes(context)


def test_a_rest_api_gets_the_username_and_the_challenge_as_they_are(
    gate: Authorizer, service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_user(factories.user(username=ODD, user_id="user-odd"))
    token = service.password(ODD, scope="read").json["access_token"]

    allowed: Any = gate.answer(http_events.request_authorizer(f"Bearer {token}", "GET", "/orders"), NOW)
    denied: Any = gate.answer(http_events.request_authorizer(f"Bearer {token}", "POST", "/orders"), NOW)

    assert allowed["context"]["username"] == ODD
    assert denied["context"]["www_authenticate"].startswith('Bearer realm="gatehouse"')
