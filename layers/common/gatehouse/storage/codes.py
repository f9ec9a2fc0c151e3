"""Authorization codes in `GrantsTable`."""

from dataclasses import asdict
from typing import Any

from gatehouse.domain.codes import Code
from gatehouse.storage import items, keys, records
from gatehouse.storage.tables import Tables


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
    known = records.only(Code, values, sets=("scopes", "dropped_scopes", "methods"))
    known["resources"] = tuple(known.get("resources", ()))
    return Code(**known)
