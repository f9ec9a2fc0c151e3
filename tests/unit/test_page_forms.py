"""What browsers write into an address: the fields of forms that are not sent by POST. No secret may be among them."""

import re

from tests.template import ROOT

FORM = re.compile(r"<form\b(?P<marks>[^>]*)>(?P<content>.*?)</form>", re.DOTALL)

IN_ADDRESSES = {"query", "with", "actor", "action", "from", "to"}
"""What is searched for, filtered by and compared; anybody may read it in a log or a bookmark."""


def names_in_addresses(template: str) -> set[str]:
    """Names of the fields that a browser would write into an address, with or without our scripts.

    A form without a button that can be pressed is sent by its script only (HTML, implicit submission).
    """
    forms = (one for one in FORM.finditer(template) if not re.search(r'method="(post|dialog)"', one["marks"]))
    sent = (one["content"] for one in forms if re.search(r"<button(?![^>]* disabled)", one["content"]))
    return {name for content in sent for name in re.findall(r'(?:\bname=|\{\{ field\()"([^"]+)"', content)}


def test_no_form_writes_a_secret_into_an_address() -> None:
    found = {
        path.name: names
        for path in (ROOT / "functions").rglob("*.html")
        if (names := names_in_addresses(path.read_text(encoding="utf-8")))
    }

    assert set[str]().union(*found.values()) == IN_ADDRESSES, found


def test_a_form_without_a_method_is_found() -> None:
    assert names_in_addresses('<form id="f"><input name="access_token"><button>Send</button></form>') == {
        "access_token"
    }
    assert names_in_addresses('<form id="f"><input name="access_token"><button disabled>Send</button></form>') == set()
