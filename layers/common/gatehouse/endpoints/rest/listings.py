"""WSO2's envelope of a list: a page of it, and the links to the pages beside it."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from gatehouse.domain.kernel.paging import Page, Window

_NO_QUERY: Mapping[str, str] = MappingProxyType({})


def whole(rendered: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a list without pagination."""
    listed = list(rendered)
    return {"count": len(listed), "list": listed}


def paged(path: str, page: Page[dict[str, Any]], query: Mapping[str, str] = _NO_QUERY) -> dict[str, Any]:
    """Return a list with its pagination; the links carry the cursor, so that following them costs the same anywhere.

    Args:
        path: Of the list, below the base of its API.
        page: The rendered values.
        query: What the links carry beside the place of the page.
    """

    def link(offset: int, cursor: str) -> str:
        return f"{path}?{urlencode({**query, 'limit': page.limit, 'offset': offset, 'cursor': cursor})}"

    following = link(page.offset + page.limit, page.next) if page.next else ""
    before = link(max(0, page.offset - page.limit), page.previous) if page.previous else ""
    pagination: dict[str, Any] = {
        "offset": page.offset,
        "limit": page.limit,
        **({} if page.total is None else {"total": page.total}),
        "next": following,
        "previous": before,
    }
    return {**whole(page.items), "pagination": pagination}


def slice_of[T](values: Sequence[T], window: Window) -> Page[T]:
    """Return a page of values that are all at hand."""
    offset, limit = window.offset, window.limit
    following = "after" if offset + limit < len(values) else ""
    before = "before" if 0 < offset < len(values) else ""
    return Page(tuple(values[offset : offset + limit]), len(values), offset, limit, following, before)
