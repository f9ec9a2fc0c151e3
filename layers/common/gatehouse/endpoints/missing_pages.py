"""The answer at a path without an endpoint: a page for people at a browser, JSON for programs."""

import base64
import hashlib

from gatehouse.endpoints import responses
from gatehouse.endpoints.oauth import front_page
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_STYLE = """
:root {
  color-scheme: light dark;
  --ground: #eef1f5; --card: #fff; --text: #1b2430; --line: #d9dfe7; --accent: #0b57b0;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #11161d; --card: #1a212b; --text: #e7ecf2; --line: #333d4a; --accent: #8cbcff; }
}
body { margin: 0; padding: 1rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main {
  box-sizing: border-box; max-width: 26rem; margin: 12vh auto 0; padding: 2rem;
  border: 1px solid var(--line); border-radius: .75rem; background: var(--card);
}
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
a { color: var(--accent); }
"""
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Page not found</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Page not found</h1>
<p>There is no page at this address. Check the address, or start at the API Store.</p>
<p><a href="/store">Go to the API Store</a></p>
</main>
</body>
</html>
"""


def answer(request: Request) -> Response:
    """Return 404; no script of another origin, no frame and no request but for the link may use the page."""
    if request.method != "GET" or not front_page.is_browser(request):
        return responses.not_found()
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return responses.text(404, headers, _PAGE)
