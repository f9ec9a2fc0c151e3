"""APIs that organisations share with each other, and APIs that only some roles see."""

import base64
import json
from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import publisher as admin_bootstrap
from gatehouse.bootstrap.store import Store
from gatehouse.domain.apis.apis import Api, Resource, Visibility
from gatehouse.domain.apis.published_apis import Publication
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories, http_events
from tests.answers import Answer
from tests.recording_transport import RecordingTransport
from tests.refusals import answered
from tests.unit import described
from tests.unit.endpoints.devportal.sharing import ids
from tests.unit.endpoints.devportal.test_attachments import PNG
from tests.unit.endpoints.members import ADMINISTRATOR, Member, SignIn, token
from tests.unit.portal import caller

PUBLISHER = f"{ADMINISTRATOR} apim:api_publish apim:api_view apim:subscription_block"


@pytest.fixture
def root(sign_in: SignIn) -> Member:
    """Acme's administrator."""
    return sign_in(factories.user(organisation="acme", username="root"), PUBLISHER)


def shared(organisations: DirectoryWriter, visibility: Visibility = "CHOSEN", **more: Any) -> None:
    """Acme publishes its stock API."""
    chosen = frozenset({"johnsorg"}) if visibility == "CHOSEN" else frozenset[str]()
    fields: dict[str, Any] = {
        "organisation": "acme",
        "api_id": "stock",
        "name": "stock",
        "tags": frozenset({"warehouse", "shop"}),
        "visibility": visibility,
        "visible_to": chosen,
    }
    organisations.save_api(factories.api(**(fields | more)))


def call(api: JsonApi, person: Member, method: str, path: str, body: Any = None) -> Answer:
    more = {"json_body": body} if body is not None else {}
    sent = http_events.http(method, api.base + path, headers={"authorization": f"Bearer {person.token}"}, **more)
    response: Any = answered(api.answer, requests.parse(sent))
    described.check(api, method, (api.base + path).partition("?")[0], response)
    return Answer.of(response)


@pytest.fixture
def v1(tables: Tables, store: Store) -> JsonApi:  # noqa: ARG001 - filled first
    return admin_bootstrap.build(factories.settings(), tables)


@pytest.mark.parametrize("visibility", ["CHOSEN", "ALL"])
def test_a_shared_api_stands_in_the_catalogue_beside_the_own_ones(
    john: Member, organisations: DirectoryWriter, visibility: Visibility
) -> None:
    shared(organisations, visibility)

    found = john.get("/apis").json["list"]

    assert [(one["id"], one["provider"]) for one in found] == [("orders", "johnsorg"), ("stock@acme", "acme")]
    assert john.get("/apis/stock@acme").json["name"] == "stock"
    assert ids(john.get("/apis", query="provider:acme")) == ["stock@acme"]
    assert ids(john.get("/search", query="stock")) == ["stock@acme"]
    assert {"value": "warehouse", "count": 1} in john.get("/tags").json["list"]


@pytest.mark.parametrize(
    "hidden",
    [
        {"visibility": "ORGANISATION"},
        {"visible_to": frozenset({"others"})},
        {"visible_roles": frozenset({"employee"})},
        {"lifecycle": "CREATED"},
    ],
    ids=str,
)
def test_what_is_not_shared_answers_as_what_does_not_exist(
    john: Member, organisations: DirectoryWriter, hidden: dict[str, Any]
) -> None:
    shared(organisations, **hidden)
    application = john.application()

    assert ids(john.get("/apis")) == ["orders"]
    assert {"value": "warehouse", "count": 1} not in john.get("/tags").json["list"]
    for path in ("/apis/{}", "/apis/{}/swagger", "/apis/{}/subscription-policies", "/apis/{}/ratings"):
        assert john.get(path.format("stock@acme")).body == john.get(path.format("none@nowhere")).body
    assert john.subscribe(application, api_id="stock@acme").json["code"] == 900308


def test_the_tenant_header_means_the_shared_apis_of_that_organisation(
    john: Member, organisations: DirectoryWriter
) -> None:
    shared(organisations)
    named = replace(john, headers={"x-wso2-tenant": "acme"})

    assert ids(named.get("/apis")) == ["stock@acme"]
    assert named.get("/apis/stock").json["id"] == "stock@acme"
    assert [one["value"] for one in named.get("/tags").json["list"]] == ["shop", "warehouse"]
    assert named.subscribe(john.application(), api_id="stock").json["apiId"] == "stock@acme"
    assert ids(replace(john, headers={"x-wso2-tenant": "JohnsOrg"}).get("/apis")) == ["orders"]


def test_an_organisation_that_shares_nothing_answers_as_one_that_is_not_there(
    john: Member, organisations: DirectoryWriter
) -> None:
    shared(organisations, "ORGANISATION")

    answers = [replace(john, headers={"x-wso2-tenant": one}).get("/apis") for one in ("acme", "nowhere")]

    assert [one.json["code"] for one in answers] == [901300, 901300]
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize("path", ["/applications", "/me/organization-information"])
def test_what_belongs_to_the_caller_is_not_addressed_in_another_organisation(john: Member, path: str) -> None:
    assert replace(john, headers={"x-wso2-tenant": "acme"}).get(path).json["code"] == 901300


def test_a_shared_api_is_subscribed_listed_changed_and_left(john: Member, organisations: DirectoryWriter) -> None:
    shared(organisations)
    application = john.application()

    made = john.subscribe(application, "Gold", api_id="stock@acme")
    path = f"/subscriptions/{made.json['subscriptionId']}"
    body = {**made.json, "requestedThrottlingPolicy": "Silver"}

    assert (made.status, made.json["apiId"], made.json["status"]) == (201, "stock@acme", "UNBLOCKED")
    assert john.get(path).json["apiInfo"]["provider"] == "acme"
    for query in ({"apiId": "stock@acme"}, {"applicationId": application["applicationId"]}):
        assert [one["apiId"] for one in john.get("/subscriptions", **query).json["list"]] == ["stock@acme"]
    assert john.put(path, body).json["throttlingPolicy"] == "Silver"
    assert john.delete(path).status == 200
    assert john.get("/subscriptions", apiId="stock@acme").json["pagination"]["total"] == 0


def test_the_publisher_sees_whose_application_it_is_and_not_whose_persons(
    john: Member, root: Member, organisations: DirectoryWriter, v1: JsonApi
) -> None:
    shared(organisations)
    made = john.subscribe(john.application(), api_id="stock@acme").json

    (listed,) = call(v1, root, "GET", "/apis/stock/subscriptions").json["list"]

    assert (listed["subscriptionId"], listed["organisation"]) == (f"{made['subscriptionId']}@johnsorg", "johnsorg")
    assert (listed["applicationName"], listed["owner"]) == ("Shop", "")


def test_only_the_publishing_organisation_blocks_and_unblocks(
    john: Member, root: Member, ada: Member, store: Store, organisations: DirectoryWriter, v1: JsonApi
) -> None:
    shared(organisations)
    subscription_id = john.subscribe(john.application(), api_id="stock@acme").json["subscriptionId"]
    theirs = Member(store, token(store, factories.user(username="ada"), PUBLISHER))

    blocked = call(v1, root, "POST", f"/subscriptions/{subscription_id}@johnsorg/block", {"state": "BLOCKED"})
    undone = call(v1, theirs, "POST", f"/subscriptions/{subscription_id}/block", {"state": "UNBLOCKED"})

    assert (blocked.status, undone.status) == (200, 404)
    assert john.get(f"/subscriptions/{subscription_id}").json["status"] == "BLOCKED"
    assert "subscription.state" in {one.action for one in store.audit.find_entries("acme", Window()).items}
    assert "subscription.state" not in {one.action for one in store.audit.find_entries("johnsorg", Window()).items}
    del ada


def test_the_publishing_organisation_approves(
    john: Member, root: Member, ada: Member, store: Store, organisations: DirectoryWriter
) -> None:
    organisations.save_organisation(factories.organisation(key="acme", name="Acme", subscription_approval=True))
    shared(organisations)
    subscription_id = john.subscribe(john.application(), api_id="stock@acme").json["subscriptionId"]
    assert john.get(f"/subscriptions/{subscription_id}").json["status"] == "ON_HOLD"

    (waiting,) = call(store.admin_api, root, "GET", "/inbox").json["subscriptions"]["list"]
    assert (waiting["subscriptionId"], waiting["owner"]) == (f"{subscription_id}@johnsorg", "")
    assert call(store.admin_api, ada, "GET", "/inbox").json["subscriptions"]["list"] == []
    path = f"/subscriptions/{subscription_id}/decide"
    assert call(store.admin_api, ada, "POST", path, {"approved": True}).status == 404

    path = f"/subscriptions/{waiting['subscriptionId']}/decide"
    assert call(store.admin_api, root, "POST", path, {"approved": True}).status == 200
    assert john.get(f"/subscriptions/{subscription_id}").json["status"] == "UNBLOCKED"
    assert call(store.admin_api, root, "GET", "/inbox").json["subscriptions"]["list"] == []


def test_approval_of_the_own_organisation_does_not_ask_for_others_apis(
    john: Member, organisations: DirectoryWriter
) -> None:
    organisations.save_organisation(factories.organisation(subscription_approval=True))
    shared(organisations)

    assert john.subscribe(john.application("a"), api_id="stock@acme").json["status"] == "UNBLOCKED"
    assert john.subscribe(john.application("b")).json["status"] == "ON_HOLD"


def test_an_api_that_is_shared_no_longer_leaves_the_lists_whole(john: Member, organisations: DirectoryWriter) -> None:
    shared(organisations)
    application = john.application()
    john.subscribe(application)
    john.subscribe(application, api_id="stock@acme")

    shared(organisations, "ORGANISATION")

    listed = john.get("/subscriptions", applicationId=application["applicationId"]).json["list"]
    assert [(one["apiId"], one["apiInfo"] is None) for one in listed] == [("orders", False), (None, True)]
    assert ids(john.get("/apis")) == ["orders"]


def publisher() -> Caller:
    return caller(organisation="acme", roles=frozenset({"publisher"}))


def publish(store: DynamoDBPublishedApis, api: Api, entry: Entry) -> None:
    """Store the API in the place of the one of its id."""
    past = store.find_past(api.organisation, api.api_id, ())
    assert store.publish_api(api.organisation, past, Publication(api=api, former=()), entry)


def test_publishing_anew_and_deleting_change_who_it_is_listed_for(tables: Tables, john: Member) -> None:
    store, entry = DynamoDBPublishedApis(tables), publisher().entry("api.publish", "stock")
    chosen = factories.api(
        organisation="acme", api_id="stock", name="stock", visibility="CHOSEN", visible_to=frozenset({"johnsorg"})
    )

    publish(store, chosen, entry)
    assert ids(john.get("/apis")) == ["orders", "stock@acme"]

    everyone = replace(chosen, visibility="ALL", visible_to=frozenset(), revision=1)
    publish(store, everyone, entry)
    assert ids(john.get("/apis")) == ["orders", "stock@acme"]

    kept = replace(everyone, visibility="ORGANISATION", revision=2)
    publish(store, kept, entry)
    assert ids(john.get("/apis")) == ["orders"]

    publish(store, replace(everyone, revision=3), entry)
    assert store.delete_api("acme", store.find_past("acme", "stock", ()), (), entry)
    assert ids(john.get("/apis")) == ["orders"]
    assert john.store.portal.directory.find_shared_apis("johnsorg") == ()


def large(organisations: DirectoryWriter, number: int) -> None:
    """Acme shares an API of the largest size with everybody."""
    names = [f"{'s' * 200}{one:02}" for one in range(100)]
    shared(
        organisations,
        "ALL",
        api_id=f"large-{number}",
        name=f"large {number}",
        description="\u00e9" * 16_000,
        tags=frozenset(f"{'t' * 190}-{one}" for one in range(200)),
        resources=tuple(
            Resource(method="GET", path=f"/a{one}/{'b' * 200}", scopes=frozenset(names)) for one in range(10)
        ),
    )


def test_thirty_shared_apis_of_the_largest_size_leave_other_stores_as_they_were(
    john: Member, organisations: DirectoryWriter, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every organisation's list of APIs was "too large" after that."""
    transport = tables.transport
    assert isinstance(transport, RecordingTransport)
    sent = list[int]()
    answer = transport.call
    monkeypatch.setattr(
        transport, "call", lambda *asked: (found := answer(*asked), sent.append(len(json.dumps(found))))[0]
    )
    shared(organisations, "ALL")

    def look() -> tuple[Answer, int, int]:
        transport.operations.clear()
        sent.clear()
        found = john.get("/apis", limit=1000)
        return found, len(transport.operations), sum(sent)

    _, calls, few_bytes = look()
    for number in range(30):
        large(organisations, number)
    found, calls_then, bytes_then = look()

    assert (found.status, len(found.json["list"])) == (200, 32)
    assert calls_then == calls
    assert bytes_then - few_bytes < 30 * 8 * 1024
    assert len(found.body) < 32 * 4 * 1024


def test_a_shared_api_is_shown_in_full_where_it_is_looked_at(john: Member, organisations: DirectoryWriter) -> None:
    large(organisations, 1)

    found = john.get("/apis/large-1@acme").json

    assert (len(found["description"]), len(found["operations"]), len(found["tags"])) == (16_000, 10, 200)


def test_a_change_of_a_shared_api_is_listed(
    root: Member, john: Member, v1: JsonApi, organisations: DirectoryWriter
) -> None:
    shared(organisations, "ALL")

    picture = base64.b64encode(PNG).decode()
    assert call(v1, root, "PUT", "/apis/stock/thumbnail", {"content": picture}).status == 200
    assert call(v1, root, "POST", "/apis/stock/change-lifecycle", {"lifecycle": "DEPRECATED"}).status == 200

    (found,) = [one for one in john.get("/apis").json["list"] if one["id"] == "stock@acme"]
    assert found["lifeCycleStatus"] == "DEPRECATED"
    assert found["thumbnailUri"]


def test_the_roles_of_another_organisation_are_not_shown_at_an_application_that_subscribes(
    john: Member, organisations: DirectoryWriter
) -> None:
    scopes = {
        "audit": Scope(name="audit", display_name="", restricted_to=frozenset({"auditor"})),
        "read": Scope(name="read", display_name=""),
    }
    shared(organisations, scopes=scopes)
    application = john.application()
    john.subscribe(application, api_id="stock@acme")

    shown = john.get(f"/applications/{application['applicationId']}").json["subscriptionScopes"]

    assert [one["key"] for one in shown] == ["read"]
