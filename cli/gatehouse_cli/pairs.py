"""Pairs of a name and a value, as options take them."""

from collections.abc import Iterable

from gatehouse_cli.errors import OperatorError


def unique[V](pairs: Iterable[tuple[str, V]]) -> dict[str, V]:
    """Return the values by their names.

    Raises:
        OperatorError: A name is given twice: only one of its values would count.
    """
    found: dict[str, V] = {}
    for name, value in pairs:
        if name in found:
            raise OperatorError(f"{name} is given twice")
        found[name] = value
    return found
