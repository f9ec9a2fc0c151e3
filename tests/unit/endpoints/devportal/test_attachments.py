"""Thumbnails and documents of APIs: given by publishers, read by whoever sees the API, run by no browser."""

import base64
from typing import Any

import pytest

from gatehouse.bootstrap import publisher as admin_bootstrap
from gatehouse.bootstrap.store import Store
from gatehouse.domain.apis import publishing
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.kernel.paging import Window
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories, http_events
from tests.answers import Answer
from tests.refusals import answered
from tests.unit.endpoints.members import DEVELOPER, Member, token
from tests.unit.endpoints.store.browser import StoreBrowser
from tests.unit.portal import caller

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
HOSTILE = "# Start\n\n<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


class AttachmentPublisher:
    """Paula, who publishes for Johns Org."""

    def __init__(self, api: JsonApi, token: str) -> None:
        self._api, self._token = api, token

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        more = {"json_body": body} if body is not None else {}
        headers = {"authorization": f"Bearer {self._token}"}
        sent = http_events.http(method, f"{self._api.base}/apis/orders{path}", headers=headers, **more)
        response: Any = answered(self._api.answer, requests.parse(sent))
        return Answer.of(response)

    def thumbnail(self, picture: bytes) -> Answer:
        return self.call("PUT", "/thumbnail", {"content": base64.b64encode(picture).decode()})

    def document(self, document_id: str = "start", **more: Any) -> Answer:
        body = {"name": "Getting started", "summary": "First steps", "content": HOSTILE} | more
        return self.call("PUT", f"/documents/{document_id}", {name: one for name, one in body.items() if one})


@pytest.fixture
def paula(store: Store, organisations: DirectoryWriter, tables: Tables) -> AttachmentPublisher:
    user = factories.user(user_id="user-paula", username="paula", roles=frozenset({"publisher"}))
    organisations.add_user(user)
    scope = f"{DEVELOPER} apim:api_publish apim:api_view"
    return AttachmentPublisher(admin_bootstrap.build(factories.settings(), tables), token(store, user, scope))


@pytest.fixture
def browser(site: Site, tables: Tables) -> StoreBrowser:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    return browser


def test_a_picture_is_shown_to_whoever_sees_the_api(paula: AttachmentPublisher, john: Member, alice: Member) -> None:
    assert john.get("/apis/orders/thumbnail").status == 204
    assert john.get("/apis/orders").json["hasThumbnail"] is False

    assert paula.thumbnail(PNG).json["hasThumbnail"] is True

    shown = john.get("/apis/orders/thumbnail")
    assert (shown.content, shown.headers["Content-Type"]) == (PNG, "image/png")
    assert john.get("/apis/orders").json["thumbnailUri"] == "/apis/orders/thumbnail"
    assert alice.get("/apis/orders@johnsorg/thumbnail").status == 404
    assert john.call("GET", "/apis/orders/thumbnail", headers={"if-none-match": shown.headers["ETag"]}).status == 304


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", id="svg"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"", id="nothing"),
        pytest.param(PNG + b"x" * 65536, id="too large"),
    ],
)
def test_what_is_no_small_picture_is_refused(paula: AttachmentPublisher, john: Member, picture: bytes) -> None:
    assert paula.thumbnail(picture).json["error"][0]["code"] == "400_content"
    assert john.get("/apis/orders/thumbnail").status == 204


def test_a_picture_that_is_no_base64_is_refused(paula: AttachmentPublisher) -> None:
    assert paula.call("PUT", "/thumbnail", {"content": "%%%"}).status == 400


def test_a_picture_can_be_taken_away(paula: AttachmentPublisher, john: Member) -> None:
    paula.thumbnail(PNG)

    assert paula.call("DELETE", "/thumbnail").json["hasThumbnail"] is False
    assert john.get("/apis/orders/thumbnail").status == 204


def test_a_document_is_listed_shown_and_read(paula: AttachmentPublisher, john: Member) -> None:
    assert paula.document().status == 200
    expected = {
        "documentId": "start",
        "name": "Getting started",
        "type": "HOWTO",
        "summary": "First steps",
        "sourceType": "MARKDOWN",
        "sourceUrl": "",
        "otherTypeName": None,
    }

    listed = john.get("/apis/orders/documents").json
    content = john.get("/apis/orders/documents/start/content")

    assert (listed["count"], listed["list"], listed["pagination"]["total"]) == (1, [expected], 1)
    assert john.get("/apis/orders/documents/start").json == expected
    assert content.body == HOSTILE


def test_no_browser_runs_what_a_publisher_uploads(paula: AttachmentPublisher, john: Member) -> None:
    paula.document()
    paula.thumbnail(PNG)

    for path in ("/documents/start/content", "/thumbnail"):
        headers = john.get(f"/apis/orders{path}").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "html" not in headers["Content-Type"]


def test_a_link_leads_to_where_the_document_is(paula: AttachmentPublisher, john: Member) -> None:
    url = "https://docs.example/orders"
    paula.document(sourceType="URL", sourceUrl=url, content="")

    content = john.get("/apis/orders/documents/start/content")

    assert (content.status, content.headers["Location"]) == (303, url)


@pytest.mark.parametrize(
    ("document_id", "change", "field"),
    [
        pytest.param("Start!", {}, "documentId", id="an id with signs"),
        pytest.param("start", {"name": " "}, "name", id="no name"),
        pytest.param("start", {"name": "x" * 61}, "name", id="a long name"),
        pytest.param("start", {"name": "two\nlines"}, "name", id="a name of two lines"),
        pytest.param("start", {"summary": "x" * 301}, "summary", id="a long summary"),
        pytest.param("start", {"type": "NOVEL"}, "type", id="an unknown type"),
        pytest.param("start", {"sourceType": "FILE"}, "sourceType", id="a file"),
        pytest.param("start", {"content": "x" * 102401}, "content", id="a long text"),
        pytest.param("start", {"content": ""}, "content", id="no text"),
        pytest.param("start", {"sourceType": "URL", "content": ""}, "sourceUrl", id="a link to nowhere"),
        pytest.param(
            "start",
            {"sourceType": "URL", "sourceUrl": "javascript:alert(1)", "content": ""},
            "sourceUrl",
            id="a link that runs",
        ),
        pytest.param("start", {"sourceUrl": "https://x.example"}, "sourceUrl", id="a text with a link"),
    ],
)
def test_a_wrong_document_is_refused(
    paula: AttachmentPublisher, john: Member, document_id: str, change: dict[str, str], field: str
) -> None:
    assert paula.document(document_id, **change).json["error"][0]["code"] == f"400_{field}"
    assert john.get("/apis/orders/documents").json["count"] == 0


def test_an_api_has_at_most_ten_documents(paula: AttachmentPublisher) -> None:
    statuses = [paula.document(f"doc-{number}").status for number in range(11)]

    assert statuses == [200] * 10 + [400]
    assert paula.document("doc-3", name="Again").status == 200


def test_documents_go_one_by_one(paula: AttachmentPublisher, john: Member) -> None:
    for name in ("one", "two"):
        paula.document(name)

    assert paula.call("DELETE", "/documents/one").status == 200
    assert paula.call("DELETE", "/documents/one").status == 404
    assert [one["documentId"] for one in john.get("/apis/orders/documents").json["list"]] == ["two"]
    assert john.get("/apis/orders/documents/one/content").status == 404


@pytest.mark.parametrize(("method", "path"), [("PUT", "/thumbnail"), ("PUT", "/documents/x"), ("DELETE", "/thumbnail")])
def test_only_publishers_attach(
    store: Store, john: Member, tables: Tables, paula: AttachmentPublisher, method: str, path: str
) -> None:
    del paula
    outsider = AttachmentPublisher(admin_bootstrap.build(factories.settings(), tables), john.token)

    assert outsider.call(method, path, {"name": "x", "content": "x"} if method == "PUT" else None).status == 401
    assert store.portal.directory.find_attachment("johnsorg", "orders", "thumbnail") is None


def test_publishing_anew_keeps_them_and_deleting_takes_them_along(
    paula: AttachmentPublisher, john: Member, tables: Tables, store: Store
) -> None:
    paula.thumbnail(PNG)
    paula.document()
    here, publisher = DynamoDBPublishedApis(tables), caller(roles=frozenset({"publisher"}))
    document = {"openapi": "3.0.3", "info": {"title": "Orders", "version": "2"}, "paths": {}}

    publishing.publish(here, publisher, ApiDraft(document=document, api_id="orders"))
    assert john.get("/apis/orders").json["hasThumbnail"] is True
    assert john.get("/apis/orders/documents").json["count"] == 1

    publishing.delete(here, publisher, "orders")
    found = [
        store.portal.directory.find_attachment("johnsorg", "orders", one) for one in ("thumbnail", "document start")
    ]
    assert found == [None, None]


def test_what_was_attached_stands_in_the_audit_log_without_its_content(
    paula: AttachmentPublisher, store: Store
) -> None:
    paula.document()
    paula.call("DELETE", "/documents/start")

    entries = store.audit.find_entries("johnsorg", Window()).items
    actions = [(one.actor, one.action, one.detail) for one in entries if one.action.startswith("api.")]
    assert sorted(actions) == [("paula", "api.attach", "document start"), ("paula", "api.detach", "document start")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("doc:started", [("API", "orders"), ("DOC", "start")]),
        ("doc:steps", [("API", "orders"), ("DOC", "start")]),
        ("doc:started name:getting", [("DOC", "start")]),
        ("getting", [("DOC", "start")]),
        ("doc:started tag:demo", [("API", "orders"), ("DOC", "start")]),
        ("doc:started tag:other", []),
        ("doc:nothing", []),
        ("tag:demo", [("API", "orders")]),
    ],
)
def test_documents_are_found_by_their_words(
    paula: AttachmentPublisher, john: Member, alice: Member, query: str, found: list[tuple[str, str]]
) -> None:
    paula.document()

    hits = john.get("/search", query=query).json["list"]

    assert [(one["type"], one["id"]) for one in hits] == found
    assert alice.get("/search", query=query).json["count"] == 0


def test_the_pages_show_picture_and_documents_as_plain_text(paula: AttachmentPublisher, browser: StoreBrowser) -> None:
    paula.thumbnail(PNG)
    paula.document()
    paula.document("forum", name="Forum", sourceType="URL", sourceUrl="https://forum.example", content="")

    catalogue, page = browser.get("/store/apis").body, browser.get("/store/apis/orders/documentation").body
    text = browser.get("/store/apis/orders/documents/start")

    assert 'src="/store/apis/orders/thumbnail?v=' in catalogue
    assert '<a href="/store/apis/orders/documents/start" aria-current="page">Getting started</a>' in page
    assert '<a href="https://forum.example" rel="noopener noreferrer nofollow">Forum ↗</a>' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text.body
    assert "<script>alert" not in text.body
    assert browser.get("/store/apis/orders/thumbnail").status == 200
    assert browser.get("/store/apis/orders/documents/forum").status == 404
    assert browser.get("/store/apis/orders/documents/none").status == 404
