"""What many tests begin with: stored once in a session, then put back, since moto takes its time to store an item."""

import pickle
from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.secretsmanager.models import secretsmanager_backends


class Beginnings:
    """Fillings of moto's tables and secrets, by name; no filling stores what another one does."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._kept: dict[str, bytes] = {}

    def clear(self, *tables: str) -> None:
        """Empty these tables."""
        for name in tables:
            self._stores[name].clear()

    def put[T](self, name: str, fill: Callable[[], T]) -> T:
        """Have the filling's work stored, and return what it returns: the first time by running it, later as copies."""
        if name not in self._kept:
            before = self._dump()
            answer = fill()
            filled = [(at, item) for at, item in self._dump().items() if before.get(at) != item]
            self._kept[name] = pickle.dumps((answer, filled))
            return answer
        stores = self._stores
        answer, filled = pickle.loads(self._kept[name])  # noqa: S301 - this process made it
        for (store, key), item in filled:
            stores[store][pickle.loads(key)] = pickle.loads(item)  # noqa: S301
        return answer

    def _dump(self) -> dict[tuple[str, bytes], bytes]:
        return {
            (name, pickle.dumps(key)): pickle.dumps(value)
            for name, store in self._stores.items()
            for key, value in store.items()
        }

    @property
    def _stores(self) -> dict[str, dict[Any, Any]]:
        tables: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][self._region].tables
        secrets: Any = secretsmanager_backends[DEFAULT_ACCOUNT_ID][self._region].secrets
        return {"secrets": secrets, **{name: table.items for name, table in tables.items()}}
