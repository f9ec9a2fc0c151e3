"""The names of buttons, fields and pages that the documents give in italics are on our pages."""

import html
import re

import pytest

from tests.template import ROOT

OWN = [path for folder in ("", "how-to", "tutorials") for path in (ROOT / "docs" / folder).glob("*.md")]
PAGES = [one for one in (*ROOT.glob("*.md"), *OWN) if one.name != "conformance.md"]
"""docs/conformance.md has remarks in italics."""

THEIRS = {
    "identity-providers.md": {
        *("APIs & Services", "Create credentials", "OAuth client ID", "Web application", "Authorized redirect URIs"),
        *("App registrations", "New registration", "Certificates & secrets", "New client secret", "App roles"),
        *("Create App Integration", "OIDC - OpenID Connect", "Web Application", "Sign-in redirect URIs"),
        *("Groups claim", "Sign On", "OpenID Connect ID Token", "Create client", "Valid redirect URIs"),
        *("User Realm Role", "Group Membership", "Add to ID token", "Token Claim Name", "Logout settings"),
    },
    "migrate-from-wso2.md": {"API definition", "Download definition"},
    "publish-from-ci.md": {"Secrets and variables"},
    "openapi.md": {"Confirmed"},
    "protect-an-api.md": {"Publish books 1.0.0"},
}
"""Names on the pages of others, a word of a table, and a button that names the reader's API."""

NAMED = re.compile(r"(?<![*\w])\*(?![*\s])([^*\n]+(?:\n[^*\n]+)?)(?<!\s)\*(?!\*)")


def shown() -> str:
    """Everything that our pages show, without marks and with single blanks."""
    folders = (("functions", "*.html"), ("functions", "*.js"), ("layers/common/gatehouse", "*.py"), ("local", "*.py"))
    text = "\n".join(one.read_text(encoding="utf-8") for folder, kind in folders for one in (ROOT / folder).rglob(kind))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text)))


@pytest.fixture(scope="module")
def screen() -> str:
    return shown()


def missing(text: str, screen: str) -> list[str]:
    """Names in italics that are not on our pages."""
    prose = re.sub(r"`[^`]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    names = [re.sub(r"\s+", " ", one) for one in NAMED.findall(prose)]
    return [one for one in names if one not in screen]


def test_the_pages_have_every_name_that_the_documents_give(screen: str) -> None:
    found = {one.name: missing(one.read_text(encoding="utf-8"), screen) for one in PAGES}

    assert {page: set(names) - THEIRS.get(page, set()) for page, names in found.items() if names} == {
        page: set[str]() for page in THEIRS
    }


def test_a_name_that_no_page_has_is_found(screen: str) -> None:
    text = "Press *Set up the\napp*, **then** *Press the red button*, or `*.html`."

    assert missing(text, screen) == ["Press the red button"]
