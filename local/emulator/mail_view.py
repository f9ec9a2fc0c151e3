"""Show what was sent through SES as a page, newest first: MiniStack answers it as JSON only."""

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

PATH = "/_ministack/mails"
JSON_PATH = "/_ministack/ses/messages"
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sent mails</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 45rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
details { margin: 0 0 .75rem; padding: .5rem .75rem; border: 1px solid #8994a2; border-radius: .5rem; }
iframe { width: 100%; height: 30rem; border: 0; border-radius: .5rem; }
pre { white-space: pre-wrap; }
</style>
</head>
<body>
<h1>Sent mails</h1>
"""


def page(mails: list[Document]) -> str:
    """Return the page."""
    newest = sorted(mails, key=lambda mail: mail["Timestamp"], reverse=True)
    shown = "".join(_shown(mail, is_open=index == 0) for index, mail in enumerate(newest))
    return f"{HEAD}{shown or '<p>No mail was sent yet. Reload this page after the next one.</p>'}</body></html>"


def _shown(mail: Document, *, is_open: bool) -> str:
    """Return one mail: its HTML in a frame that runs no scripts and opens links in a new tab, and its text."""
    at = datetime.fromtimestamp(mail["Timestamp"], UTC).strftime("%H:%M:%S UTC")
    # Without the base, the links would open in the frame.
    html = escape('<base target="_blank">' + (mail["BodyHtml"] or ""))
    frame = (
        f'<iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{html}">'
        "</iframe><h2>Text</h2>"
    )
    return (
        f"<details{' open' if is_open else ''}><summary>{at} · {escape(', '.join(mail['To']))} · "
        f"<strong>{escape(mail['Subject'])}</strong></summary>{frame if mail['BodyHtml'] else ''}"
        f"<pre>{escape(mail['BodyText'])}</pre></details>\n"
    )


def install(emulator: Emulator) -> None:
    """Serve the page beside the JSON."""

    @around(emulator.server, "_handle_ses_messages_request")
    async def show(original: AnyCallable, method: str, path: str, *rest: Any) -> Any:
        if path != PATH:
            return await original(method, path, *rest)
        answer = await original(method, JSON_PATH, *rest)
        if answer is None or answer[0] != 200:
            return answer
        mails = [mail for inbox in json.loads(answer[2])["messages"].values() for mail in inbox]
        return 200, {"Content-Type": "text/html; charset=utf-8"}, page(mails).encode()
