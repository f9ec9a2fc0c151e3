"""What the gate reads of a call: grant and status are as they are now, though unchanged ones are not parsed again."""

from copy import replace

import pytest

from gatehouse.domain.oauth.tokens import AccessToken, Grant
from gatehouse.storage.calls import DynamoDBCalls
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from tests import factories

USER = factories.user()
GRANT = factories.grant(status_id=USER.status_id)
TOKEN = AccessToken(GRANT.grant_id, USER.status_id, "s" * 43)
STAGE = ("000000000000", "us-east-1", "abc123", "v1")


@pytest.fixture
def calls(tables: Tables) -> DynamoDBCalls:
    DirectoryWriter(tables).save_user(USER)
    DynamoDBGrants(tables).add_grant(GRANT)
    return DynamoDBCalls(tables, DynamoDBDirectory(tables, TtlCache(60)))


def test_an_unchanged_grant_is_the_same_value(calls: DynamoDBCalls) -> None:
    _, _, grant, status = calls.find_call(*STAGE, TOKEN)

    _, _, again, status_again = calls.find_call(*STAGE, TOKEN)

    assert grant == GRANT
    assert status == USER.status
    assert again is grant
    assert status_again is status


def test_a_grant_that_was_revoked_since_the_last_call_is_revoked(calls: DynamoDBCalls, tables: Tables) -> None:
    calls.find_call(*STAGE, TOKEN)
    DynamoDBGrants(tables).revoke_grant(GRANT.grant_id)

    _, _, grant, _ = calls.find_call(*STAGE, TOKEN)

    assert isinstance(grant, Grant)
    assert grant.revoked


def test_a_status_that_changed_since_the_last_call_is_seen(calls: DynamoDBCalls, tables: Tables) -> None:
    calls.find_call(*STAGE, TOKEN)
    DirectoryWriter(tables).save_user(replace(USER, roles=frozenset({"manager"}), generation="a fresh one"))

    _, _, grant, status = calls.find_call(*STAGE, TOKEN)

    assert grant == GRANT
    assert status is not None
    assert status.roles == {"manager"}
    assert status.generation == "a fresh one"


def test_the_status_of_another_token_of_the_grant_is_its_own(calls: DynamoDBCalls) -> None:
    calls.find_call(*STAGE, TOKEN)

    _, _, grant, status = calls.find_call(*STAGE, replace(TOKEN, status_id="x" * 22))

    assert grant == GRANT
    assert status is None


def test_a_grant_that_is_gone_leaves_no_status(calls: DynamoDBCalls, tables: Tables) -> None:
    calls.find_call(*STAGE, TOKEN)
    tables.delete(tables.grants, keys.grant(GRANT.grant_id))

    _, _, grant, status = calls.find_call(*STAGE, TOKEN)

    assert grant is None
    assert status is None


def test_a_bounded_cache_forgets_the_oldest() -> None:
    cache = TtlCache(60, entries_max=2)

    for key in ("a", "b", "c"):
        cache.put(key, key)

    assert [cache.peek_stale(key) for key in ("a", "b", "c")] == [None, "b", "c"]
