"""Attempts to sign in: their one batched read, and the failure counters in `GrantsTable`."""

from typing import TYPE_CHECKING

from gatehouse.domain.accounts import lockout
from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.accounts.users import User
from gatehouse.storage import failure_counters
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb import attribute_values, cache_keys, keys, mappers
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
        browser: bytes = b"",
    ) -> "SignIn":
        """See `SignInStore.find_sign_in`."""
        # No start of the token endpoint waits for them.
        from gatehouse.domain.accounts.remembered_browsers import RememberedBrowser
        from gatehouse.domain.accounts.sign_in import SignIn

        tables = self._tables
        asked = [(tables.grants, keys.connection(organisation, username, client_id))] if client_id else []
        marked = (
            [
                (tables.grants, keys.browser_failures(organisation, browser)),
                (tables.grants, keys.remembered_browser(organisation, browser)),
            ]
            if browser
            else []
        )
        (tenant,), found = self._directory.cache.gather(
            [cache_keys.organisation(organisation)],
            [
                (tables.directory, keys.user(organisation, username)),
                (tables.grants, keys.failures(organisation, username)),
                (tables.grants, failure_counters.source_key(source, now)),
                *asked,
                *marked,
            ],
            self._directory.prefetched_subscriptions(prefetch_for),
        )
        parsed = [None if one is None else attribute_values.parse(one) for one in found]
        user, counted, source_counted, *more = parsed
        connected, remembered = more[: len(asked)], more[len(asked) :]
        return SignIn(
            organisation=tenant,
            user=mappers.read_found(User, user),
            failures=failure_counters.parse(counted),
            source_failures=0 if source_counted is None else source_counted["count"],
            connection=mappers.read_found(Connection, connected[0]) if connected else None,
            browser=mappers.read_found(RememberedBrowser, remembered[1]) if remembered else None,
            browser_failures=failure_counters.parse(remembered[0]) if remembered else lockout.NONE,
        )

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`."""
        return failure_counters.replace(self._tables, keys.failures(organisation, username), expected, replacement)

    def replace_browser_failures(
        self, organisation: str, browser: bytes, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `SignInStore.replace_browser_failures`."""
        key = keys.browser_failures(organisation, browser)
        return failure_counters.replace(self._tables, key, expected, replacement)

    def count_source_failure(self, source: str, now: int) -> int:
        """See `FailureStore.count_source_failure`."""
        return failure_counters.count_source(self._tables, source, now)
