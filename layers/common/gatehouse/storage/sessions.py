"""Signed-in browsers and consents in `GrantsTable`."""

from collections.abc import Sequence

from gatehouse.domain.accounts.sessions import FOUND_MAX, Session
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth.consents import Consent
from gatehouse.storage import audit, user_index
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, at_revision, require_own, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBSessions(DynamoDBStore):
    """Implements `SessionStore`."""

    def add_session(self, organisation: str, session: Session) -> None:
        """See `SessionStore.add_session`."""
        self._tables.put(self._tables.grants, render(organisation, session))

    def find_session(self, organisation: str, digest: bytes) -> Session | None:
        """See `SessionStore.find_session`."""
        return self._tables.find(Session, self._tables.grants, keys.session(organisation, digest))

    def holds_sessions(self, organisation: str, user_id: str, count: int) -> bool:
        """See `SessionStore.holds_sessions`; a query that sends no item."""
        return user_index.holds(self._tables, organisation, user_id, keys.SESSIONS, count)

    def find_sessions_of(self, organisation: str, user_id: str) -> tuple[Session, ...]:
        """See `SessionStore.find_sessions_of`; a query and a batched read."""
        found = user_index.find(self._tables, organisation, user_id, keys.SESSIONS, FOUND_MAX)
        return tuple(mappers.read(Session, one) for one in found)

    def forget_session(self, organisation: str, digest: bytes) -> None:
        """See `SessionStore.forget_session`."""
        self._tables.delete(self._tables.grants, keys.session(organisation, digest))

    def end_session(self, organisation: str, session: Session, entry: Entry) -> bool:
        """See `SessionStore.end_session`."""
        require_own(organisation, "a session", session.organisation)
        return audit.write(self._tables, [self._delete(session)], entry)

    def end_sessions(self, organisation: str, ended: Sequence[Session], entries: Sequence[Entry]) -> bool:
        """See `SessionStore.end_sessions`."""
        require_own(organisation, "a session", *(one.organisation for one in ended))
        lines = [audit.action(self._tables, one) for one in entries]
        return self._tables.try_transact([*map(self._delete, ended), *lines])

    def _delete(self, session: Session) -> Action:
        key = keys.session(session.organisation, session.digest)
        return transaction_items.delete_item(self._tables.grants, key, **when("attribute_exists(pk)"))


class DynamoDBConsents(DynamoDBStore):
    """Implements `ConsentStore`."""

    def find_consent(self, organisation: str, user_id: str, client_id: str) -> Consent | None:
        """See `ConsentStore.find_consent`."""
        return self._tables.find(Consent, self._tables.grants, keys.consent(organisation, user_id, client_id))

    def replace_consent(self, organisation: str, previous: Consent | None, consent: Consent) -> bool:
        """See `ConsentStore.replace_consent`."""
        item = mappers.item(keys.consent(organisation, consent.user_id, consent.client_id), consent)
        as_read = at_revision(previous.revision if previous else 0)
        return self._tables.put_once(self._tables.grants, item, **as_read) is None


def render(organisation: str, session: Session) -> attribute_values.Item:
    """Return the item of a session."""
    of_user = keys.of_user(organisation, session.user_id)
    return mappers.item(keys.session(organisation, session.digest), session, user_key=of_user)
