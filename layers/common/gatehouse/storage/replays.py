"""Which client assertions were used, in `GrantsTable`, until they end by themselves."""

from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, when


class DynamoDBReplays(DynamoDBStore):
    """Implements `ReplayStore`."""

    def consume_jti(self, client_id: str, jti: str, expires_at: int, now: int) -> bool:
        """See `ReplayStore.consume_jti`."""
        item = {**keys.assertion(client_id, jti), **attribute_values.render({"expires_at": expires_at})}
        is_unused = when(f"{ABSENT} OR expires_at <= :now", now=now)
        return self._tables.put_once(self._tables.grants, item, **is_unused) is None
