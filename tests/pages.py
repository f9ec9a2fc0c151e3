"""Forms of our pages, as a browser without a window reads them."""

import html
import re


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
