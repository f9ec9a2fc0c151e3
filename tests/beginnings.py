"""What many tests begin with: made once in a session, then put back."""

from collections.abc import Callable, Mapping
from typing import Any

type Stores = Callable[[], Mapping[str, dict[str, Any]]]


class Beginnings:
    """Fillings of stores, by name; no filling stores what another one does.

    Args:
        stores: Returns the dictionaries by name; their values are replaced and never changed. None where nothing can
            be put back, as on moto: there every filling runs each time.
    """

    def __init__(self, stores: Stores | None) -> None:
        self._stores = stores
        self._kept: dict[str, tuple[Any, list[tuple[str, str, Any]]]] = {}

    def put[T](self, name: str, fill: Callable[[], T]) -> T:
        """Have the filling's work stored, and return what it returns: the first time by running it, later as a copy."""
        if self._stores is None:
            return fill()
        if name not in self._kept:
            before = {store: dict(values) for store, values in self._stores().items()}
            answer = fill()
            self._kept[name] = (
                answer,
                [
                    (store, key, value)
                    for store, values in self._stores().items()
                    for key, value in values.items()
                    if key not in before[store] or before[store][key] is not value
                ],
            )
            return answer
        answer, filled = self._kept[name]
        stores = self._stores()
        for store, key, value in filled:
            stores[store][key] = value
        return answer
