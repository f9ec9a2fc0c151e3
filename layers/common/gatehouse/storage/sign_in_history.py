"""Sign-ins of the last 90 days in `GrantsTable`; their keys sort by time."""

from gatehouse.domain.accounts.sign_in_history import SHOWN_MAX, SignInRecord
from gatehouse.storage import user_index
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBSignInHistory(DynamoDBStore):
    """Implements `SignInHistoryStore`."""

    def add_sign_in(self, organisation: str, record: SignInRecord) -> None:
        """See `SignInHistoryStore.add_sign_in`."""
        self._tables.put(self._tables.grants, render(organisation, record))

    def find_sign_ins(self, organisation: str, user_id: str) -> tuple[SignInRecord, ...]:
        """See `SignInHistoryStore.find_sign_ins`; a query and a batched read."""
        prefix = keys.sign_ins(organisation, user_id)
        found = user_index.find(self._tables, organisation, user_id, prefix, SHOWN_MAX, is_newest_first=True)
        parsed = [mappers.read(SignInRecord, one) for one in found]
        return tuple(sorted(parsed, key=lambda one: -one.at_ms))


def render(organisation: str, record: SignInRecord) -> attribute_values.Item:
    """Return the item of a sign-in."""
    key = keys.sign_in(organisation, record.user_id, record.at_ms, record.session_id)
    return mappers.item(key, record, user_key=keys.of_user(organisation, record.user_id))
