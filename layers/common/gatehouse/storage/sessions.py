"""Signed-in browsers and consents in `GrantsTable`."""

from dataclasses import asdict
from typing import Any

from gatehouse.domain.consents import Consent
from gatehouse.domain.sessions import Session
from gatehouse.storage import items, keys, records
from gatehouse.storage.tables import Tables


class Sessions:
    """Implements `SessionStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_session(self, organisation: str, session: Session) -> None:
        """See `SessionStore.add_session`."""
        key = keys.session(organisation, session.digest)
        of_user = {"user_key": keys.of_user(organisation, session.user_id)}
        self._tables.put(self._tables.grants, {**key, **items.render(asdict(session) | of_user)})

    def find_session(self, organisation: str, digest: bytes) -> Session | None:
        """See `SessionStore.find_session`."""
        values = self._tables.get(self._tables.grants, keys.session(organisation, digest))
        return None if values is None else parse(values)

    def end_session(self, organisation: str, digest: bytes) -> None:
        """See `SessionStore.end_session`."""
        self._tables.delete(self._tables.grants, keys.session(organisation, digest))


class Consents:
    """Implements `ConsentStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def find_consent(self, organisation: str, user_id: str, client_id: str) -> Consent | None:
        """See `ConsentStore.find_consent`."""
        values = self._tables.get(self._tables.grants, keys.consent(organisation, user_id, client_id))
        return None if values is None else parse_consent(values)

    def replace_consent(self, organisation: str, previous: Consent | None, consent: Consent) -> bool:
        """See `ConsentStore.replace_consent`."""
        key = keys.consent(organisation, consent.user_id, consent.client_id)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if previous is not None:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": items.render({":revision": previous.revision}),
            }
        item = {**key, **items.render(asdict(consent))}
        return self._tables.put_once(self._tables.grants, item, **condition) is None


def parse(values: dict[str, Any]) -> Session:
    """Read a session."""
    return Session(**records.only(Session, values, sets=("methods",)))


def parse_consent(values: dict[str, Any]) -> Consent:
    """Read a consent."""
    return Consent(**records.only(Consent, values, sets=("scopes",)))
