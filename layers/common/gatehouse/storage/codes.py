"""Authorization codes in `GrantsTable`."""

from dataclasses import asdict, fields
from typing import Any

from gatehouse.domain.codes import Code
from gatehouse.storage import items, keys
from gatehouse.storage.tables import Tables

_FIELDS = tuple(field.name for field in fields(Code))
_SETS = ("scopes", "dropped_scopes")


class Codes:
    """Implements `CodeStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def add_code(self, organisation: str, code: Code) -> None:
        """See `CodeStore.add_code`."""
        values = asdict(code) | {"resources": code.resources or None}
        self._tables.put(self._tables.grants, {**keys.code(organisation, code.digest), **items.render(values)})

    def find_code(self, organisation: str, digest: bytes) -> Code | None:
        """See `CodeStore.find_code`."""
        values = self._tables.get(self._tables.grants, keys.code(organisation, digest))
        return None if values is None else _parse(values)


def _parse(values: dict[str, Any]) -> Code:
    known: dict[str, Any] = {name: values[name] for name in _FIELDS if name in values}
    known |= {name: frozenset(known[name]) for name in _SETS if name in known}
    known["resources"] = tuple(known.get("resources", ()))
    return Code(**known)
