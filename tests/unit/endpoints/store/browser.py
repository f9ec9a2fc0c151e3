"""A browser without a screen: it keeps cookies, follows forms, and reads HTML."""

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gatehouse.domain.accounts.factors import PASSWORD_ALONE
from gatehouse.domain.accounts.sessions import start
from gatehouse.domain.accounts.users import User
from gatehouse.domain.oauth.authorization import answer, find_destination, parse
from gatehouse.endpoints import requests
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.codes import DynamoDBCodes
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories, http_events, pages
from tests.answers import Answer
from tests.cookies import CookieJar
from tests.factories import NOW
from tests.refusals import answered


@dataclass
class StoreBrowser(CookieJar):
    site: Site
    tables: Tables
    now_ms: int = NOW * 1000
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def get(self, path: str) -> Answer:
        return self._send("GET", path)

    def post(self, path: str, form: dict[str, str] | None = None, **more: str) -> Answer:
        """Send a form of the store's own pages, with the version that its page shows now unless the form holds one."""
        fields = {**(form or {}), **more}
        shown = pages.seen(lambda page: self.get(page).body, path, fields)
        return self._send("POST", path, form={"form_token": self.form_token(), **shown, **fields})

    def upload(self, path: str, name: str, content: bytes, **more: str) -> Answer:
        """Send a form with a file."""
        texts = {"form_token": self.form_token(), **more}
        kind, body = http_events.multipart(texts, name, content, "image/png")
        return self._send("POST", path, body=body, headers={"content-type": kind})

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.get("/store/organisation").body)
        return found[1] if found else ""

    def follow(self, page: Answer) -> Answer:
        assert page.status == 303
        return self.get(page.location)

    def _send(self, method: str, path: str, **body: Any) -> Answer:
        headers = self.headers | body.pop("headers", {})
        sent = http_events.http(method, path, cookies=self.cookies, at_ms=self.now_ms, headers=headers, **body)
        page = self.keep(Answer.of(answered(self.site.answer, requests.parse(sent))))
        return replace(page, body=page.body.replace("<wbr>", ""))  # a place to break a line is no text

    def sign_in(self, user: User) -> Answer:
        """Go through the whole code flow; the sign-in page itself is another function's and is stood in for."""
        begun = self._send("POST", "/store/signin", form={"who": user.organisation, "to": "/store/applications"})
        parameters = dict(parse_qsl(urlsplit(begun.location).query))
        directory = DynamoDBDirectory(self.tables, TtlCache(0))
        destination = find_destination(directory, user.organisation, parameters, self.now_ms // 1000)
        organisation = directory.find_organisation(user.organisation)
        user = directory.find_user(user.organisation, user.username) or user
        assert organisation is not None
        session = start(user, organisation, "s" * 43, now_ms=self.now_ms, lifetime_seconds=3600, methods=PASSWORD_ALONE)
        request = parse(parameters, destination)
        code, stored = answer(request, user, session, request.scopes, (), self.now_ms)
        DynamoDBCodes(self.tables).add_code(user.organisation, stored)
        return self.get(f"/store/callback?code={code}&state={parameters['state']}")


def administrators(site: Site, tables: Tables) -> StoreBrowser:
    """The browser of Ada, who administers Johns Org."""
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user(user_id="user-ada", username="ada"))
    return browser


class Outline(HTMLParser):
    """What a page holds, as far as accessibility rules of thumb go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "checkbox"}:
            self.inputs.append(given)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
