"""People with an authenticator app: what tests do to enrol one, and to sign in with it."""

import base64
import re
from dataclasses import dataclass

from gatehouse.domain.accounts import totp
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import Office, path_in


@dataclass
class App:
    """An authenticator app, and the recovery codes that came with it."""

    secret: bytes
    recovery: tuple[str, ...] = ()

    def code(self, browser: Browser, drift: int = 0) -> str:
        """Return what the app shows at the time of the browser."""
        return totp.code(self.secret, browser.now_ms // 1000 // totp.PERIOD_SECONDS + drift)


def secret_in(page: Answer) -> bytes:
    found = re.search(r"this key into the app: <code>([A-Z2-7 ]+)</code>", page.body)
    assert found, page.body
    return base64.b32decode(found[1].replace(" ", ""))


def codes_in(page: Answer) -> tuple[str, ...]:
    return tuple(re.findall(r"<li><code>([A-Z2-7-]+)</code></li>", page.body))


def request_link(browser: Browser) -> Answer:
    """Ask for the mail of the first enrolment, signed in."""
    return browser.submit(browser.get("/t/johnsorg/account/factors"))


def scan(browser: Browser, path: str) -> tuple[Answer, App]:
    """Open the page of an enrolment, and take over its secret."""
    page = browser.get(path)
    assert page.status == 200, (page.status, page.location, page.body)
    return page, App(secret_in(page))


def enrol(browser: Browser, office: Office) -> App:
    """Sign John in, and set up an app for him."""
    assert attempt(browser, "john@gmail.com").status == 303
    request_link(browser)
    (mail,) = office.run()
    page, app = scan(browser, path_in(mail))
    shown = browser.submit(page, factor_code=app.code(browser))
    assert shown.status == 200, shown.body
    app.recovery = codes_in(shown)
    office.run()
    return app


def later(browser: Browser, seconds: int = 30) -> None:
    browser.now_ms += seconds * 1000


def password(browser: Browser, path: str = "/t/johnsorg/signin") -> Answer:
    """Type the password; return the page of the second step."""
    typed = browser.submit(browser.get(path), username="john@gmail.com", password=factories.PASSWORD)
    return browser.get(typed.location)
