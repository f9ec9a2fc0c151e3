"""Which client assertions were used, in `GrantsTable`, until they end by themselves."""

from gatehouse.storage import items, keys
from gatehouse.storage.tables import Tables


class Replays:
    """Implements `ReplayStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def consume_jti(self, client_id: str, jti: str, expires_at: int, now: int) -> bool:
        """See `ReplayStore.consume_jti`."""
        item = {**keys.assertion(client_id, jti), **items.render({"expires_at": expires_at})}
        standing = self._tables.put_once(
            self._tables.grants,
            item,
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues=items.render({":now": now}),
        )
        return standing is None
