"""A hook of MkDocs: links that leave `docs` become the path they lead to, and GitHub's anchors are kept.

On GitHub a page may link to a test or to the template. The site holds pages only, so such a link is shown as its text
with the path behind it.
"""

import posixpath
import re
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.?/[^)\s#]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Replace the links of a page that lead out of `docs`; called by MkDocs."""
    return inside(markdown, page.file.src_uri)


def inside(markdown: str, source: str) -> str:
    """Return the text of a page without links out of `docs`.

    Args:
        markdown: Of the page.
        source: Where it is below `docs`.
    """

    def replace(found: re.Match[str]) -> str:
        text, link = found[1], found[2]
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(source), link))
        if path.startswith("docs/"):
            return found[0]
        return f"`{path}`" if text.strip("`") == path else f"{text} (`{path}`)"

    return _LINK.sub(replace, markdown)
