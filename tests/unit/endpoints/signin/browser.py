"""A browser that keeps cookies, fills in the sign-in pages' forms and follows nothing by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.endpoints import requests
from gatehouse.endpoints.router import Router
from gatehouse.endpoints.signin.page_context import RedirectError
from gatehouse.endpoints.signin.pages import SignInPages, redirect
from tests import factories, http_events
from tests.answers import Answer
from tests.cookies import CookieJar, filled
from tests.factories import CLIENT_ID, NOW
from tests.refusals import answered
from tests.vectors import authorization as vectors

PAGE = "/t/johnsorg/signin"


@dataclass
class Browser(CookieJar):
    """Calls the pages as API Gateway does."""

    router: Router
    pages: SignInPages
    now_ms: int = NOW * 1000
    source: str = http_events.SOURCE

    def send(self, method: str, path: str, form: Mapping[str, str] | bytes | None = None, **headers: str) -> Answer:
        event = http_events.http(
            method,
            path.partition("#")[0],  # fragments stay in the browser
            headers={"content-type": http_events.FORM, **headers},
            cookies=self.cookies,
            body=form if isinstance(form, bytes) else urlencode(form or {}).encode(),
            source=self.source,
            at_ms=self.now_ms,
        )
        try:
            response: Any = answered(self.router.answer, requests.parse(event))
        except RedirectError as needed:
            response = redirect(needed.location, needed.cookies)
        except OAuthError as error:
            response = self.pages.error(error)
        return self.keep(Answer.of(response))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, **headers)

    def submit(self, page: Answer, **fields: str) -> Answer:
        """Fill in the page's form and send it."""
        return self.send("POST", page.action, filled(page, fields))

    def authorize(self, path: str = "/authorize", /, **overrides: str | None) -> Answer:
        return self.get(f"{path}?{urlencode(authorization(**overrides))}")

    def sign_in(self, page: Answer, username: str = "john@gmail.com", password: str = factories.PASSWORD) -> Answer:
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


def attempt(browser: Browser, username: str, password: str = factories.PASSWORD, page: str = PAGE) -> Answer:
    return browser.submit(browser.get(page), username=username, password=password)
