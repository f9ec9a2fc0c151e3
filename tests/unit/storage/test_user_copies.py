"""A user and the status stay equal: what changes one of them alone ends everything of the user."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.user_copies import DynamoDBUserCopies, UserChange, parse_change
from tests import factories, roles
from tests.factories import NOW

JOHN = factories.user(client_generations={"a client": users.Disconnection(generation="its", ends_at=NOW + 1)})
USER, STATUS = keys.user("johnsorg", JOHN.username), keys.status(JOHN.status_id)
ENTRY = Entry(organisation="johnsorg", at_ms=0, actor="john", action="member.sign-out", target="john")

type Act = Callable[[Tables], object]


@pytest.fixture
def directory(tables: Tables) -> Tables:
    """The tables with one user."""
    DirectoryWriter(tables).add_user(JOHN)
    return tables


@pytest.fixture
def copies(directory: Tables) -> DynamoDBUserCopies:
    """The repairs, in the role of the function that makes them."""
    return DynamoDBUserCopies(roles.acting_as(directory, "Events"))


def item(tables: Tables, key: keys.Key) -> dict[str, Any] | None:
    return tables.transport.call("GetItem", {"TableName": tables.directory, "Key": key}).get("Item")


def update(tables: Tables, key: keys.Key, **values: Any) -> None:
    tables.update(
        tables.directory,
        key,
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues=attribute_values.render({f":{name}": value for name, value in values.items()}),
    )


def told(tables: Tables, act: Act) -> list[UserChange]:
    """Return what the stream tells after the act."""
    before = [(key, item(tables, key)) for key in (USER, STATUS)]
    act(tables)
    found: list[UserChange | None] = []
    for key, old in before:
        new = item(tables, key)
        images = {name: one for name, one in (("OldImage", old), ("NewImage", new)) if one is not None}
        if old != new:
            found.append(parse_change({"dynamodb": {"Keys": key, **images}}))
    return [one for one in found if one is not None]


def find(tables: Tables) -> tuple[User, users.Status]:
    user, status = tables.get_many([(tables.directory, USER), (tables.directory, STATUS)])
    assert user is not None
    assert status is not None
    return mappers.read(User, user), mappers.read(Status, status)


def lose_status(tables: Tables) -> None:
    tables.delete(tables.directory, STATUS)


EDITS: list[Any] = [
    pytest.param(lose_status, id="the status is lost"),
    pytest.param(lambda tables: update(tables, STATUS, blocks=["administrator"]), id="the status is edited"),
    pytest.param(lambda tables: update(tables, STATUS, generation="an older one"), id="the status is rolled back"),
    pytest.param(lambda tables: update(tables, STATUS, revision="broken"), id="the status is broken"),
    pytest.param(lambda tables: update(tables, USER, roles=["admin"]), id="roles are edited"),
    pytest.param(lambda tables: update(tables, USER, generation="another"), id="the user is ended alone"),
    pytest.param(lambda tables: update(tables, USER, password_hash="$another"), id="the password is set alone"),
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_changes_user_or_status_alone_ends_everything(
    directory: Tables, copies: DynamoDBUserCopies, edit: Act
) -> None:
    repaired = [copies.settle(one, NOW * 1000) for one in told(directory, edit)]

    user, status = find(directory)
    assert repaired == [True]
    assert status == user.status
    assert user.generation not in {JOHN.generation, "another", "an older one"}
    assert user.client_generations == {}
    assert [one.action for one in DynamoDBAuditLog(directory).find_entries("johnsorg", Window(limit=9)).items] == [
        "member.repair"
    ]


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_told_again_and_what_the_repair_changes_is_repaired_once(
    directory: Tables, copies: DynamoDBUserCopies, edit: Act
) -> None:
    changes = told(directory, edit)

    own = told(directory, lambda _: [copies.settle(one, NOW * 1000) for one in changes])

    assert {one.username for one in own} == {"", JOHN.username}
    assert not any(copies.settle(one, NOW * 1000) for one in [*changes, *own])


def sign_out(tables: Tables) -> None:
    assert DynamoDBAccounts(tables).change_user("johnsorg", JOHN, users.end_everything(JOHN), ENTRY)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(sign_out, id="sign out"),
        pytest.param(
            lambda tables: DynamoDBAccounts(tables).change_user(
                "johnsorg", JOHN, replace(users.end_everything(JOHN), password_hash="$new"), ENTRY
            ),
            id="password",
        ),
        pytest.param(
            lambda tables: DynamoDBAccounts(tables).change_user(
                "johnsorg", JOHN, replace(JOHN, email="j@x.example"), ENTRY
            ),
            id="mail",
        ),
        pytest.param(
            lambda tables: DynamoDBAccounts(tables).change_user(
                "johnsorg", JOHN, users.disconnect(JOHN, "another client", NOW, 60), ENTRY
            ),
            id="disconnection",
        ),
        pytest.param(
            lambda tables: DynamoDBDirectory(tables, TtlCache(0)).replace_password_hash("johnsorg", JOHN, "$better"),
            id="a better hash of the same password",
        ),
        pytest.param(lambda tables: DirectoryWriter(tables).remove_user(JOHN, factories.entry()), id="deletion"),
    ],
)
def test_what_gatehouse_changes_is_no_reason_to_end_anything(
    directory: Tables, copies: DynamoDBUserCopies, act: Act
) -> None:
    changes = told(directory, act)
    after = [item(directory, key) for key in (USER, STATUS)]

    assert changes
    assert not any(copies.settle(one, NOW * 1000) for one in changes)
    assert [item(directory, key) for key in (USER, STATUS)] == after


def test_a_new_user_is_no_reason_either(tables: Tables) -> None:
    changes = told(tables, lambda tables: DirectoryWriter(tables).add_user(JOHN))

    assert len(changes) == 2
    assert not any(DynamoDBUserCopies(tables).settle(one, NOW * 1000) for one in changes)


def test_a_user_who_is_deleted_alone_takes_the_status_along(directory: Tables, copies: DynamoDBUserCopies) -> None:
    (change,) = told(directory, lambda tables: tables.delete(tables.directory, USER))

    assert copies.settle(change, NOW * 1000)
    assert item(directory, STATUS) is None
    assert not copies.settle(change, NOW * 1000)


def test_a_status_that_no_user_names_any_more_goes_and_the_user_stays(
    directory: Tables, copies: DynamoDBUserCopies
) -> None:
    (change,) = told(directory, lambda tables: update(tables, USER, status_id="another"))
    (late,) = told(directory, lambda tables: update(tables, STATUS, revision=7))

    assert [copies.settle(one, NOW * 1000) for one in (change, late)] == [True, True]

    user = item(directory, USER)
    assert user is not None
    assert item(directory, STATUS) is None
    assert item(directory, keys.status("another")) is not None


def test_a_user_without_generation_and_status_gets_both(directory: Tables, copies: DynamoDBUserCopies) -> None:
    def write_as_before(tables: Tables) -> None:
        tables.update(tables.directory, USER, UpdateExpression="REMOVE generation, status_id, revision")

    (change,) = told(directory, write_as_before)

    assert copies.settle(change, NOW * 1000)

    values = directory.get(directory.directory, USER)
    assert values is not None
    user, status = mappers.read(User, values), directory.get(directory.directory, keys.status(values["status_id"]))
    assert status is not None
    assert mappers.read(Status, status) == user.status


def test_a_change_that_comes_between_reading_and_repairing_is_kept(
    directory: Tables, copies: DynamoDBUserCopies
) -> None:
    (change,) = told(directory, lambda tables: update(tables, STATUS, revision=7))
    transport: Any = directory.transport
    transport.before("TransactWriteItems", lambda: sign_out(directory))

    assert not copies.settle(change, NOW * 1000)
    user, status = find(directory)
    assert (status, user.revision) == (user.status, 1)


def test_a_status_that_is_read_before_a_change_and_a_user_that_is_read_after_it_end_nothing(
    directory: Tables, copies: DynamoDBUserCopies
) -> None:
    old = item(directory, STATUS)
    (change, _) = told(directory, sign_out)
    transport: Any = directory.transport
    call = transport.call

    def torn(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = call(operation, request)
        if operation == "BatchGetItem":
            transport.call = call
            found = answer["Responses"][directory.directory]
            found[:] = [old if one["pk"] == STATUS["pk"] else one for one in found]
        return answer

    transport.call = torn

    assert not copies.settle(change, NOW * 1000)


def test_a_user_who_changes_all_the_time_is_left_for_the_next_attempt(
    directory: Tables, copies: DynamoDBUserCopies
) -> None:
    (change,) = told(directory, lambda tables: update(tables, STATUS, revision=7))
    transport: Any = directory.transport
    call, made = transport.call, iter(range(100))

    def busy(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            transport.call = call
            update(directory, STATUS, revision=100 + next(made))
            transport.call = busy
        return call(operation, request)

    transport.call = busy
    with pytest.raises(TemporarilyUnavailableError):
        copies.settle(change, NOW * 1000)


def test_records_of_other_items_tell_nothing() -> None:
    image = {"organisation": {"S": "johnsorg"}}

    assert parse_change({"dynamodb": {"Keys": keys.username("johnsorg", "x"), "NewImage": image}}) is None
