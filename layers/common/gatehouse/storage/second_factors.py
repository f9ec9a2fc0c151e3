"""Second factors in `DirectoryTable`; half-finished sign-ins and wrong codes in `GrantsTable`."""

from dataclasses import asdict, replace
from typing import Any

from gatehouse.domain.audit import Entry
from gatehouse.domain.errands import Errand
from gatehouse.domain.failures import Failures
from gatehouse.domain.links import Use
from gatehouse.domain.passkeys import Passkey
from gatehouse.domain.pending_sign_ins import PendingSignIn
from gatehouse.domain.second_factors import SecondFactors, Used
from gatehouse.domain.sessions import Session
from gatehouse.domain.users import User
from gatehouse.storage import actions, audit, failure_counters, items, keys, links, records, sessions, users
from gatehouse.storage.actions import Action
from gatehouse.storage.records import Values
from gatehouse.storage.tables import Tables


class SecondFactorStore:
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def find_factors(self, organisation: str, user_id: str) -> tuple[SecondFactors, Failures]:
        """See `SecondFactorStore.find_factors`."""
        tables = self._tables
        found, counted = tables.get_many(
            [
                (tables.directory, keys.factors(organisation, user_id)),
                (tables.grants, keys.factor_failures(organisation, user_id)),
            ]
        )
        return parse(organisation, user_id, found), failure_counters.parse(counted)

    def change_factors(
        self,
        organisation: str,
        user: tuple[User, User],
        factors: tuple[SecondFactors, SecondFactors],
        entry: Entry,
        used: Use | None = None,
        errand: Errand | None = None,
    ) -> User | None:
        """See `SecondFactorStore.change_factors`."""
        made, stored = users.change(self._tables, *user)
        made += [change(self._tables, *factors), audit.action(self._tables, entry), *links.use(self._tables, used)]
        return stored if self._tables.try_transact([*made, *links.leave(self._tables, organisation, errand)]) else None

    def complete(
        self,
        organisation: str,
        pending: PendingSignIn,
        session: Session,
        used: Used,
        errand: Errand | None = None,
        entry: Entry | None = None,
    ) -> bool:
        """See `SecondFactorStore.complete`."""
        finished = {
            "Delete": {
                "TableName": self._tables.grants,
                "Key": keys.pending_sign_in(organisation, pending.digest),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
        begun = {"Put": {"TableName": self._tables.grants, "Item": sessions.render(organisation, session)}}
        more = [audit.action(self._tables, entry)] if entry else []
        more += links.leave(self._tables, organisation, errand)
        return self._tables.try_transact([self._use(used), finished, begun, *more])

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`; `username` is a user id."""
        key = keys.factor_failures(organisation, username)
        return failure_counters.replace(self._tables, key, expected, replacement)

    def count_source_failure(self, source: str, now: int) -> int:
        """See `FailureStore.count_source_failure`."""
        return failure_counters.count_source(self._tables, source, now)

    def _use(self, used: Used) -> Action:
        """Return the action that uses a factor up, if it is as it was read."""
        before, after = asdict(used.before), asdict(used.after)
        changed = {name: value for name, value in after.items() if value != before[name]}
        key = keys.factors(used.before.organisation, used.before.user_id)
        return actions.change(
            self._tables,
            key,
            {**changed, "revision": used.before.revision + 1},
            {"revision": used.before.revision},
        )


def change(tables: Tables, old: SecondFactors, new: SecondFactors) -> Action:
    """Return the action that stores changed factors, if they are as they were read."""
    key = keys.factors(old.organisation, old.user_id)
    as_read = {"revision": old.revision} if old.revision else None
    return actions.put_if(tables, key, asdict(replace(new, revision=old.revision + 1)), as_read)


def parse(organisation: str, user_id: str, values: Values | None) -> SecondFactors:
    """Read a user's factors; without an item, none."""
    known = records.only(SecondFactors, values or {})
    known |= {"organisation": organisation, "user_id": user_id}
    known["recovery"] = tuple(known.get("recovery", ()))
    known["passkeys"] = tuple(_parse_passkey(one) for one in known.get("passkeys", ()))
    return SecondFactors(**known)


def _parse_passkey(values: Values) -> Passkey:
    known = records.only(Passkey, values)
    known["transports"] = tuple(known.get("transports", ()))
    return Passkey(**known)


class PendingSignIns:
    """Implements `PendingSignInStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_pending(self, organisation: str, pending: PendingSignIn) -> None:
        """See `PendingSignInStore.add_pending`."""
        self._tables.put(self._tables.grants, self._render(organisation, pending))

    def find_pending(self, organisation: str, digest: bytes) -> PendingSignIn | None:
        """See `PendingSignInStore.find_pending`."""
        values = self._tables.get(self._tables.grants, keys.pending_sign_in(organisation, digest))
        return None if values is None else PendingSignIn(**records.only(PendingSignIn, values, sets=("methods",)))

    def replace_pending(self, organisation: str, old: PendingSignIn, new: PendingSignIn) -> bool:
        """See `PendingSignInStore.replace_pending`."""
        standing = self._tables.put_once(
            self._tables.grants,
            self._render(organisation, new),
            ConditionExpression="tries = :tries AND challenge = :challenge",
            ExpressionAttributeValues=items.render({":tries": old.tries, ":challenge": old.challenge}),
        )
        return standing is None

    def end_pending(self, organisation: str, digest: bytes) -> None:
        """See `PendingSignInStore.end_pending`."""
        self._tables.delete(self._tables.grants, keys.pending_sign_in(organisation, digest))

    def _render(self, organisation: str, pending: PendingSignIn) -> dict[str, Any]:
        return {**keys.pending_sign_in(organisation, pending.digest), **items.render(asdict(pending))}
