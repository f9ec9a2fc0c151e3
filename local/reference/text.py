"""What the generated pages are made of: text that Markdown shows as it is, and tables."""

from collections.abc import Iterable, Sequence


def plain(text: str | None) -> str:
    """Return a text as one line that Markdown shows as it is."""
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or nothing if it has no rows."""
    found = list(rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *found)) if found else ""


def page(*parts: str) -> str:
    """Return a page of its parts, without the empty ones."""
    return "\n\n".join(filter(None, parts)) + "\n"
