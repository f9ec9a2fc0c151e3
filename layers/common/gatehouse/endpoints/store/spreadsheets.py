"""Tables as files for spreadsheets, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.web import pages as web

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection)."""

_UTF_8 = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""How a file begins that Excel reads as UTF-8, not in the encoding of the machine."""


def render(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table as CSV (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue()


def download(name: str, header: Sequence[str], rows: Iterable[Sequence[str]], cookies: Sequence[str]) -> Response:
    """Return the table as a file that a browser saves."""
    headers = {
        **web.SECURITY,
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return {
        "statusCode": 200,
        "headers": headers,
        "cookies": list(cookies),
        "body": _UTF_8 + render(header, rows),
        "isBase64Encoded": False,
    }


def _cell(text: str) -> str:
    """Return the text; one that could be a formula begins with an apostrophe, which spreadsheets do not show."""
    return f"'{text}" if text.startswith(_FORMULA) else text
