"""WSO2's envelope of a list: a page of it, and the links to the pages beside it."""

from typing import Any
from urllib.parse import urlencode

from gatehouse.domain.kernel.paging import Page


def listing(path: str, page: Page[Any], rendered: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """Render a list with its pagination; the links carry the cursor, so that following them costs the same anywhere."""

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
    return {"count": len(rendered), "list": rendered, "pagination": pagination}


def slice_of[T](values: list[T], offset: int, limit: int) -> Page[T]:
    """Return a page of values that are all at hand."""
    following = "after" if offset + limit < len(values) else ""
    before = "before" if 0 < offset < len(values) else ""
    return Page(tuple(values[offset : offset + limit]), len(values), offset, limit, following, before)
