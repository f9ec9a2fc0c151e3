"""The documentation site in a browser: it draws its diagrams, loads nothing from elsewhere, and is readable."""

import functools
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests import snippets
from tests.browsers import DESKTOP, PHONE, open_context
from tests.deployed import ROOT

pytestmark = pytest.mark.more

DRAWN = {
    page: sum(block.language == "mermaid" for block in snippets.blocks() if block.page == page)
    for page in sorted({block.page for block in snippets.blocks() if block.language == "mermaid"})
}
"""How many diagrams a page has."""
LEAST_PX = 100


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Build the site and serve it; return its address."""
    done = subprocess.run(
        [sys.executable, "-m", "local.site", "--build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(ROOT / ".site")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def unreadable(page: Page) -> list[str]:
    """Return texts and links that axe-core finds hard to tell from what is behind or around them."""
    axe: Any = Axe()
    violations = axe.run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in violations
        if one["id"] in {"color-contrast", "link-in-text-block"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_site_draws_its_diagrams_and_loads_nothing_from_elsewhere(
    site: str, chromium: Browser, size: ViewportSize, scheme: str
) -> None:
    context = open_context(chromium, viewport=size, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    for name, count in {"index": 0, "comparison": 0, **DRAWN}.items():
        page.goto(f"{site}/{name}.html")
        drawn = page.locator("div.mermaid")
        expect(drawn).to_have_count(count)
        for diagram in drawn.all():
            diagram.scroll_into_view_if_needed()
            box = diagram.bounding_box()
            assert box, name
            assert box["height"] > LEAST_PX, name
        width, content = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
        assert content <= width, name
        assert unreadable(page) == [], name

    context.close()
    assert len(DRAWN) > 5
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
