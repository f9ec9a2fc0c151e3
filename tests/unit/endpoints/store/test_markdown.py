"""Markdown of publishers: what it may hold, and what it cannot do."""

import re
import time
from html.parser import HTMLParser

import pytest

from gatehouse.endpoints.store import markdown

TEXT = {"p", "h2", "h3", "h4", "h5", "h6", "a", "strong", "em", "code", "pre", "blockquote", "hr", "br", "div"}
ALLOWED = TEXT | {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """The tags of a page, as a browser takes them apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_document_is_headings_lists_code_tables_and_links() -> None:
    shown = str(
        markdown.render(
            "# Start\n\n1. One\n2. **Two**\n\n```sh\ncurl x\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[doc](https://x.example/a?b=c&d)"
        )
    )

    assert "<h2>Start</h2>" in shown
    assert "<li><strong>Two</strong></li>" in shown or "<strong>Two</strong>" in shown
    assert '<code class="language-sh">curl x' in shown
    assert "<td>1</td>" in shown
    assert '<a href="https://x.example/a?b=c&amp;d" rel="noopener noreferrer nofollow">doc</a>' in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](  javascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "![x](https://evil.example/p.png)",
        "[x]: javascript:alert(1)\n\n[x]",
        '```"onmouseover=alert(1)\nx\n```',
        '[x](https://x.example "\\" onclick=\\"alert(1)")',
        "# <svg/onload=alert(1)>",
        "a | <b onclick=x>b</b>\n--|--\n1 | <iframe src=x>",
        "<https://x.example/?a=<script>>",
        "<data:text/html,<script>alert(1)</script>>",
        "<mailto:a@x.example?subject=%0d%0a>",
        "https://x.example javascript:alert(1) www.evil.example",
        "![x](http://evil.example/p.png) ![y][z]\n\n[z]: http://evil.example/p.png",
        "[![x](javascript:alert(1))](javascript:alert(1))",
        "[x](https://x.example/\u202egpj.exe)",
        "[x](\\\\evil.example)",
        "[x](/\\evil.example)",
        "[x](\tjavascript:alert(1))",
        "[x](jav&Tab;ascript:alert(1))",
        "[x](file:///etc/passwd)",
        "[x](blob:https://x.example/1)",
        "&lt;script&gt; &#60;img src=x&#62; &NewLine;",
        "<style>*{background:url(https://evil.example)}</style>",
        "<!-- --><base href=https://evil.example><meta http-equiv=refresh content=0>",
        "- " * 200 + "<svg onload=x>",
    ],
)
def test_nothing_of_it_runs(text: str) -> None:
    tags = Tags(str(markdown.render(text)))

    assert {name for name, _ in tags.found} <= ALLOWED
    for _, attributes in tags.found:
        assert attributes.keys() <= {"href", "rel", "title", "class", "tabindex", "role", "aria-label"}
        assert re.match(r"https?://[a-z]|mailto:|#|/[^/]|$", attributes.get("href") or "")


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "*" * 100_000,
        "`" * 100_000,
        "> " * 50_000 + "x",
        "<" * 100_000,
        "a|" * 40_000,
        "- " * 50_000,
        "1. " * 30_000,
        "".join(f"{' ' * depth}- x\n" for depth in range(440)),
        "![" * 50_000,
        "[a](" * 25_000,
        "<a@" * 30_000,
        "&" * 100_000,
        "**a " * 25_000,
        "[a]: x\n" * 14_000,
        "|a" * 500 + "\n" + "|-" * 500 + "\n" + ("|b" * 500 + "\n") * 90,
    ],
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()

    markdown.render(text)

    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Orders & more", "Orders & more"),
        ("Track **parcels** on [their way](https://x.example).", "Track parcels on their way."),
        ("a < b <script>alert(1)</script>", "a < b <script>alert(1)</script>"),
    ],
)
def test_a_description_in_a_list_has_no_marks(text: str, shown: str) -> None:
    assert markdown.plain(text) == shown
    assert not hasattr(markdown.plain(text), "__html__")
