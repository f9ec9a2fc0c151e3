"""Second factors in `DirectoryTable`; half-finished sign-ins and wrong codes in `GrantsTable`."""

from copy import replace

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.links import Use
from gatehouse.domain.accounts.lockout import Failures
from gatehouse.domain.accounts.passkey_challenges import Challenge
from gatehouse.domain.accounts.pending_sign_ins import PendingSignIn
from gatehouse.domain.accounts.second_factors import SecondFactors, Used
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.sign_in_history import SignInRecord
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage import audit, failure_counters, jobs, links, sessions, sign_in_history, users
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBSecondFactors(DynamoDBStore):
    """Implements `SecondFactorStore`."""

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
        job: Job | None = None,
        challenge: Challenge | None = None,
    ) -> User | None:
        """See `SecondFactorStore.change_factors`."""
        made, stored = users.change(self._tables, *user)
        made += [
            *change(self._tables, *factors, user[1].username),
            *self._consume(challenge),
            *links.use(self._tables, used),
            *jobs.enqueue(self._tables, organisation, job),
        ]
        return stored if audit.write(self._tables, made, entry) else None

    def replace_factors(
        self, organisation: str, username: str, before: SecondFactors, after: SecondFactors, entry: Entry
    ) -> bool:
        """See `SecondFactorStore.replace_factors`."""
        if before.organisation != organisation:
            return False
        return audit.write(self._tables, change(self._tables, before, after, username), entry)

    def complete(
        self,
        organisation: str,
        pending: PendingSignIn,
        session: Session,
        record: SignInRecord,
        used: Used,
        job: Job | None = None,
        entry: Entry | None = None,
    ) -> bool:
        """See `SecondFactorStore.complete`."""
        table, key = self._tables.grants, keys.pending_sign_in(organisation, pending.digest)
        finished = transaction_items.delete_item(table, key, **when("attribute_exists(pk)"))
        begun = transaction_items.put_item(table, sessions.render(organisation, session))
        recorded = transaction_items.put_item(table, sign_in_history.render(organisation, record))
        more = [audit.action(self._tables, entry)] if entry else []
        more += jobs.enqueue(self._tables, organisation, job)
        return self._tables.try_transact([*self._use(used), finished, begun, recorded, *more])

    def find_passkey_owner(self, organisation: str | None, credential_id: bytes) -> tuple[str, str] | None:
        """See `SecondFactorStore.find_passkey_owner`."""
        values = self._tables.get(self._tables.directory, keys.passkey(credential_id))
        if values is None or organisation not in {None, values["organisation"]}:
            return None
        return values["organisation"], values["username"]

    def use_passkey(self, organisation: str, used: Used, entry: Entry | None = None) -> bool:
        """See `SecondFactorStore.use_passkey`."""
        if used.before.organisation != organisation:
            return False
        more = [audit.action(self._tables, entry)] if entry else []
        return self._tables.try_transact([*self._use(used), *more])

    def replace_failures(
        self, organisation: str, username: str, expected: Failures, replacement: Failures
    ) -> Failures | None:
        """See `FailureStore.replace_failures`; `username` is a user id."""
        key = keys.factor_failures(organisation, username)
        return failure_counters.replace(self._tables, key, expected, replacement)

    def lock_codes(self, organisation: str, user_id: str, expected: Failures, locked: Failures, job: Job) -> bool:
        """See `SecondFactorStore.lock_codes`."""
        key, told = keys.factor_failures(organisation, user_id), jobs.enqueue(self._tables, organisation, job)
        return failure_counters.replace_with(self._tables, key, expected, locked, told)

    def count_source_failure(self, source: str, now: int) -> int:
        """See `FailureStore.count_source_failure`."""
        return failure_counters.count_source(self._tables, source, now)

    def _use(self, used: Used) -> list[Action]:
        """Return the actions that use a factor up, if it is as it was read, and a challenge, if it was not used."""
        revision = used.before.revision
        key = keys.factors(used.before.organisation, used.before.user_id)
        changed = plain_values.changed(used.before, replace(used.after, revision=revision + 1))
        change = transaction_items.change(self._tables, key, changed, {"revision": revision})
        return [change, *self._consume(used.challenge)]

    def _consume(self, challenge: Challenge | None) -> list[Action]:
        if challenge is None:
            return []
        key = keys.used_challenge(challenge.digest)
        return [transaction_items.mark_used(self._tables, key, challenge.expires_at)]


def change(tables: Tables, old: SecondFactors, new: SecondFactors, username: str) -> list[Action]:
    """Return the actions that store changed factors, if they are as they were read, and lead to new passkeys."""
    key = keys.factors(old.organisation, old.user_id)
    as_read = {"revision": old.revision} if old.revision else None
    before, after = ({one.credential_id for one in which.passkeys} for which in (old, new))
    pointer = {"organisation": old.organisation, "username": username}
    return [
        transaction_items.put_if(tables, key, plain_values.of(replace(new, revision=old.revision + 1)), as_read),
        *(
            transaction_items.put(tables, keys.passkey(one), pointer, must_be_new=True)
            for one in sorted(after - before)
        ),
        *(transaction_items.delete(tables, keys.passkey(one)) for one in sorted(before - after)),
    ]


def forget(tables: Tables, organisation: str, user_id: str) -> list[Action]:
    """Return the actions that forget a user's factors and wrong codes; one read, for the passkeys."""
    key = keys.factors(organisation, user_id)
    found = parse(organisation, user_id, tables.get(tables.directory, key))
    return [
        transaction_items.delete(tables, key),
        *(transaction_items.delete(tables, keys.passkey(one.credential_id)) for one in found.passkeys),
        transaction_items.delete_item(tables.grants, keys.factor_failures(organisation, user_id)),
    ]


def parse(organisation: str, user_id: str, values: Values | None) -> SecondFactors:
    """Read a user's factors; without an item, none."""
    return mappers.read(SecondFactors, {**(values or {}), "organisation": organisation, "user_id": user_id})


class DynamoDBPendingSignIns(DynamoDBStore):
    """Implements `PendingSignInStore`."""

    def add_pending(self, organisation: str, pending: PendingSignIn) -> None:
        """See `PendingSignInStore.add_pending`."""
        key = keys.pending_sign_in(organisation, pending.digest)
        self._tables.put(self._tables.grants, mappers.item(key, pending))

    def find_pending(self, organisation: str, digest: bytes) -> PendingSignIn | None:
        """See `PendingSignInStore.find_pending`."""
        return self._tables.find(PendingSignIn, self._tables.grants, keys.pending_sign_in(organisation, digest))

    def replace_pending(self, organisation: str, old: PendingSignIn, new: PendingSignIn) -> bool:
        """See `PendingSignInStore.replace_pending`."""
        item = mappers.item(keys.pending_sign_in(organisation, new.digest), new)
        as_read = when("tries = :tries AND challenge = :challenge", tries=old.tries, challenge=old.challenge)
        return self._tables.put_once(self._tables.grants, item, **as_read) is None

    def end_pending(self, organisation: str, digest: bytes) -> None:
        """See `PendingSignInStore.end_pending`."""
        self._tables.delete(self._tables.grants, keys.pending_sign_in(organisation, digest))
