"""Attempts to sign in: their one batched read, and the failure counters in `GrantsTable`."""

from typing import TYPE_CHECKING

from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.storage import connections, failure_counters
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb import cache_keys, keys, mappers
from gatehouse.storage.dynamodb.tables import Tables

if TYPE_CHECKING:
    from gatehouse.domain.accounts.sign_in import SignIn


class DynamoDBSignIns:
    """Implements `SignInStore`."""

    def __init__(self, tables: Tables, directory: DynamoDBDirectory) -> None:
        """Use these tables, and what the directory remembers of organisations."""
        self._tables = tables
        self._directory = directory

    def find_sign_in(
        self,
        organisation: str,
        username: str,
        source: str,
        now: int,
        client_id: str = "",
        prefetch_for: AskingClient | None = None,
    ) -> "SignIn":
        """See `SignInStore.find_sign_in`."""
        from gatehouse.domain.accounts.sign_in import SignIn  # no start of the token endpoint waits for it

        tables = self._tables
        asked = [(tables.grants, keys.connection(organisation, username, client_id))] if client_id else []
        (tenant,), (user, counted, source_counted, *connected) = self._directory.remembered.gather(
            [cache_keys.organisation(organisation)],
            [
                (tables.directory, keys.user(organisation, username)),
                (tables.grants, keys.failures(organisation, username)),
                (tables.grants, failure_counters.source_key(source, now)),
                *asked,
            ],
            self._directory.prefetched_subscriptions(prefetch_for),
        )
        return SignIn(
            organisation=tenant,
            user=None if user is None else mappers.parse_user(user),
            failures=failure_counters.parse(counted),
            source_failures=0 if source_counted is None else source_counted["count"],
            connection=connections.parse(connected[0]) if connected else None,
        )

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`."""
        return failure_counters.replace(self._tables, keys.failures(organisation, username), expected, replacement)

    def count_source_failure(self, source: str, now: int) -> int:
        """See `FailureStore.count_source_failure`."""
        return failure_counters.count_source(self._tables, source, now)
