"""Organisations and members share publishing: one that floods it is refused, and all others publish."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import publisher
from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import publishing_shares
from gatehouse.domain.apis.publishing_shares import Place
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.refusals import BusyError
from gatehouse.endpoints import requests
from gatehouse.endpoints.publisher.forwarding import BASE, COUNTED
from gatehouse.endpoints.publisher.scopes import CHANGES
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing_places import DynamoDBPublishingPlaces
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets
from tests.publishing_function import PublishingInProcess
from tests.refusals import answered
from tests.unit.endpoints import members
from tests.unit.endpoints.store.browser import StoreBrowser

PUBLISHERS = {
    name: factories.user(
        organisation=organisation, user_id=f"user-{name}", username=name, roles=frozenset({"publisher"})
    )
    for name, organisation in (("paul", "johnsorg"), ("pia", "johnsorg"), ("petra", "johnsorg"), ("zoe", "acme"))
}
MEMBER = "Your other documents are still being read."
ORGANISATION = "Other documents of your organisation are still being read."

type Publish = Callable[..., Answer]


class BusyPublishing(PublishingInProcess):
    """The publishing function with so many executions; while one runs, `meanwhile` is done once."""

    def __init__(self, tables: Tables, executions: int) -> None:
        super().__init__(tables)
        self.executions = executions
        self.running = 0
        self.meanwhile: list[Callable[[], object]] = []

    def invoke(self, event: Any) -> Any:
        if self.executions and self.running >= self.executions:
            raise BusyError("Too many documents are being read at this moment. Try again in a few seconds.")
        self.running += 1
        try:
            while self.meanwhile:
                self.meanwhile.pop(0)()
            return super().invoke(event)
        finally:
            self.running -= 1


@pytest.fixture
def executions() -> int:
    return 4


@pytest.fixture
def function(tables: Tables, executions: int) -> BusyPublishing:
    return BusyPublishing(tables, executions)


@pytest.fixture
def store(
    organisations: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: object, function: BusyPublishing
) -> Store:
    assert rotation
    for one in PUBLISHERS.values():
        organisations.add_user(one)
    return Store(
        factories.settings(publishing_concurrency=function.executions),
        roles.acting_as(tables, "Store"),
        roles.RoleTransport(secrets, "Store"),
        publishing=function,
    )


@pytest.fixture
def publish(store: Store) -> Publish:
    """Publishes a document as somebody, by the publisher API."""
    tokens = {name: members.token(store, user, "apim:api_publish") for name, user in PUBLISHERS.items()}

    def publish(who: str, title: str = "Parcels", *, at_ms: int = NOW * 1000, method: str = "POST") -> Answer:
        document = {"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "paths": {}}
        event = http_events.http(
            method,
            f"{BASE}/apis",
            headers={"authorization": f"Bearer {tokens[who]}"},
            json_body={"document": document} if method == "POST" else None,
            at_ms=at_ms,
        )
        return Answer.of(answered(lambda request: store.answer(request, event), requests.parse(event)))

    return publish


def refused(answer: Answer) -> str:
    """Return why a member has to wait."""
    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    return answer.json["description"]


def test_an_organisation_that_floods_leaves_others_able_to_publish(publish: Publish, function: BusyPublishing) -> None:
    """Of four documents that may be read at one time, two are of one organisation at most."""
    answers: dict[str, Answer] = {}

    def flood() -> None:
        function.meanwhile = [
            lambda: answers.update({"petra": publish("petra", "Third")}),
            lambda: answers.update({"zoe": publish("zoe")}),
        ]
        answers["pia"] = publish("pia", "Second")

    function.meanwhile = [flood]
    first = publish("paul", "First")

    assert (first.status, answers["pia"].status) == (201, 201)
    assert refused(answers["petra"]).startswith(ORGANISATION)
    assert answers["zoe"].status == 201
    assert publish("petra", "Third").status == 201, "the places are free again"


@pytest.mark.parametrize("executions", [4, 0])
def test_a_member_who_floods_leaves_the_others_of_the_organisation_able_to_publish(
    publish: Publish, function: BusyPublishing, executions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not executions:  # nothing bounds the deployment: the quota does
        name = publishing_shares.OF_MEMBER
        known: Any = quotas._BY_NAME
        monkeypatch.setitem(known, name, replace(known[name], most=1))
    answers: list[Answer] = []
    function.meanwhile = [lambda: answers.append(publish("paul")), lambda: answers.append(publish("pia", "Boxes"))]

    first = publish("paul", "First")

    assert (first.status, answers[1].status) == (201, 201)
    assert refused(answers[0]).startswith(MEMBER)


@pytest.mark.parametrize(("executions", "override", "expected"), [(0, 3, 3), (0, 4, 4), (8, 100, 4), (1, 100, 1)])
def test_an_operator_allows_more_within_half_of_the_concurrency(
    publish: Publish, function: BusyPublishing, organisations: DirectoryWriter, override: int, expected: int
) -> None:
    """Each call of the flood arrives while the one before it runs."""
    for key in (publishing_shares.OF_ORGANISATION, publishing_shares.OF_MEMBER):
        assert quotas.parse(f"{key}={override}") == (key, override)
    allowed = {publishing_shares.OF_ORGANISATION: override, publishing_shares.OF_MEMBER: override}
    organisations.save_organisation(factories.organisation(name="Johns Org", quotas=allowed))
    answers: list[int] = []
    people = ["paul", "pia", "petra"]

    def next_one(number: int) -> None:
        if number < 6:
            function.meanwhile = [lambda: next_one(number + 1)]
            answers.append(publish(people[number % 3], f"Api {number}").status)
            function.meanwhile = []

    next_one(0)

    assert answers.count(201) == expected
    assert set(answers) <= {201, 429}


def test_drafts_take_places_too_and_keep_what_was_typed(
    store: Store, publish: Publish, function: BusyPublishing, tables: Tables, pages: StorePages
) -> None:
    paul = StoreBrowser(store.site(pages), tables)
    paul.sign_in(PUBLISHERS["paul"])
    document = "openapi: 3.0.3\ninfo: {title: Parcels, version: 1.0.0}\npaths: {}\n"
    assert paul.upload("/store/publish", "file", b"", document=document).location == "/store/publish/draft"
    shown: list[Answer] = []
    function.meanwhile = [
        lambda: shown.append(paul.get("/store/publish/draft")),
        lambda: shown.append(paul.post("/store/publish/draft", {"visible_to": "acme, other", "do": "publish"})),
    ]

    assert publish("paul", "First").status == 201

    for page in shown:
        assert (page.status, page.headers["Retry-After"]) == (429, "5")
        assert "<h1>Publishing is busy</h1>" in page.body
        assert MEMBER in page.body
        assert "Nothing was published, and your draft is kept." in page.body
    assert 'value="acme, other"' in shown[1].body
    assert "Publish Parcels 1.0.0" in paul.get("/store/publish/draft").body


def test_a_place_of_an_execution_that_nobody_heard_of_again_is_free_after_a_while(
    publish: Publish, function: BusyPublishing, tables: Tables
) -> None:
    function.raises = TemporarilyUnavailableError("its answer was lost")
    assert publish("paul").status == 503
    function.raises = None

    assert refused(publish("paul")).startswith(MEMBER)
    later_ms = (NOW + publishing_shares.PLACE_LIFETIME_SECONDS) * 1000
    assert publish("paul", at_ms=later_ms).status == 201
    assert DynamoDBPublishingPlaces(tables).find_places("johnsorg").taken == ()


def test_reading_takes_no_place_and_whoever_may_not_publish_takes_neither_a_place_nor_an_execution(
    publish: Publish, store: Store, function: BusyPublishing, tables: Tables, organisations: DirectoryWriter
) -> None:
    organisations.add_user(factories.user(user_id="user-dan", username="dan"))
    token = members.token(store, factories.user(username="dan"), "apim:api_publish")
    event = http_events.http("POST", f"{BASE}/apis", headers={"authorization": f"Bearer {token}"}, json_body={})

    assert publish("paul", method="GET").status == 200
    assert Answer.of(answered(lambda request: store.answer(request, event), requests.parse(event))).status == 401
    assert DynamoDBPublishingPlaces(tables).find_places("johnsorg").revision == 0
    assert len(function.events) == 1, "the GET"


def test_whoever_may_call_an_operation_that_changes_something_takes_a_place(tables: Tables) -> None:
    operations = publisher.build(factories.settings(), tables).operations

    changing = [one for one in operations if one.method != "GET"]
    assert {one.method for one in changing} <= COUNTED
    assert {(one.method, one.path): one.scopes for one in changing} == CHANGES


@pytest.mark.parametrize("authorization", ["", "Bearer gha_x.y", "Basic eDp5"])
def test_strangers_take_no_execution(store: Store, function: BusyPublishing, authorization: str) -> None:
    headers = {"authorization": authorization} if authorization else {}
    event = http_events.http("POST", f"{BASE}/apis", headers=headers, json_body={"document": {}})

    answer = Answer.of(answered(lambda request: store.answer(request, event), requests.parse(event)))

    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert function.events == []


def test_of_two_that_take_a_place_at_once_the_second_counts_the_first(tables: Tables) -> None:
    places = DynamoDBPublishingPlaces(tables)
    seen = places.find_places("johnsorg")
    first, second = (Place(place_id=one, user_id="user-paul", ends_at_ms=NOW * 1000 + 9) for one in ("one", "two"))

    assert places.add_place("johnsorg", seen, first, NOW * 1000)
    assert places.add_place("johnsorg", seen, first, NOW * 1000), "it is sent twice if its answer is lost"
    assert not places.add_place("johnsorg", seen, second, NOW * 1000)
    assert places.find_places("johnsorg").taken == (first,)
    seen = places.find_places("johnsorg")
    third, fourth = (replace(first, place_id=one) for one in ("three", "four"))
    assert places.add_place("johnsorg", seen, third, NOW * 1000)
    assert not places.add_place("johnsorg", seen, fourth, NOW * 1000), "the third was added since"
    places.delete_place("johnsorg", "three")
    places.delete_place("johnsorg", "two")
    places.delete_place("johnsorg", "one")
    places.delete_place("acme", "one")
    assert places.find_places("johnsorg").taken == ()
    assert places.find_places("acme").revision == 0
