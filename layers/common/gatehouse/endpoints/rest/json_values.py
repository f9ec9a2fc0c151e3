"""JSON texts as values, where a name that stands twice in an object is refused: readers disagree which one counts.

RFC 8259 section 4: "The names within an object SHOULD be unique."
"""

from collections import Counter
from typing import Any

_SHOWN_CHARACTERS = 80


class RepeatedKeyError(ValueError):
    """A name stands twice in an object."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these pairs, for `json.loads(..., object_pairs_hook=unique)`.

    Raises:
        RepeatedKeyError: Two have the same name.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise RepeatedKeyError(f"the key {twice[:_SHOWN_CHARACTERS]!r} stands twice in an object")
    return found
