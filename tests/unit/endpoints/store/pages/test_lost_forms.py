"""Every long form of the store, sent after its session ended: nothing that was typed is lost."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.store.browser import StoreBrowser

APPLICATION = "/store/applications/app-1"
FORMS = [
    pytest.param("/store/admin", "/store/admin", id="settings"),
    pytest.param("/store/admin/import", "/store/admin/import", id="import"),
    pytest.param("/store/admin/members", "/store/admin/members", id="invitation"),
    pytest.param("/store/admin/identity-providers", "/store/admin/identity-providers", id="identity provider"),
    pytest.param("/store/publish", "/store/publish", id="publish"),
    pytest.param("/store/applications/new", "/store/applications", id="new application"),
    pytest.param(APPLICATION, APPLICATION, id="application"),
    pytest.param(f"{APPLICATION}/keys/sandbox", f"{APPLICATION}/keys/sandbox/generate", id="new keys"),
    pytest.param(f"{APPLICATION}/keys/production/settings", f"{APPLICATION}/keys/production/change", id="key settings"),
]


@dataclass
class TypedForm(HTMLParser):
    """The fields of one form of a page, each with what somebody types into it."""

    action: str
    typed: dict[str, str] = field(default_factory=dict[str, str])
    secrets: list[str] = field(default_factory=list[str])
    is_inside: bool = False
    takes_files: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type") or "text"
        if tag == "form":
            self.is_inside = given.get("action") == self.action and given.get("method") == "post"
        elif self.is_inside and name and name != "form_token" and tag in {"input", "select", "textarea"}:
            if kind == "password":
                self.secrets.append(name)
            elif kind == "file":
                self.takes_files = True
            else:
                self.typed[name] = "on" if kind == "checkbox" else f'"typed" & kept in {name}'

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


@dataclass
class KeptFields(HTMLParser):
    """What a page holds in hidden fields, and which secrets it asks for."""

    page: Answer
    fields: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.page.body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = given.get("value") or ""
        elif tag == "input" and given.get("type") == "password":
            self.asked.append(str(given["name"]))


@pytest.fixture
def owner(site: Site, tables: Tables, organisations: DirectoryWriter) -> StoreBrowser:
    """John, who administers, publishes, and owns the demo application."""
    writer, roles = organisations, frozenset({"admin", "publisher", "employee"})
    writer.save_user(factories.user(roles=roles))
    writer.save_application(factories.application(client_ids={"PRODUCTION": factories.client().client_id}))
    writer.save_client(factories.client())
    john = StoreBrowser(site, tables)
    john.sign_in(factories.user(roles=roles))
    return john


@pytest.mark.parametrize(("path", "action"), FORMS)
def test_what_was_typed_stands_on_the_page_that_asks_to_sign_in(
    owner: StoreBrowser, site: Site, tables: Tables, path: str, action: str
) -> None:
    shown = owner.get(path)
    form = TypedForm(action)
    form.feed(shown.body)
    assert shown.status == 200
    assert form.typed

    lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})
    sent = {**form.typed, **dict.fromkeys(form.secrets, "horses")}
    page = lost.upload(action, "file", b"", **sent) if form.takes_files else lost.post(action, sent)

    kept = KeptFields(page)
    assert "You were signed out" in page.body
    assert kept.fields.items() >= form.typed.items()
    assert kept.asked == form.secrets
    assert "horses" not in page.body


@pytest.mark.parametrize("name", ["password", "client_secret", "clientSecret", "access_token"])
def test_a_secret_is_never_put_into_a_page_and_is_asked_for_again(site: Site, tables: Tables, name: str) -> None:
    lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})

    page = lost.post("/store/applications", {"name": "Shop", name: "horses"})

    assert "horses" not in page.body
    assert KeptFields(page).asked == [name]
    assert KeptFields(page).fields["name"] == "Shop"


def test_an_empty_secret_is_not_asked_for(site: Site, tables: Tables) -> None:
    lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})

    assert KeptFields(lost.post("/store/applications", {"name": "Shop", "clientSecret": ""})).asked == []


def test_a_table_in_utf_16_is_kept_as_its_text(site: Site, tables: Tables) -> None:
    lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})

    page = lost.upload("/store/admin/import", "file", "username\nzoë@x.example\n".encode("utf-16"))

    assert KeptFields(page).fields["table"] == "username\nzoë@x.example\n"
