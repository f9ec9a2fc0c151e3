"""References inside a document: JSON Pointers (RFC 6901), as URI fragments and as places in messages."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

INSIDE = "#"
"""How a reference begins that stays in the document."""

_SHOWN_CHARACTERS = 300


def place(names: Iterable[str | int]) -> str:
    """Return the pointer to a place, such as `/paths/~1orders/get`, no longer than a message bears."""
    pointer = "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)
    shown = pointer if len(pointer) <= _SHOWN_CHARACTERS else f"{pointer[:_SHOWN_CHARACTERS]}…"
    return shown or "the document"


def find(document: Any, reference: str) -> Any:
    """Return what a reference such as `#/components/schemas/Order%20line` names; it is not followed further.

    Raises:
        LookupError: There is nothing at that place.
    """
    pointer = unquote(reference.removeprefix(INSIDE))
    if not pointer:
        return document
    if not pointer.startswith("/"):
        raise LookupError(pointer)
    found = document
    for segment in pointer[1:].split("/"):
        name = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found[name]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(found, list) and name.isascii() and name.isdigit() and len(name) < _SHOWN_CHARACTERS:
            found = found[int(name)]  # pyright: ignore[reportUnknownVariableType]
        else:
            raise LookupError(pointer)
    return found  # pyright: ignore[reportUnknownVariableType]
