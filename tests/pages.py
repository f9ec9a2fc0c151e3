"""Forms of our pages, as a browser without a window reads them."""

import html
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote


def hidden(body: str) -> dict[str, str]:
    """Return the hidden fields of the page's first form."""
    first = body.partition("<form")[2].partition("</form>")[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', first)
    return {name: html.unescape(value) for name, value in pairs}


def action(body: str) -> str:
    """Return where the page's first form goes."""
    found = re.search(r'<form method="post" action="([^"]*)"', body)
    assert found, body
    return html.unescape(found[1])


_SHOWN = (
    re.compile(r"(/store/admin(?:/(?:members|identity-providers|applications)/[^/]+)?)"),
    re.compile(r"(/store/admin/apis/[^/]+)/(?:scope|restriction|tiers)"),
    re.compile(r"(/store/(?:publish/draft|applications/[^/]+))"),
    re.compile(r"(/store/applications/[^/]+/keys/[^/]+/)change"),
)
"""Where the forms go that hold the version of what they change, with the pages that show them."""


def seen(get: Callable[[str], str], path: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the version that the form at a path holds now, as its page shows it; nothing if the form holds none."""
    shown = next(filter(None, (one.fullmatch(path) for one in _SHOWN)), None)
    if shown is None or "seen" in fields:
        return {}
    page = shown[1] + "settings" if shown[1].endswith("/") else shown[1]
    for one in get(page).split("<form")[1:]:
        held = hidden(f"<form{one}")
        goes_to = unquote(html.unescape(one.partition(">")[0]))
        is_it = f'action="{unquote(path)}"' in goes_to and "seen" in held
        if is_it and held.get("scope", fields.get("scope")) == fields.get("scope"):
            return {"seen": held["seen"]}
    return {}
