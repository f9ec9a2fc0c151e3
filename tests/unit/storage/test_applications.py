"""Applications of the store, on moto."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from gatehouse.domain.portal import applications, subscriptions
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.subscription_index import SubscriptionIndex
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.portal import caller

JOHN = caller()
MARY = caller(user_id="user-mary", username="mary@gmail.com", roles=frozenset({"employee", "manager"}))
ALICE = caller(organisation="acme", user_id="user-alice", username="alice")


@pytest.fixture
def store(tables: Tables) -> DynamoDBApplications:
    return DynamoDBApplications(tables)


def names(store: DynamoDBApplications, who: applications.Caller, **window: object) -> list[str]:
    page = store.find_applications(who.organisation, who.user_id, Window(**window))  # pyright: ignore[reportArgumentType]
    return [one.name for one in page.items]


def test_an_application_is_there_as_its_owner_made_it(store: DynamoDBApplications) -> None:
    made = applications.create(
        store, JOHN, ApplicationInput(name="Shop", description="Sells", throttling_policy="10PerMin")
    )

    assert store.find_application("johnsorg", made.application_id) == made
    assert (made.owner, made.description) == ("john@gmail.com", "Sells")


def test_names_are_unique_for_one_owner_whatever_their_case(store: DynamoDBApplications) -> None:
    applications.create(store, JOHN, ApplicationInput(name="Shop"))

    with pytest.raises(ConflictError, match="An application already exists with name SHOP"):
        applications.create(store, JOHN, ApplicationInput(name="SHOP"))


def test_two_owners_may_use_one_name(store: DynamoDBApplications) -> None:
    applications.create(store, JOHN, ApplicationInput(name="Shop"))

    assert applications.create(store, MARY, ApplicationInput(name="Shop")).owner == "mary@gmail.com"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        pytest.param(ApplicationInput(name=""), "name", id="no name"),
        pytest.param(ApplicationInput(name="x" * 101), "name", id="a name of 101 characters"),
        pytest.param(ApplicationInput(name=" x"), "name", id="a leading space"),
        pytest.param(ApplicationInput(name="x\ty"), "name", id="a control character"),
        pytest.param(
            ApplicationInput(name="x", description="d" * 513), "description", id="a description of 513 characters"
        ),
        pytest.param(ApplicationInput(name="x", throttling_policy=""), "throttlingPolicy", id="no tier"),
        pytest.param(
            ApplicationInput(name="x", throttling_policy="Gold"), "throttlingPolicy", id="a subscription's tier"
        ),
        pytest.param(ApplicationInput(name="x", groups=frozenset({"manager"})), "groups", id="a role the owner lacks"),
        pytest.param(ApplicationInput(name="x", attributes={"k": "v" * 501}), "attributes", id="a long attribute"),
    ],
)
def test_a_wrong_draft_names_its_field(store: DynamoDBApplications, draft: ApplicationInput, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        applications.create(store, JOHN, draft)

    assert refused.value.field == field
    assert names(store, JOHN) == []


def test_a_renamed_application_frees_its_name(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Old"))

    applications.change(store, JOHN, made, ApplicationInput(name="New"))

    assert names(store, JOHN) == ["New"]
    assert applications.create(store, JOHN, ApplicationInput(name="Old")).name == "Old"


def test_a_change_from_an_old_view_is_refused(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop"))
    applications.change(store, JOHN, made, ApplicationInput(name="Shop", description="first"))

    with pytest.raises(ConflictError, match="changed meanwhile"):
        applications.change(store, JOHN, made, ApplicationInput(name="Shop", description="second"))


def test_a_shared_application_is_seen_by_its_group_and_changed_by_nobody_else(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop", groups=frozenset({"employee"})))

    assert applications.find_visible(store, MARY, made.application_id) == made
    assert [one.name for one in applications.find_page(store, MARY, Window(), "employee").items] == ["Shop"]
    with pytest.raises(NotAllowedError):
        applications.find_own(store, MARY, made.application_id)


def test_what_is_shared_no_more_is_gone_from_the_group(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop", groups=frozenset({"employee"})))

    applications.change(store, JOHN, made, ApplicationInput(name="Shop"))

    page = applications.find_page(store, MARY, Window(), "employee")
    assert (page.items, page.total) == ((), 0)
    with pytest.raises(NotAllowedError):
        applications.find_visible(store, MARY, made.application_id)


def test_a_group_is_listed_to_its_members_only(store: DynamoDBApplications) -> None:
    with pytest.raises(NotAllowedError):
        applications.find_page(store, JOHN, Window(), "manager")


def test_another_organisation_cannot_tell_an_application_from_nothing(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop", groups=frozenset({"everyone"})))

    with pytest.raises(NotFoundError):
        applications.find_visible(store, ALICE, made.application_id)


def test_handing_over_moves_the_application_with_its_name(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop"))

    applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")

    assert (names(store, JOHN), names(store, MARY)) == ([], ["Shop"])
    with pytest.raises(NotAllowedError):
        applications.find_own(store, JOHN, made.application_id)


def test_handing_over_is_refused_where_the_name_is_taken(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop"))
    applications.create(store, MARY, ApplicationInput(name="shop"))

    with pytest.raises(ConflictError):
        applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")


def subscribed(tables: Tables, apis: int) -> Application:
    store, subscribing = DynamoDBApplications(tables), DynamoDBSubscriptions(tables)
    made = applications.create(store, JOHN, ApplicationInput(name="Shop"))
    for number in range(apis):
        api = factories.api(api_id=f"api-{number}", name=f"api-{number}")
        subscriptions.subscribe(subscribing, JOHN, made, api, "Unlimited", is_approved=True)
    return applications.find_own(store, JOHN, made.application_id)


def counted(tables: Tables, owner_id: str, apis: int) -> list[tuple[int, int | None]]:
    """How many subscriptions an owner has to each API: listed, and stored as the length of the listing."""
    store = DynamoDBSubscriptions(tables)
    pages = [
        store.find_own_subscriptions_of_api("johnsorg", owner_id, f"api-{number}", Window()) for number in range(apis)
    ]
    return [(len(page.items), page.total) for page in pages]


def test_handing_over_takes_any_number_of_subscriptions_along(
    store: DynamoDBApplications, tables: Tables, transport: RecordingTransport
) -> None:
    made = subscribed(tables, 30)
    counted(tables, "user-mary", 30)
    transport.operations.clear()

    handed = applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")

    assert transport.operations.count("TransactWriteItems") == 3
    assert applications.find_own(store, MARY, made.application_id).subscriptions == handed.subscriptions
    assert counted(tables, "user-mary", 30) == [(1, 1)] * 30
    assert counted(tables, "user-john", 30) == [(0, 0)] * 30


def test_a_hand_over_that_broke_off_loses_nothing_and_goes_on(
    store: DynamoDBApplications, tables: Tables, transport: RecordingTransport
) -> None:
    made = subscribed(tables, 28)
    call: Callable[..., dict[str, Any]] = transport.call
    writes: list[str] = []

    def fails_at_the_second_write(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        writes.extend([operation] if operation == "TransactWriteItems" else [])
        if len(writes) == 2:
            raise TemporarilyUnavailableError("the table is away")
        return call(operation, request)

    transport.call = fails_at_the_second_write
    with pytest.raises(TemporarilyUnavailableError):
        applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")
    transport.call = call
    still = applications.find_own(store, JOHN, made.application_id)
    applications.transfer(store, JOHN, still, "user-mary", "mary@gmail.com")

    assert still == made
    assert counted(tables, "user-mary", 28) == [(1, 1)] * 28
    assert counted(tables, "user-john", 28) == [(0, 0)] * 28


def test_what_is_unsubscribed_or_deleted_after_a_broken_hand_over_is_counted_where_it_stood(
    store: DynamoDBApplications, tables: Tables
) -> None:
    made = subscribed(tables, 3)
    moved = [subscriptions.with_application(made, one) for one in made.subscriptions]
    SubscriptionIndex(tables).move(moved[:2], "user-mary")

    entry = JOHN.entry("subscription.delete", moved[0].subscription_id)
    DynamoDBSubscriptions(tables).delete_subscription("johnsorg", moved[0], entry)
    applications.delete(store, JOHN, applications.find_own(store, JOHN, made.application_id))

    assert counted(tables, "user-mary", 3) == counted(tables, "user-john", 3) == [(0, 0)] * 3


def test_two_hand_overs_at_once_end_in_one(store: DynamoDBApplications, tables: Tables) -> None:
    made = subscribed(tables, 3)

    applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")
    with pytest.raises(ConflictError):
        applications.transfer(store, JOHN, made, "user-ada", "ada")

    assert applications.find_own(store, MARY, made.application_id).owner == "mary@gmail.com"


RIVALS: dict[str, Callable[[Tables, Application], object]] = {
    "another owner": lambda tables, made: applications.transfer(
        DynamoDBApplications(tables), JOHN, made, "user-ada", "ada"
    ),
    "the same owner": lambda tables, made: applications.transfer(
        DynamoDBApplications(tables), JOHN, made, "user-mary", "mary@gmail.com"
    ),
    "a subscriber": lambda tables, made: subscriptions.subscribe(
        DynamoDBSubscriptions(tables),
        JOHN,
        made,
        factories.api(api_id="api-5", name="api-5"),
        "Unlimited",
        is_approved=True,
    ),
    "an unsubscriber": lambda tables, made: subscriptions.unsubscribe(
        DynamoDBSubscriptions(tables), JOHN, subscriptions.with_application(made, made.subscriptions[-1])
    ),
    "an editor": lambda tables, made: applications.change(
        DynamoDBApplications(tables), JOHN, made, ApplicationInput(name="Shop", description="new")
    ),
    "who deletes it": lambda tables, made: applications.delete(DynamoDBApplications(tables), JOHN, made),
}


@pytest.mark.parametrize("rival", list(RIVALS))
@pytest.mark.parametrize("write", range(4), ids=lambda number: f"before write {number}")
def test_what_happens_during_a_hand_over_leaves_every_subscription_with_its_application(
    store: DynamoDBApplications,
    tables: Tables,
    transport: RecordingTransport,
    monkeypatch: pytest.MonkeyPatch,
    rival: str,
    write: int,
) -> None:
    for module in ("subscription_index", "applications"):
        monkeypatch.setattr(f"gatehouse.storage.{module}.MOVED_AT_ONCE", 2)
    made = subscribed(tables, 5)  # moved by 2, 2 and the rest
    call: Callable[..., dict[str, Any]] = transport.call
    writes: list[str] = []

    def interrupted(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems" and len(writes) == write:
            transport.call = call
            with suppress(ConflictError):
                RIVALS[rival](tables, made)
            transport.call = interrupted
        writes.extend([operation] if operation == "TransactWriteItems" else [])
        return call(operation, request)

    transport.call = interrupted
    with suppress(ConflictError):
        applications.transfer(store, JOHN, made, "user-mary", "mary@gmail.com")
    transport.call = call

    standing = store.find_application("johnsorg", made.application_id)
    if standing is not None and standing.owner_id == "user-john":  # refused in the middle: it goes on when asked again
        applications.transfer(store, JOHN, standing, "user-mary", "mary@gmail.com")
        standing = store.find_application("johnsorg", made.application_id)
    subscribed_to = {one.api_id for one in standing.subscriptions} if standing else set[str]()
    for owner in ("user-john", "user-mary", "user-ada"):
        owns = standing is not None and standing.owner_id == owner
        assert counted(tables, owner, 6) == [
            (1, 1) if owns and f"api-{number}" in subscribed_to else (0, 0) for number in range(6)
        ]


def test_what_stands_under_a_new_owner_after_a_broken_hand_over_is_not_shown_to_him(tables: Tables) -> None:
    made = subscribed(tables, 1)
    SubscriptionIndex(tables).move(
        [subscriptions.with_application(made, one) for one in made.subscriptions], "user-mary"
    )

    found = DynamoDBSubscriptions(tables).find_own_subscriptions_of_api("johnsorg", "user-mary", "api-0", Window())
    assert found.items == ()


def test_a_deleted_application_is_gone_with_its_name_and_its_place(store: DynamoDBApplications) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop", groups=frozenset({"employee"})))

    applications.delete(store, JOHN, made)

    assert store.find_application("johnsorg", made.application_id) is None
    assert applications.find_page(store, JOHN, Window()).total == 0
    assert applications.find_page(store, MARY, Window(), "employee").total == 0
    applications.create(store, JOHN, ApplicationInput(name="Shop"))


def test_every_change_is_in_the_audit_log(store: DynamoDBApplications, tables: Tables) -> None:
    made = applications.create(store, JOHN, ApplicationInput(name="Shop"))
    later = caller(at_ms=JOHN.at_ms + 1000)
    changed = applications.change(store, later, made, ApplicationInput(name="Shops"))
    applications.delete(store, caller(at_ms=JOHN.at_ms + 2000), changed)

    log = DynamoDBAuditLog(tables).find_entries("johnsorg", Window())

    assert [one.action for one in log.items] == ["application.delete", "application.update", "application.create"]
    assert {(one.actor, one.target) for one in log.items} == {("john@gmail.com", made.application_id)}
    assert DynamoDBAuditLog(tables).find_entries("acme", Window()).items == ()
