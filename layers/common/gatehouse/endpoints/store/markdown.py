"""Markdown of publishers as HTML that no browser runs: CommonMark with tables, without HTML, links checked.

https://spec.commonmark.org/
"""

import re
from functools import cache
from typing import Any

from markupsafe import Markup

_LINK = re.compile(r"(?:https?://|mailto:|#|/(?!/))[^\s]*", re.IGNORECASE)
"""What a link may lead to: other sites, an address, a place of the page, a page of this site."""

_MARKS = re.compile(r"[*_`#\[\]<>|\\]")
"""What makes Markdown of a text; most descriptions have none of it, and cost nothing."""

_SHOWN_MAX_CHARACTERS = 110_000
_HEADINGS = {f"h{level}": f"h{min(level + 1, 6)}" for level in range(1, 7)}
"""A document stands below the page's own heading."""


def render(text: str) -> Markup:
    """Return the text as HTML. What is no Markdown of ours, such as HTML, is shown as the text that it is."""
    return Markup(_parser().render(text[:_SHOWN_MAX_CHARACTERS]))  # noqa: S704 - the parser escapes all text


def plain(text: str) -> str:
    """Return the text without its marks, for a line or two in a list."""
    return render(text).striptags() if _MARKS.search(text) else text


@cache
def _parser() -> Any:
    """Return the parser; the library is imported where a document is read."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20}).enable("table")
    parser.disable("image")  # the page's policy loads no picture from elsewhere
    parser.validateLink = lambda url: _LINK.fullmatch(url) is not None
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule(
        "table_open", lambda *_: '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n'
    )
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _heading_open(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    return f"<{_HEADINGS[tokens[index].tag]}>"


def _heading_close(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    return f"</{_HEADINGS[tokens[index].tag]}>\n"


def _link_open(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)
