"""Publishing at a browser: upload or paste, look, correct, publish; nothing typed is lost on the way."""

import html
import json
import re
from typing import Any

import pytest

from gatehouse.domain.apis import publishing_drafts
from gatehouse.domain.kernel import refusals
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    FreshSignInNeededError,
    InvalidTierError,
    PortalError,
)
from gatehouse.endpoints.publisher.draft_orders import Refusal
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.publishing_drafts import DynamoDBPublishingDrafts
from tests import factories, pages
from tests.answers import Answer
from tests.publishing_function import PublishingInProcess
from tests.unit import portal
from tests.unit.endpoints.store.browser import StoreBrowser

PAUL = factories.user(user_id="user-paul", username="paul@x.example", roles=frozenset({"publisher"}))
YAML = """openapi: 3.0.3
info: {title: Parcels, version: 1.0.0}
paths:
  /parcels:
    get: {security: [{gatehouse: [track]}], responses: {200: {description: OK}}}
components:
  securitySchemes:
    gatehouse:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://auth.example/token, scopes: {track: Track parcels}}}
"""
OPEN = YAML.replace("security: [{gatehouse: [track]}], ", "")
SETTINGS = {"api_id": "", "lifecycle": "", "visibility": "ORGANISATION", "tier Gold": "on", "do": "publish"}


@pytest.fixture
def paul(site: Site, tables: Tables, organisations: DirectoryWriter) -> StoreBrowser:
    organisations.add_user(PAUL)
    browser = StoreBrowser(site, tables)
    browser.sign_in(PAUL)
    return browser


def pasted(browser: StoreBrowser, text: str = YAML, **more: str) -> Answer:
    return browser.upload("/store/publish", "file", b"", document=text, **more)


def sent(browser: StoreBrowser, form: dict[str, str]) -> Answer:
    """Send the form of the draft, and return the page that is shown."""
    answer = browser.post("/store/publish/draft", form)
    return browser.follow(answer) if answer.status == 303 else answer


def find(tables: Tables, api_id: str) -> Any:
    return DynamoDBPublishedApis(tables).find_api_now("johnsorg", api_id)


def said(page: Answer) -> str:
    """Return the page's alert."""
    found = re.search(r'role="alert" id="alert">([^<]*)<', page.body)
    return html.unescape(found[1]) if found else ""


def test_an_uploaded_document_is_previewed_and_published(paul: StoreBrowser, tables: Tables) -> None:
    uploaded = paul.upload("/store/publish", "file", YAML.encode())
    page = paul.follow(uploaded)

    assert uploaded.location == "/store/publish/draft"
    assert "Publish Parcels 1.0.0" in page.body
    assert "tokens with track" in page.body
    assert find(tables, "parcels-1.0.0") is None

    published = paul.post("/store/publish/draft", SETTINGS)

    assert published.location == "/store/apis/parcels-1.0.0?done=published"
    assert "Published. The gate follows within seconds." in paul.follow(published).body
    made = find(tables, "parcels-1.0.0")
    assert (made.lifecycle, made.tiers, made.deployments) == ("PUBLISHED", frozenset({"Gold"}), ())
    assert paul.get("/store/publish/draft").location == "/store/publish"


def test_a_pasted_document_that_cannot_be_published_is_kept_and_corrected(paul: StoreBrowser) -> None:
    page = paul.follow(pasted(paul, "openapi: 3.0.3\ninfo: [\n"))

    assert "neither YAML nor JSON: line" in said(page)
    assert "info: [" in page.body
    assert "The document cannot be published yet" in page.body

    assert "Publish Parcels 1.0.0" in paul.follow(pasted(paul)).body


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        pytest.param("api_id", "Not An Id", "An API's id is lower-case letters", id="id"),
        pytest.param("visible_roles", "x" * 300, "A role", id="roles"),
        pytest.param("stage 0 url", "https://api.example", "A stage needs the id of its API and its name.", id="stage"),
        pytest.param("visibility", "EVERYBODY", "Choose who may subscribe.", id="visibility"),
        pytest.param("tier Nonsense", "on", "The tiers are", id="tier"),
    ],
)
def test_a_refusal_keeps_all_that_was_typed(paul: StoreBrowser, field: str, value: str, words: str) -> None:
    pasted(paul)

    page = paul.post("/store/publish/draft", {**SETTINGS, "visible_to": "acme, other", field: value})
    later = paul.get("/store/publish/draft")

    assert page.status == 400
    assert words in said(page)
    assert all('value="acme, other"' in one.body for one in (page, later))


def test_more_stages_than_the_form_offers_are_shown_all(paul: StoreBrowser) -> None:
    pasted(paul)
    stages = {f"stage {row} name": "v1" for row in range(40)}
    stages |= {
        f"stage {row} {name}": "x" for row in range(40) for name in ("gateway", "account", "region", "url", "keys")
    }

    page = paul.follow(paul.post("/store/publish/draft", {**SETTINGS, **stages, "do": "preview"}))

    assert page.status == 200
    assert page.body.count(' gateway"') == 40


def test_stages_are_published_with_the_address_that_was_typed(paul: StoreBrowser, tables: Tables) -> None:
    pasted(paul)
    stage = {"stage 0 gateway": "abc123", "stage 0 name": "v1", "stage 0 url": "https://api.example/parcels/"}
    stage["stage 0 account"] = "111122223333"

    page = paul.follow(paul.post("/store/publish/draft", {**SETTINGS, **stage, "do": "preview"}))
    published = paul.post("/store/publish/draft", {**SETTINGS, **stage, "stage 0 keys": "sandbox"})

    assert 'name="stage 1 gateway"' in page.body
    assert published.status == 303, said(published)
    (made,) = find(tables, "parcels-1.0.0").deployments
    assert (made.label, made.url, made.key_types) == (
        "abc123/v1", "https://api.example/parcels", frozenset({"SANDBOX"})
    )  # fmt: skip
    assert (made.account, made.region) == ("111122223333", factories.settings().region)


def test_what_nobody_secured_is_listed_and_published_once_it_is_confirmed(paul: StoreBrowser, tables: Tables) -> None:
    page = paul.follow(pasted(paul, OPEN))
    refused = paul.post("/store/publish/draft", SETTINGS)
    found = re.search(r'name="confirmation" value="([^"]+)"', page.body)
    assert found
    confirmed = paul.post("/store/publish/draft", {**SETTINGS, "confirmation": found[1]})

    assert "GET /parcels: no security stated before, everybody now" in html.unescape(page.body)
    assert refused.status == 409
    assert confirmed.status == 303
    assert find(tables, "parcels-1.0.0").resources[0].security == "none"


def test_publishing_again_begins_with_what_is_published_and_shows_what_changes(
    paul: StoreBrowser, tables: Tables
) -> None:
    pasted(paul)
    paul.post("/store/publish/draft", {**SETTINGS, "visibility": "ORGANISATION"})
    start = paul.get("/store/publish?api=parcels-1.0.0")
    page = paul.follow(pasted(paul, YAML.replace("  /parcels:", "  /all-parcels:"), api="parcels-1.0.0"))

    assert "replaces revision 1 of" in start.body
    assert 'value="parcels-1.0.0"' in page.body
    assert re.search(r'name="tier Gold" checked', page.body)
    assert "GET /all-parcels" in page.body
    assert "Removed" in page.body
    assert paul.post("/store/publish/draft", {**SETTINGS, "api_id": "parcels-1.0.0"}).status == 303
    assert find(tables, "parcels-1.0.0").revision == 2


def test_versions_are_compared_side_by_side(paul: StoreBrowser) -> None:
    pasted(paul)
    paul.post("/store/publish/draft", SETTINGS)
    alone = paul.get("/store/apis/parcels-1.0.0/versions")
    pasted(paul, YAML.replace("1.0.0", "2.0.0").replace("  /parcels:", "  /all-parcels:"))
    paul.post("/store/publish/draft", SETTINGS)

    page = paul.get("/store/apis/parcels-2.0.0/versions")

    assert "This is the only version" in alone.body
    assert "From 1.0.0 to 2.0.0" in page.body
    assert "GET /all-parcels" in page.body
    assert paul.get("/store/apis/parcels-2.0.0/versions?with=nothing").status == 404


def test_a_form_of_an_older_draft_is_refused_and_shown_again(paul: StoreBrowser, tables: Tables) -> None:
    pasted(paul)
    pasted(paul, YAML.replace("1.0.0", "2.0.0"))

    page = paul.post("/store/publish/draft", {**SETTINGS, "seen": "1", "visible_to": "acme"})

    assert page.status == 409
    assert 'value="acme"' in page.body
    assert find(tables, "parcels-2.0.0") is None


def test_a_draft_is_its_publishers_alone_and_ends_after_a_week(paul: StoreBrowser, site: Site, tables: Tables) -> None:
    pasted(paul)
    zoe = factories.user(user_id="user-zoe", username="zoe@x.example", roles=frozenset({"publisher"}))
    DirectoryWriter(tables).add_user(zoe)
    other = StoreBrowser(site, tables)
    other.sign_in(zoe)
    drafts, caller = DynamoDBPublishingDrafts(tables), portal.caller(user_id="user-paul")

    assert other.get("/store/publish/draft").location == "/store/publish"
    assert publishing_drafts.find(drafts, caller) is not None
    later = portal.caller(user_id="user-paul", at_ms=caller.at_ms + 1000 * publishing_drafts.KEPT_SECONDS)
    assert publishing_drafts.find(drafts, later) is None


def test_a_draft_is_deleted(paul: StoreBrowser) -> None:
    pasted(paul)
    waiting = paul.get("/store/publish")

    paul.post("/store/publish/draft/discard")

    assert "You have a draft" in waiting.body
    assert "You have a draft" not in paul.get("/store/publish").body


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "Choose a file, or paste the document.", id="nothing"),
        pytest.param(
            json.dumps({"x": [f"{one:x}{one * 7919:x}" for one in range(90_000)]}).encode(), "too large", id="much"
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_the_form(paul: StoreBrowser, content: bytes, words: str) -> None:
    page = paul.upload("/store/publish", "file", content)

    assert page.status == 400
    assert words in said(page)


@pytest.mark.parametrize("path", ["/store/publish", "/store/publish/draft", "/store/apis/orders/versions"])
def test_only_publishers_publish(john: StoreBrowser, path: str) -> None:
    page = john.get(path)

    assert page.status == 403
    assert "publishers" in page.body


class TestBusyPublishing:
    """As many documents are being read as may be: `PublishingConcurrency`."""

    @pytest.mark.parametrize("do", ["publish", "preview"])
    def test_nothing_that_was_typed_is_lost(
        self, paul: StoreBrowser, tables: Tables, publishing: PublishingInProcess, do: str
    ) -> None:
        pasted(paul)
        publishing.is_busy = True

        page = sent(paul, {**SETTINGS, "visible_to": "acme, other", "do": do})

        assert (page.status, page.headers["Retry-After"]) == (503, "5")
        assert "Too many documents are being read" in said(page)
        assert "<h1>Publishing is busy</h1>" in page.body
        assert "Nothing was published, and your draft is kept." in page.body
        assert 'value="acme, other"' in page.body
        assert "title: Parcels" in page.body
        assert find(tables, "parcels-1.0.0") is None

        publishing.is_busy = False
        assert 'value="acme, other"' in paul.get("/store/publish/draft").body
        assert paul.post("/store/publish/draft", SETTINGS).location == "/store/apis/parcels-1.0.0?done=published"

    def test_it_is_asked_once_for_a_page(self, paul: StoreBrowser, publishing: PublishingInProcess) -> None:
        pasted(paul)
        seen = pages.seen(lambda path: paul.get(path).body, "/store/publish/draft", SETTINGS)
        publishing.events.clear()
        publishing.is_busy = True

        paul.post("/store/publish/draft", {**SETTINGS, **seen})

        assert len(publishing.events) == 1

    def test_a_document_is_taken_and_other_pages_are_shown(
        self, paul: StoreBrowser, publishing: PublishingInProcess
    ) -> None:
        publishing.is_busy = True

        assert pasted(paul).location == "/store/publish/draft"
        assert paul.get("/store/apis").status == 200
        assert publishing.events == []

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param({"errorMessage": "Task timed out after 15.00 seconds"}, id="it was stopped"),
            pytest.param({"statusCode": 500, "body": "{}"}, id="it failed"),
            pytest.param(None, id="nothing"),
            pytest.param({"draft": {"api_id": 7}}, id="another version's answer"),
            pytest.param({"draft": {}}, id="an empty answer"),
        ],
    )
    @pytest.mark.parametrize("do", ["publish", "preview"])
    def test_a_function_that_fails_is_an_outage(
        self,
        paul: StoreBrowser,
        publishing: PublishingInProcess,
        monkeypatch: pytest.MonkeyPatch,
        answer: Any,
        do: str,
    ) -> None:
        pasted(paul)
        monkeypatch.setattr(publishing, "invoke", lambda _event: answer)

        page = sent(paul, {**SETTINGS, "do": do})

        assert page.status == 503
        assert int(page.headers["Retry-After"]) >= 1


def test_what_has_to_be_confirmed_passes_whole() -> None:
    question = ConfirmationNeededError(
        "It opens.", changes=("GET /x",), digest="abc", revision=3, needs_administrator=True
    )
    refused = InvalidTierError("No such tier.", field="tiers")

    passed, plain = Refusal.of(question).error(), Refusal.of(refused).error()

    assert isinstance(passed, ConfirmationNeededError)
    assert vars(passed) == vars(question)
    assert (type(plain), vars(plain)) == (InvalidTierError, vars(refused))


def _refusals(kind: type[PortalError]) -> list[type[PortalError]]:
    return [each for one in kind.__subclasses__() for each in (one, *_refusals(one))]


@pytest.mark.parametrize("kind", _refusals(PortalError), ids=lambda one: one.__name__)
def test_the_function_can_tell_every_refusal_that_the_store_knows(kind: type[PortalError]) -> None:
    """Publishing asks for no fresh sign-in; a question is tested above."""
    if kind.__module__ == refusals.__name__ and kind not in {ConfirmationNeededError, FreshSignInNeededError}:
        assert type(Refusal.of(kind("why", field="x")).error()) is kind


class TestALostSession:
    def test_what_was_pasted_is_shown_again_and_sent_after_signing_in(
        self, paul: StoreBrowser, site: Site, tables: Tables
    ) -> None:
        old = paul.form_token()
        lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})

        kept = lost.upload("/store/publish", "file", YAML.encode(), form_token=old)
        assert "You were signed out" in kept.body
        assert html.escape("title: Parcels") in kept.body
        assert 'target="_blank"' in kept.body

        lost.sign_in(PAUL)
        asked = lost.upload("/store/publish", "file", b"", document=YAML, form_token=old)
        assert "Send the form again?" in asked.body
        assert "paul@x.example@johnsorg" in asked.body
        assert lost.get("/store/publish/draft").location == "/store/publish"

        fresh = re.search(r'name="form_token" value="([^"]+)"', asked.body.partition('action="/store/publish"')[2])
        assert fresh
        assert lost.upload("/store/publish", "file", b"", document=YAML, form_token=fresh[1]).status == 303
        assert "Publish Parcels" in lost.get("/store/publish/draft").body

    @pytest.mark.parametrize("site_header", ["cross-site", "same-site", "none", ""])
    def test_another_site_leads_nobody_there(self, site: Site, tables: Tables, site_header: str) -> None:
        lost = StoreBrowser(site, tables, headers={"sec-fetch-site": site_header} if site_header else {})

        page = lost.upload("/store/publish", "file", b"", document=YAML)

        assert page.location.startswith("/store/signin")

    def test_the_fields_of_any_form_are_kept(self, site: Site, tables: Tables) -> None:
        lost = StoreBrowser(site, tables, headers={"sec-fetch-site": "same-origin"})

        page = lost.post("/store/applications", {"name": '<b>"Shop"', "description": "typed"})

        assert '<input type="hidden" name="name" value="&lt;b&gt;&#34;Shop&#34;">' in page.body
        assert 'action="/store/applications"' in page.body
