"""Attempts to sign in: their one batched read, and the failure counters in `GrantsTable`."""

from dataclasses import asdict
from typing import Any

from gatehouse.domain import failures
from gatehouse.domain.clients import Client
from gatehouse.domain.failures import Failures
from gatehouse.domain.sign_in import SignIn
from gatehouse.storage import connections, entries, items, keys, records
from gatehouse.storage.directory import Directory
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import ConditionFailedError


class SignIns:
    """Implements `SignInStore` and `FailureStore`."""

    def __init__(self, tables: Tables, directory: Directory) -> None:
        """Use these tables, and what the directory remembers of organisations."""
        self._tables = tables
        self._directory = directory

    def find_sign_in(
        self, organisation: str, username: str, source: str, now: int, client_id: str = "", ahead: Client | None = None
    ) -> SignIn:
        """See `SignInStore.find_sign_in`."""
        tables = self._tables
        asked = [(tables.grants, keys.connection(organisation, username, client_id))] if client_id else []
        (tenant,), (user, counted, source_counted, *connected) = self._directory.remembered.gather(
            [entries.organisation(organisation)],
            [
                (tables.directory, keys.user(organisation, username)),
                (tables.grants, keys.failures(organisation, username)),
                (tables.grants, _source_key(source, now)),
                *asked,
            ],
            self._directory.subscriptions_ahead(ahead),
        )
        return SignIn(
            organisation=tenant,
            user=None if user is None else records.parse_user(user),
            failures=failures.NONE if counted is None else _parse(counted),
            source_failures=0 if source_counted is None else source_counted["count"],
            connection=connections.parse(connected[0]) if connected else None,
        )

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`."""
        key = keys.failures(organisation, username)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if expected != failures.NONE:
            condition = {
                "ConditionExpression": "#c = :count AND expires_at = :end",
                "ExpressionAttributeNames": {"#c": "count"},
                "ExpressionAttributeValues": items.render({":count": expected.count, ":end": expected.expires_at}),
            }
        if replacement != failures.NONE:
            item = {**key, **items.render(asdict(replacement))}
            standing = self._tables.put_once(self._tables.grants, item, **condition)
            return None if standing is None else _parse(standing)
        try:
            self._tables.delete(self._tables.grants, key, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailedError as error:
            return _parse(items.parse(error.item))
        return None

    def count_source_failure(self, source: str, now: int) -> int:
        """See `FailureStore.count_source_failure`."""
        key, expires_at = _source_key(source, now), failures.source_window_ends_at(now)
        return self._tables.count_once(self._tables.grants, key, expires_at)


def _source_key(source: str, now: int) -> keys.Key:
    return keys.source_failures(source, now // failures.SOURCE_WINDOW_SECONDS)


def _parse(values: dict[str, int]) -> Failures:
    if not values:
        return failures.NONE
    return Failures(count=values["count"], locked_until=values["locked_until"], expires_at=values["expires_at"])
