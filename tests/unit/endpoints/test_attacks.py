"""What somebody tries who reads the code: crafted cursors, hostile bodies, other people's ids, cookies."""

import base64
import json
from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.kernel.paging import Window
from gatehouse.endpoints import requests
from gatehouse.endpoints.devportal import api
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import http_events
from tests.refusals import answered
from tests.unit.endpoints.members import BASE, Member
from tests.unit.endpoints.test_isolation import LEVELS, bodies, snapshot

OF_SOMEBODY = [
    (one.method, one.path)
    for one in api.table(None)  # pyright: ignore[reportArgumentType]
    if "{applicationId}" in one.path or "{subscriptionId}" in one.path
]


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize("position", ["\x01", "\U0010fffe", "user-john\0", "user"])
def test_a_crafted_cursor_does_not_lead_to_other_peoples_subscriptions(
    john: Member, mary: Member, side: str, position: str
) -> None:
    john.subscribe(john.application("Johns"))
    mary.subscribe(mary.application("Marys"))

    answer = mary.get("/subscriptions", apiId="orders", cursor=cursor(side, position))

    assert "Johns" not in answer.body
    assert (answer.status, answer.json["error"][0]["code"]) == (400, "400_cursor")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(cursor("after", "x" * 1025), id="too long for a sort key"),
        pytest.param(cursor("after", "\ud800"), id="no text"),
        pytest.param(cursor("after", ""), id="nothing"),
        pytest.param(cursor("after", 5), id="a number"),
        pytest.param(cursor([], "x"), id="a list as side"),
        pytest.param(cursor("after"), id="one part"),
        pytest.param("[" * 3000, id="no base64"),
        pytest.param(base64.urlsafe_b64encode(b"[" * 5000).decode(), id="deep"),
        pytest.param("é", id="not ASCII"),
    ],
)
def test_a_cursor_that_is_not_ours_is_400(john: Member, made: str) -> None:
    assert john.get("/applications", cursor=made).json["error"][0]["code"] == "400_cursor"


def test_a_cursor_leads_on_within_ones_own(john: Member, mary: Member, tables: Tables) -> None:
    for name in ("a", "b", "c"):
        john.subscribe(john.application(name))
        mary.subscribe(mary.application(name))
    store = DynamoDBSubscriptions(tables)

    first = store.find_own_subscriptions_of_api("johnsorg", "user-john", "orders", Window(limit=2))
    rest = store.find_own_subscriptions_of_api("johnsorg", "user-john", "orders", Window(limit=2, cursor=first.next))

    assert (len(first.items), len(rest.items), rest.next) == (2, 1, "")
    assert {one.owner_id for one in (*first.items, *rest.items)} == {"user-john"}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('{"name": "x", "throttlingPolicy": "Unlimited", "description": "\\ud800"}', id="half a character"),
        pytest.param('{"name": "x", "throttlingPolicy": "Unlimited", "description": "\\u0000"}', id="NUL"),
        pytest.param('{"name": "x\\u202etxt.exe", "throttlingPolicy": "Unlimited"}', id="written backwards"),
        pytest.param('{"name": "x\\u200b", "throttlingPolicy": "Unlimited"}', id="an invisible letter"),
        pytest.param('{"name": "x", "throttlingPolicy": "Unlimited", "groups": ["\\ud800"]}', id="half a group"),
        pytest.param(
            '{"name": "x", "throttlingPolicy": "Unlimited", "attributes": {"": "y"}}', id="a nameless attribute"
        ),
        pytest.param('{"name": "x", "throttlingPolicy": "Unlimited", "attributes": [NaN]}', id="no JSON number"),
        pytest.param('{"name": ' + "9" * 5000 + "}", id="a huge number"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"name": "' + "x" * 300_000 + '"}', id="huge"),
        pytest.param('"\\ud800"', id="no object"),
    ],
)
def test_a_hostile_body_is_400_and_makes_nothing(john: Member, raw: str) -> None:
    assert john.call("POST", "/applications", json_body=raw).status == 400
    assert [one["name"] for one in john.get("/applications").json["list"]] == ["DefaultApplication"]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/applications/" + "x" * 3000, id="an id that no key can hold"),
        pytest.param("/applications/" + "%C3%A9" * 500, id="an id that grows when it is encoded"),
        pytest.param("/subscriptions/" + "x" * 3000, id="a subscription"),
        pytest.param("/subscriptions/x@" + "y" * 3000, id="of an organisation"),
        pytest.param("/apis/" + "x" * 3000, id="an API"),
        pytest.param("/apis/orders@" + "x" * 3000, id="an API of an organisation"),
        pytest.param("/apis/%00/swagger", id="NUL"),
        pytest.param("/apis/%FF%FE", id="no UTF-8"),
    ],
)
def test_an_impossible_id_is_404(john: Member, path: str) -> None:
    assert john.get(path).status == 404


def test_a_name_that_no_key_can_hold_finds_nothing(john: Member) -> None:
    assert john.get("/applications", query="é" * 1000).json["count"] == 0


def test_too_many_parameters_are_400(john: Member) -> None:
    assert john.call("GET", "/apis?" + "&".join(f"p{number}=1" for number in range(40))).status == 400


@pytest.fixture
def private(john: Member) -> dict[str, str]:
    """Ids of what John has and shares with nobody."""
    application = john.application("Johns shop", description="private thing")
    keys = john.keys(application)
    return {
        "applicationId": application["applicationId"],
        "keyMappingId": keys["keyMappingId"],
        "keyType": "PRODUCTION",
        "subscriptionId": john.subscribe(application).json["subscriptionId"],
        **LEVELS,
    }


@pytest.mark.parametrize(("method", "path"), OF_SOMEBODY, ids=lambda part: part)
def test_a_colleague_sees_and_changes_nothing_that_is_not_shared(
    john: Member, mary: Member, store: Store, private: dict[str, str], method: str, path: str
) -> None:
    operation = next(one for one in store.json_api.operations if (one.method, one.path) == (method, path))
    before = snapshot(john, private)
    body = {"json_body": bodies(private)[operation.takes]} if operation.takes else {}

    answer = mary.call(method, path.format(**private), **body)

    assert answer.status == (404 if path.startswith("/application-transfers") else 403)
    assert not any(word in answer.body for word in ("Johns", "john@gmail.com", "private", private["keyMappingId"]))
    assert snapshot(john, private) == before


def test_fields_that_are_not_the_callers_to_set_are_ignored(john: Member) -> None:
    wanted = {
        "name": "Mine",
        "throttlingPolicy": "Unlimited",
        "owner": "ada",
        "applicationId": "chosen",
        "status": "REJECTED",
        "organisation": "acme",
        "client_scopes": ["delete"],
        "subscriptions": [{"api_id": "orders"}],
        "createdTime": "1",
    }

    made = john.post("/applications", wanted).json
    changed = john.put(f"/applications/{made['applicationId']}", wanted).json

    for shown in (made, changed):
        assert (shown["owner"], shown["status"], shown["subscriptionCount"]) == ("john@gmail.com", "APPROVED", 0)
        assert shown["applicationId"] != "chosen"
        assert shown["createdTime"] != "1"
    stored = john.store.portal.applications.find_application("johnsorg", made["applicationId"])
    assert stored is not None
    assert (stored.client_scopes, stored.owner_id) == (frozenset(), "user-john")


def test_a_cookie_alone_authenticates_nobody_at_the_json_api(john: Member, store: Store) -> None:
    cookies = [f"__Host-gatehouse-store={john.token}"]
    sent = http_events.http(
        "POST", f"{BASE}/applications", json_json_body={"name": "x", "throttlingPolicy": "Unlimited"}, cookies=cookies
    )

    answer: Any = answered(store.json_api.answer, requests.parse(sent))

    assert answer["statusCode"] == 401
    assert [one["name"] for one in john.get("/applications").json["list"]] == ["DefaultApplication"]


def test_scripts_of_other_origins_need_a_token_since_cookies_do_not_count(john: Member) -> None:
    foreign = {"origin": "https://evil.example", "cookie": "__Host-store=anything"}
    answer = john.call("GET", "/apis", headers=foreign)
    asked = john.call("OPTIONS", "/apis", headers=foreign)
    john.token = ""
    refused = john.call("GET", "/apis", headers=foreign)

    assert (answer.status, asked.status, refused.status) == (200, 204, 401)
    assert {one.headers["Access-Control-Allow-Origin"] for one in (answer, asked, refused)} == {"*"}
    assert not any("Access-Control-Allow-Credentials" in one.headers for one in (answer, asked, refused))


def test_the_json_api_answers_head_like_get(john: Member) -> None:
    whole, head = john.get("/apis"), john.call("HEAD", "/apis")

    assert (head.status, head.headers, head.body) == (whole.status, whole.headers, "")


def test_lists_hold_no_secret(john: Member) -> None:
    application = john.application()
    keys = john.keys(application)
    one = f"/applications/{application['applicationId']}"
    shown = "".join(
        john.get(path).body
        for path in (
            "/applications",
            one,
            f"{one}/oauth-keys",
            f"{one}/oauth-keys/{keys['keyMappingId']}",
            f"{one}/oauth-keys/{keys['keyMappingId']}/secrets",
            f"{one}/keys",
        )
    )

    assert keys["consumerSecret"] not in shown
    assert keys["token"]["accessToken"] not in shown
    logged = john.store.audit.find_entries("johnsorg", Window(limit=200)).items
    assert not any(keys["consumerSecret"] in f"{one.target} {one.detail}" for one in logged)
