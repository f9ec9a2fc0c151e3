"""Whatever somebody sends to the store's JSON APIs and pages is refused, not a failure."""

import hmac
import inspect
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatehouse.bootstrap.store import Store
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.endpoints import error_table, requests
from gatehouse.endpoints.rest.operations import Operation
from gatehouse.endpoints.store import sessions
from gatehouse.endpoints.store.routes import Route
from gatehouse.endpoints.store.site import Site
from tests import factories, hostile, http_events
from tests.refusals import answered
from tests.unit.endpoints.members import ADMIN_BASE, BASE, Member, token
from tests.unit.endpoints.tables_of_operations import ALL

pytestmark = pytest.mark.hypothesis  # `make faults` tries more examples, also of those inside a test

NAMES = (
    "name", "throttlingPolicy", "applicationId", "apiId", "keyType", "grantTypesToBeSupported", "callbackUrl",
    "scopes", "validityPeriod", "description", "groups", "attributes", "tokenType", "consumerKey",
    "consumerSecret", "newPassword", "currentPassword", "roles", "username", "email", "additionalProperties",
    "content", "owner", "visibleTo", "tier",
)  # fmt: skip
FORM_TOKEN = b"&form_token=" + hmac.digest(b"secret", b"store forms", "sha256").hex().encode()
QUERY: tuple[str, ...] = (
    "limit",
    "offset",
    "cursor",
    "query",
    "sortBy",
    "sortOrder",
    "apiId",
    "applicationId",
    "groupId",
    "owner",
)
OPERATIONS = [(base, one) for base, name in ((BASE, "devportal"), (ADMIN_BASE, "admin v4")) for one in ALL[name]]


@pytest.fixture
def ada(store: Store) -> Member:
    """An administrator with every scope."""
    admin = factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
    scopes = "apim:subscribe apim:app_manage apim:sub_manage apim:store_settings apim:admin apim:api_key"
    return Member(store, token(store, admin, scopes))


def path_of(base: str, operation: Operation, draw: Callable[[st.SearchStrategy[str]], str]) -> str:
    parts = [
        quote(hostile.encode(draw(hostile.texts)) or b"x", safe="") if part.startswith("{") else part
        for part in operation.path.split("/")
    ]
    return base + "/".join(parts)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("base", "operation"), OPERATIONS, ids=[f"{one.method} {base}{one.path}" for base, one in OPERATIONS]
)
def test_every_operation_refuses_hostile_input(store: Store, ada: Member, base: str, operation: Operation) -> None:
    api = store.json_api if base == BASE else store.admin_api

    @hostile.few
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        body = data.draw(
            st.one_of(
                hostile.objects(NAMES).map(json.dumps),
                hostile.objects(NAMES).map(json.dumps),
                hostile.scim.map(json.dumps),
                hostile.json_texts,
            )
        )
        query = data.draw(
            st.dictionaries(
                st.sampled_from(QUERY), st.one_of(hostile.texts, hostile.json_texts, hostile.scim_paths), max_size=3
            )
        )
        sent = http_events.http(
            operation.method, path_of(base, operation, data.draw), body=body, query=hostile.query(query)
        )
        sent["headers"] = {"authorization": f"Bearer {ada.token}", "content-type": "application/json"}

        answer: Any = answered(api.answer, requests.parse(sent))

        assert answer["statusCode"] < 500

    attack()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/members"), ("PUT", "/members/mary@gmail.com"), ("PUT", "/settings"), ("GET", "/members")],
)
def test_what_an_identity_provider_sends_is_taken_or_refused(store: Store, ada: Member, method: str, path: str) -> None:
    """Users, groups, patches and filters of SCIM; the member is somebody, so that they go as far as they can."""

    @hostile.few
    @given(
        hostile.scim, st.dictionaries(st.sampled_from((*QUERY, "filter", "attributes", "count")), hostile.scim_paths)
    )
    def attack(body: dict[str, Any], query: dict[str, str]) -> None:
        known: dict[str, Any] = {"username": body.get("userName", "eve@x.example"), "roles": body.get("roles", [])}
        for sent_body in (body, {**body, **known}):
            sent = http_events.http(method, ADMIN_BASE + path, body=json.dumps(sent_body), query=hostile.query(query))
            sent["headers"] = {"authorization": f"Bearer {ada.token}", "content-type": "application/scim+json"}
            as_json = {**sent, "headers": {**sent["headers"], "content-type": "application/json"}}

            for one in (sent, as_json):
                assert answered(store.admin_api.answer, requests.parse(one))["statusCode"] < 500  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]

    attack()


@pytest.mark.parametrize(
    "scopes",
    [
        pytest.param(['a"b'], id="a quote"),
        pytest.param([" "], id="a blank"),
        pytest.param(["a b"], id="two in one"),
        pytest.param([f"s{number}" for number in range(101)], id="101"),
        pytest.param([f"s{number}" for number in range(13_000)], id="13,000"),
        pytest.param(["\ud800"], id="half a character"),
        pytest.param(["s" * 300], id="a long one"),
    ],
)
def test_scopes_that_are_none_are_a_400(ada: Member, scopes: list[str]) -> None:
    application = ada.application()
    keys = ada.keys(application)
    path = f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}/generate-token"

    answer = ada.post(path, {"consumerSecret": keys["consumerSecret"], "scopes": scopes, "validityPeriod": 3600})

    assert answer.status == 400


@hostile.many
@example(sessions.FORM, "\ud800", "/store")
@given(
    st.sampled_from([sessions.ACCESS, sessions.REFRESH, sessions.FORM, sessions.PENDING, sessions.ORGANISATION]),
    st.one_of(
        hostile.texts, hostile.tokens, hostile.json_texts.map(lambda text: hostile.base64url(hostile.encode(text)))
    ),
    st.sampled_from(["/store", "/store/login/callback", "/store/applications", "/store/admin", "/store/apis/orders"]),
)
def test_a_hostile_cookie_of_the_store_is_nobodys(site: Site, name: str, value: str, path: str) -> None:
    for method in ("GET", "POST"):
        sent = http_events.http(
            method,
            path,
            query="code=a&state=b",
            cookies=[f"{name}={value}"],
            form={"who": "x", "code": "y", "state": "z"} if method == "POST" else {},
        )

        answer: Any = answered(site.answer, requests.parse(sent))

        assert answer["statusCode"] < 500


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"state": "\ud800", "verifier": "b", "organisation": "johnsorg", "to": "/store"}, id="state"),
        pytest.param(
            {"state": "b", "verifier": "\ud800" * 43, "organisation": "johnsorg", "to": "/store"}, id="verifier"
        ),
        pytest.param({"state": "b", "verifier": "v", "organisation": "\ud800", "to": "/store"}, id="organisation"),
        pytest.param({"state": "b", "verifier": "v", "organisation": "johnsorg", "to": "/store/\ud800"}, id="to"),
        pytest.param({"state": "b", "verifier": "v", "organisation": "x" * 3000, "to": "/store"}, id="long"),
    ],
)
def test_half_a_character_in_the_login_cookie_is_no_failure(site: Site, values: dict[str, str]) -> None:
    cookie = f"{sessions.PENDING}={hostile.base64url(json.dumps(values).encode())}"
    for path in ("/store/callback", "/store/login/callback", "/store/signin", "/store"):
        sent = http_events.http("GET", path, cookies=[cookie])

        answer: Any = answered(site.answer, requests.parse(sent))

        assert answer["statusCode"] < 500


def test_a_hostile_form_on_any_page_is_refused(site: Site, ada: Member) -> None:
    """The form token is right, so that the fields are looked at."""
    for route in site.routes:

        @hostile.few
        @given(
            st.just(route),
            st.lists(hostile.texts, min_size=4, max_size=4),
            hostile.forms(NAMES),
            st.dictionaries(st.sampled_from(QUERY), hostile.texts, max_size=3),
        )
        def attack(route: Route, parts: list[str], form: bytes, query: dict[str, str]) -> None:
            left = iter(parts)
            path = "/".join(
                quote(hostile.encode(next(left)) or b"x", safe="") if part.startswith("{") else part
                for part in route.path.split("/")
            )
            sent = http_events.http(
                route.method, path, body=(form + FORM_TOKEN).decode(errors="replace"), query=hostile.query(query)
            )
            sent["headers"] = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
            sent["cookies"] = [f"{sessions.ACCESS}={ada.token}", f"{sessions.FORM}=secret"]

            answer: Any = answered(site.answer, requests.parse(sent))

            assert answer["statusCode"] < 500

        attack()


def _every(kind: type[Exception]) -> list[type[Exception]]:
    return [each for one in kind.__subclasses__() for each in (one, *_every(one))]


@pytest.mark.parametrize("kind", _every(OAuthError), ids=lambda one: one.__name__)
def test_every_error_has_a_status_in_the_json_apis_and_on_the_pages(
    store: Store, site: Site, ada: Member, monkeypatch: pytest.MonkeyPatch, kind: type[OAuthError]
) -> None:
    needed = inspect.signature(kind).parameters
    more: dict[str, Any] = {"retry_after_seconds": 7, "path": "/signin", "needed": "read"}
    error = kind("why", **{name: value for name, value in more.items() if name in needed})

    def refuse(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(type(store.json_api), "_answer", refuse)
    monkeypatch.setattr(Site, "_answer", refuse)

    by_api, page = ada.get("/no-operation"), answered(site.answer, requests.parse(http_events.http("GET", "/store")))

    assert by_api.status == page["statusCode"] == error_table.status(error)
    assert "why" not in by_api.body
