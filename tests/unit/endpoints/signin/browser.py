"""A browser that keeps cookies, fills in the sign-in pages' forms and follows nothing by itself."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.endpoints import requests
from gatehouse.endpoints.router import Router
from gatehouse.endpoints.signin.pages import SignInPages
from tests import factories
from tests import pages as forms
from tests.factories import CLIENT_ID, NOW
from tests.refusals import answered
from tests.vectors import authorization as vectors

PAGE = "/t/johnsorg/signin"


@dataclass
class Page:
    status: int
    headers: Mapping[str, str]
    body: str
    cookies: list[str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def answer(self) -> dict[str, str]:
        """The parameters that a redirect carries to the client."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's first form."""
        return forms.hidden(self.body)

    @property
    def action(self) -> str:
        """Where the page's first form goes."""
        return forms.action(self.body)


@dataclass
class Browser:
    """Calls the pages as API Gateway does."""

    router: Router
    pages: SignInPages
    now_ms: int = NOW * 1000
    source: str = "192.0.2.1"
    jar: dict[str, str] = field(default_factory=dict[str, str])

    def send(self, method: str, path: str, form: Mapping[str, str] | bytes | None = None, **headers: str) -> Page:
        path, _, query = path.partition("#")[0].partition("?")
        body = form if isinstance(form, bytes) else urlencode(form or {}).encode()
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/x-www-form-urlencoded", **headers},
            "cookies": [f"{name}={value}" for name, value in self.jar.items()],
            "requestContext": {
                "domainName": "auth.example",
                "http": {"method": method, "path": path, "sourceIp": self.source},
                "timeEpoch": self.now_ms,
            },
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        try:
            response: Any = answered(self.router.answer, requests.parse(event))
        except OAuthError as error:
            response = self.pages.error(error)
        page = Page(response["statusCode"], response["headers"], response["body"], response.get("cookies", []))
        for cookie in page.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        return page

    def get(self, path: str, **headers: str) -> Page:
        return self.send("GET", path, None, **headers)

    def submit(self, page: Page, **fields: str) -> Page:
        """Fill in the page's form and send it."""
        return self.send("POST", page.action, {**page.hidden, **fields})

    def authorize(self, path: str = "/authorize", /, **overrides: str | None) -> Page:
        return self.get(f"{path}?{urlencode(authorization(**overrides))}")

    def sign_in(self, page: Page, username: str = "john@gmail.com", password: str = factories.PASSWORD) -> Page:
        """Go on from a redirect to the sign-in page until it redirects again."""
        return self.submit(self.get(page.location), username=username, password=password)

    def obtain_code(self, **overrides: str | None) -> dict[str, str]:
        """Sign in and agree; return what the client gets."""
        page = self.authorize(**overrides)
        if "/signin" in page.location:
            page = self.get(self.sign_in(page).location)
        if page.status == 200:
            page = self.submit(page, decision="allow")
        return page.answer


def authorization(**overrides: str | None) -> dict[str, str]:
    """A valid authorization request; None leaves a parameter out."""
    return vectors.request(**{"client_id": CLIENT_ID, **overrides})


def attempt(browser: Browser, username: str, password: str = factories.PASSWORD, page: str = PAGE) -> Page:
    return browser.submit(browser.get(page), username=username, password=password)
