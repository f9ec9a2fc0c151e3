"""Whatever strangers send to the token endpoints and the authorizer is refused, not a failure."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatehouse.domain.oauth import assertions
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from tests import hostile, http_events
from tests.factories import CLIENT_ID, NOW, SECRET
from tests.unit.endpoints.conftest import TokenService, basic

pytestmark = pytest.mark.hypothesis  # `make faults` tries more examples, also of those inside a test

FIELDS = (
    "grant_type", "username", "password", "scope", "refresh_token", "code", "redirect_uri", "code_verifier",
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "token", "token_type_hint",
    "resource", "device_code", "user_code", "logout_token",
)  # fmt: skip


def paths(service: TokenService) -> list[tuple[str, str]]:
    """Every path of the token service and its methods, with and without an organisation, and some that are none."""
    known = [(method, path) for path, methods in service.router.routes.items() for method in methods]
    below = [(method, f"/t/johnsorg{path}") for method, path in known]
    return [*known, *below, ("POST", "/t/\0/token"), ("GET", "/jwks"), ("POST", "/t//token")]


def test_hostile_input_of_any_endpoint_is_refused(service: TokenService) -> None:
    for method, path in paths(service):

        @hostile.few
        @given(
            hostile.forms(FIELDS),
            st.one_of(st.just(basic()), st.none(), hostile.basics(), hostile.tokens.map(lambda one: f"Bearer {one}")),
            st.one_of(st.just(""), hostile.texts),
            st.one_of(st.just(""), st.lists(hostile.texts, max_size=8).map("/".join)),
            st.just((method, path)),
        )
        def attack(form: bytes, authorization: str | None, query: str, below: str, at: tuple[str, str]) -> None:
            method, path = at
            called = f"{path}/{quote(hostile.encode(below))}" if below else path
            answer = service.post(form, path=called, method=method, authorization=authorization, query=query)

            assert answer.status < 500

        attack()


@hostile.many
@given(st.sampled_from(["password", "refresh_token", "client_credentials", "authorization_code"]), st.data())
def test_a_hostile_value_of_a_grant_is_refused(service: TokenService, grant_type: str, data: st.DataObject) -> None:
    """The client is known, so the value goes as far as it can."""
    more = data.draw(
        st.dictionaries(st.sampled_from(FIELDS[1:8]), st.one_of(hostile.texts, hostile.tokens), max_size=5)
    )

    answer = service.post({"grant_type": grant_type, **{name: hostile.encode(one) for name, one in more.items()}})

    assert answer.status < 500


@hostile.many
@example("/token", hostile.base64url(b"{}") + "." + hostile.base64url(rb'{"sub":"\ud800"}') + ".AAAA")
@example("/revoke", hostile.base64url(b"{}") + "." + hostile.base64url(rb'{"sub":"\ud800"}') + ".AAAA")
@example("/introspect", hostile.base64url(b"{}") + "." + hostile.base64url(rb'{"sub":"a\u0000b"}') + ".AAAA")
@given(st.sampled_from(["/token", "/revoke", "/introspect"]), hostile.jwts())
def test_a_hostile_assertion_is_refused(service: TokenService, path: str, assertion: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "token": "x",
        "client_assertion_type": assertions.TYPE,
        "client_assertion": assertion,
    }

    assert service.post(form, path=path, authorization=None).status in {400, 401}


@hostile.many
@given(st.sampled_from(["/revoke", "/introspect", "/userinfo"]), hostile.tokens)
def test_a_hostile_token_is_worth_nothing(service: TokenService, path: str, token: str) -> None:
    answer = service.post({"token": hostile.encode(token)}, path=path)
    bearer = service.post({}, path="/userinfo", authorization=f"Bearer {token}")

    assert answer.status < 500
    assert bearer.status < 500


@pytest.mark.parametrize("client_id", hostile.STRANGE[1:], ids=ascii)
def test_a_strange_client_id_is_an_unknown_client(service: TokenService, client_id: str) -> None:
    form: Any = {"grant_type": "client_credentials", "client_id": hostile.encode(client_id), "client_secret": SECRET}

    assert service.post(form, authorization=None).status in {400, 401}
    assert (
        service.post({"grant_type": "client_credentials"}, authorization=basic(CLIENT_ID + "\ufffd" * 900)).status
        == 401
    )


@hostile.many
@given(hostile.tokens, hostile.texts, st.sampled_from(["GET", "POST", "DELETE"]))
def test_a_hostile_token_at_the_gate_is_refused(gate: Authorizer, token: str, path: str, method: str) -> None:
    """It answers by a denial or by the one word that API Gateway knows; anything else would be a 500 for the caller."""
    for event in (
        http_events.request_authorizer(f"Bearer {token}", method, f"/{path}"),
        http_events.token_authorizer(f"Bearer {token}", method, f"/{path}"),
        http_events.token_authorizer(token, method, f"/{path}"),
    ):
        try:
            answer: Any = gate.answer(event, NOW)
        except UnauthorizedError:
            continue
        assert "Allow" not in str(answer)
