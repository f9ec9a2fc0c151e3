"""Somebody at a browser without a window, which keeps cookies, fills in forms and follows nothing by itself."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests import pages
from tests.deployed import Document
from tests.people import PASSWORD, Person
from tests.vectors import authorization


def answer(page: httpx.Response) -> dict[str, str]:
    """Return the parameters that a redirect carries to the client."""
    query = urlsplit(str(page.headers.get("location", ""))).query
    return {name: values[0] for name, values in parse_qs(query).items()}


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A person whom an application sends to `/authorize`."""

    person: Person
    browser: httpx.Client

    @property
    def base(self) -> str:
        """Where the pages are."""
        return self.person.deployed.stack["base_url"]

    def authorize(self, path: str = "/authorize", /, **overrides: str | None) -> httpx.Response:
        """Send an authorization request."""
        return self.browser.get(f"{self.base}{path}", params=self.request(**overrides))

    def request(self, **overrides: str | None) -> dict[str, str]:
        """Return an authorization request of the application; None leaves a parameter out."""
        return authorization.request(**{"client_id": self.person.client.client_id, **overrides})

    def follow(self, page: httpx.Response) -> httpx.Response:
        """Go where one of our own redirects leads."""
        assert page.headers["location"].startswith("/"), page.headers["location"]
        return self.browser.get(f"{self.base}{page.headers['location']}")

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Fill in the page's form and send it."""
        url = f"{self.base}{pages.action(page.text)}"
        return self.browser.post(url, data={**pages.hidden(page.text), **fields})

    def sign_in(self, page: httpx.Response) -> httpx.Response:
        """Go on from a redirect to the sign-in page until it redirects again."""
        return self.submit(self.follow(page), username=self.person.user.username, password=PASSWORD)

    def answer(self, path: str = "/authorize", /, **overrides: str | None) -> dict[str, str]:
        """Sign in and agree, as far as somebody asks; return what the client gets."""
        page = self.authorize(path, **overrides)
        if "/signin?" in page.headers.get("location", ""):
            page = self.follow(self.sign_in(page))
        if page.status_code == 200:
            page = self.submit(page, decision="allow")
        return answer(page)

    def redeem(self, code: str, **overrides: str | None) -> httpx.Response:
        """Exchange the code; None leaves a parameter out."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": authorization.REDIRECT_URI,
            "code_verifier": authorization.VERIFIER,
            **overrides,
        }
        if self.person.client.is_public and "client_id" not in form:
            form["client_id"] = self.person.client.client_id
        auth = None if self.person.client.is_public else self.person.credentials
        return self.person.post("/token", {name: value for name, value in form.items() if value is not None}, auth=auth)

    def obtain(self, **overrides: str | None) -> Document:
        """Get tokens by a code."""
        issued = self.redeem(self.answer(**overrides)["code"])
        assert issued.status_code == 200, issued.text
        return issued.json()

    def url(self, **overrides: str | None) -> str:
        """Return an authorization request as a link."""
        return f"{self.base}/authorize?{urlencode(self.request(**overrides))}"
