"""Pages of long listings."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

LIMIT_DEFAULT = 25
LIMIT_MAX = 1000
OFFERED_MAX = 200
"""How many of a listing a page holds at once, to choose from or to compare."""


class Page[T](msgspec.Struct, frozen=True):
    """Some items of a listing.

    Attributes:
        total: The length of the whole listing; None where nobody keeps count.
        offset: Where the page begins, as far as the caller said.
        next: The cursor of the page that follows, or empty.
        previous: The cursor of the page before, or empty.
    """

    items: tuple[T, ...]
    total: int | None
    offset: int
    limit: int
    next: str = ""
    previous: str = ""

    def map[U](self, read: Callable[[T], U]) -> "Page[U]":
        """Return the same page of other values."""
        return self.holding(map(read, self.items))

    def holding[U](self, items: Iterable[U]) -> "Page[U]":
        """Return the same page with these items."""
        return Page(tuple(items), self.total, self.offset, self.limit, self.next, self.previous)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is wanted: by cursor, or by a hand-made offset."""

    limit: int = LIMIT_DEFAULT
    offset: int = 0
    cursor: str = ""
    is_descending: bool = False


def read_all[T](find: Callable[[Window], Page[T]], limit: int = LIMIT_MAX) -> Iterator[T]:
    """Yield every item of a listing, with so many at a time."""
    page = find(Window(limit=limit))
    yield from page.items
    while page.next:
        page = find(Window(limit=limit, cursor=page.next))
        yield from page.items
