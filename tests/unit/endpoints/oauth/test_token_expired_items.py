"""F-10: an item past its TTL but still stored is dead everywhere. DynamoDB may keep it for days."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Secret
from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sign_ins import DynamoDBSignIns
from tests import factories
from tests.answers import Answer
from tests.factories import NOW, SECRET
from tests.unit.endpoints.conftest import Call, TokenService


@pytest.fixture
def issued(service: TokenService) -> Answer:
    return service.password(scope="read")


@pytest.fixture
def change(tables: Tables, issued: Answer) -> Callable[..., None]:
    """Writes into the stored grant, as if time had passed and DynamoDB had forgotten to delete it."""
    grant_id = issued.json["access_token"].removeprefix("gha_").split(".")[0]

    def change(**attributes: int) -> None:
        for name, value in attributes.items():
            tables.update(
                tables.grants,
                keys.grant(grant_id),
                UpdateExpression=f"SET {name} = :value",
                ExpressionAttributeValues={":value": {"N": str(value)}},
            )

    return change


def test_f_10_an_ended_access_token_opens_nothing(change: Callable[..., None], issued: Answer, call: Call) -> None:
    change(access_expires_at=NOW)

    with pytest.raises(UnauthorizedError):
        call(issued.json["access_token"], "GET", "/orders")


def test_f_10_an_ended_refresh_token_does_not_refresh(
    change: Callable[..., None], issued: Answer, service: TokenService
) -> None:
    change(refresh_expires_at=NOW)

    assert service.refresh(issued.json["refresh_token"]).refusal == (400, "invalid_grant")


def test_f_10_an_ended_grant_is_dead_whatever_its_tokens_say(
    change: Callable[..., None], issued: Answer, service: TokenService, call: Call
) -> None:
    change(ends_at=NOW, expires_at=NOW)

    assert service.refresh(issued.json["refresh_token"]).refusal == (400, "invalid_grant")
    with pytest.raises(UnauthorizedError):
        call(issued.json["access_token"], "GET", "/orders")


def test_f_10_a_grant_that_ends_between_read_and_write_is_not_refreshed(
    change: Callable[..., None], issued: Answer, service: TokenService, transport: Any
) -> None:
    transport.before("UpdateItem", lambda: change(ends_at=NOW))

    assert service.refresh(issued.json["refresh_token"]).status == 400


def test_f_10_an_ended_replaced_access_token_opens_nothing(
    change: Callable[..., None], issued: Answer, service: TokenService, call: Call
) -> None:
    service.refresh(issued.json["refresh_token"])
    change(previous_access_expires_at=NOW)

    with pytest.raises(UnauthorizedError):
        call(issued.json["access_token"], "GET", "/orders")


def test_f_10_an_ended_lock_lets_in(service: TokenService, tables: Tables) -> None:
    locked = Failures(count=10, locked_until=NOW, expires_at=NOW + 3600)
    DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0))).replace_failures(
        "johnsorg", "john@gmail.com", Failures(), locked
    )

    assert service.password().status == 200


def test_f_10_ended_failures_do_not_count(service: TokenService, tables: Tables) -> None:
    forgotten = Failures(count=9, locked_until=0, expires_at=NOW)
    DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0))).replace_failures(
        "johnsorg", "john@gmail.com", Failures(), forgotten
    )
    service.password(password="wrong")

    assert service.password().status == 200


def test_f_10_failures_of_an_ended_window_do_not_count(service: TokenService, tables: Tables) -> None:
    for _ in range(100):
        DynamoDBSignIns(tables, DynamoDBDirectory(tables, TtlCache(0))).count_source_failure(service.source, NOW - 300)

    assert service.password().status == 200


@pytest.mark.parametrize(("expires_at", "status"), [(NOW, 401), (NOW + 1, 200), (None, 200)])
def test_f_10_an_ended_consumer_secret_is_dead(
    service: TokenService, johnsorg: DirectoryWriter, expires_at: int | None, status: int
) -> None:
    secret = Secret(digest=clients.secret_digest(SECRET), expires_at=expires_at)
    johnsorg.save_client(factories.client(secrets=(secret,)))

    assert service.client_credentials().status == status


def test_two_secrets_work_side_by_side_while_one_is_rotated(service: TokenService, johnsorg: DirectoryWriter) -> None:
    secrets = tuple(Secret(digest=clients.secret_digest(one), expires_at=NOW + 1) for one in ("new", SECRET))
    johnsorg.save_client(factories.client(secrets=secrets))

    assert service.client_credentials().status == 200
