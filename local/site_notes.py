"""A hook of MkDocs: alerts in GitHub's form become the notes of the site's theme.

Pages are read on GitHub, too. There, a quotation that begins with `[!NOTE]` is shown as an alert.
"""

import re
from typing import Any

_ALERT = re.compile(r"^> \[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n((?:>.*\n?)+)", re.MULTILINE)
_KINDS = {"NOTE": "note", "TIP": "tip", "IMPORTANT": "info", "WARNING": "warning", "CAUTION": "danger"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the alerts of a page; called by MkDocs."""
    return _ALERT.sub(_note, markdown)


def _note(alert: re.Match[str]) -> str:
    kind, quoted = alert[1], alert[2]
    lines = [line.removeprefix(">").removeprefix(" ") for line in quoted.splitlines()]
    body = "\n".join(f"    {line}".rstrip() for line in lines)
    return f'!!! {_KINDS[kind]} "{kind.capitalize()}"\n\n{body}\n'
