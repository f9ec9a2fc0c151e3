"""Restrictions: one item for each organisation, with a member for each scope and each API that is restricted.

Each change sets or removes one member, if that is as it was read, and raises the revision. So two administrators who
restrict different things at once both succeed, and a publication that was computed with other restrictions is refused.
"""

from typing import Any

from gatehouse.domain.apis.restrictions import UNRESTRICTED, ApiRestriction, Restrictions
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, directory_reads
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBRestrictions(DynamoDBStore):
    """Implements `RestrictionStore`."""

    def find_restrictions(self, organisation: str) -> Restrictions:
        """See `RestrictionStore.find_restrictions`."""
        return directory_reads.find_restrictions(self._tables, organisation)

    def restrict_scope(
        self, organisation: str, name: str, old: frozenset[str] | None, new: frozenset[str] | None, entry: Entry
    ) -> bool:
        """See `RestrictionStore.restrict_scope`."""
        return audit.write(self._tables, [change_scope(self._tables, organisation, name, old, new)], entry)

    def restrict_api(
        self, organisation: str, api_id: str, old: ApiRestriction, new: ApiRestriction, entry: Entry
    ) -> bool:
        """See `RestrictionStore.restrict_api`."""
        return audit.write(self._tables, [change_api(self._tables, organisation, api_id, old, new)], entry)


def change_scope(
    tables: Tables, organisation: str, name: str, old: frozenset[str] | None, new: frozenset[str] | None
) -> Action:
    """Return the action that binds a scope to roles (None: no longer bound), if its binding is the old one."""
    return _change(tables, organisation, mappers.RESTRICTED_SCOPE + name, old, new)


def change_api(
    tables: Tables,
    organisation: str,
    api_id: str,
    old: ApiRestriction,
    new: ApiRestriction,
    revision: int | None = None,
) -> Action:
    """Return the action that stores what is decided about an API, if nothing else changed since a revision."""
    before, after = (None if one == UNRESTRICTED else plain_values.of(one) for one in (old, new))
    return _change(tables, organisation, mappers.RESTRICTED_API + api_id, before, after, revision)


def check(tables: Tables, decided: Restrictions) -> Action:
    """Return the action that does nothing, and fails unless the restrictions are those that were read."""
    as_read = when(_revised(decided.revision), revision=decided.revision or None)
    return transaction_items.check_that(tables, keys.restrictions(decided.organisation), **as_read)


def _revised(revision: int) -> str:
    return "revision = :revision" if revision else "attribute_not_exists(revision)"


def _change(tables: Tables, organisation: str, member: str, old: Any, new: Any, revision: int | None = None) -> Action:
    conditions = ["attribute_not_exists(#member)" if old is None else "#member = :old"]
    if revision is not None:
        conditions.append(_revised(revision))
    return transaction_items.update(
        tables.directory,
        keys.restrictions(organisation),
        ("REMOVE #member" if new is None else "SET #member = :new") + " ADD revision :one",
        **when(" AND ".join(conditions), {"#member": member}, one=1, new=new, old=old, revision=revision or None),
    )
