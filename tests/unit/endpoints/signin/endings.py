"""Every way to end what was issued for John, prepared so that only the act itself is left; and what he holds before."""

from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass, field
from typing import Any

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError
from gatehouse.domain.portal import members
from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.sessions import DynamoDBSessions
from gatehouse.storage.user_connections import DynamoDBUserConnections
from tests import factories
from tests.answers import Answer
from tests.factories import CLIENT_ID, NOW
from tests.http_events import request_authorizer
from tests.unit import portal
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import redeem
from tests.unit.endpoints.signin.mail_sender import NEW, Office, path_in, recover

type Act = Callable[[], Any]

JOHN = factories.user()
ADA = factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
GRANT_SECONDS = 2_592_000

CALLS = {"password": 12, "reset": 7, "sign out": 2, "disable": 2, "disconnect": 7, "deletion": 4}
"""The endings, and how many storage calls each makes."""

ALLOWS_THE_OLD_PASSWORD = frozenset({"sign out", "disconnect"})
"""After these the user may sign in again as before."""


@dataclass
class EndingScene:
    """The pages, and the tables as whoever ends something calls them; the office sends the mails."""

    browser: Browser
    tables: Tables
    office: Office
    visitor: Browser = field(init=False)

    def __post_init__(self) -> None:
        """Use a browser of one's own for the endings."""
        self.visitor = Browser(self.browser.router, self.browser.pages)

    def prepare(self, ending: str) -> Act:
        """Return the act that ends it."""
        prepared: Mapping[str, Callable[[], Act]] = {
            "password": self._password,
            "reset": self._reset,
            "sign out": lambda: lambda: self._own().end_all(portal.caller()),
            "disconnect": lambda: lambda: self._own().end(portal.caller(), CLIENT_ID),
            "disable": lambda: self._disable,
            "deletion": lambda: self._delete,
        }
        return prepared[ending]()

    def _own(self) -> ActiveSessions:
        return ActiveSessions(
            DynamoDBAccounts(self.tables),
            DynamoDBDirectory(self.tables, TtlCache(0)),
            DynamoDBSessions(self.tables),
            DynamoDBUserConnections(self.tables),
            GRANT_SECONDS,
        )

    def _password(self) -> Act:
        self.visitor.sign_in(self.visitor.get("/t/johnsorg/account"))
        form = self.visitor.get("/t/johnsorg/account/password")
        return lambda: self.visitor.submit(form, password=factories.PASSWORD, new_password=NEW)

    def _reset(self) -> Act:
        recover(self.visitor, JOHN.username)
        form = self.visitor.get(path_in(self.office.run()[0]))
        return lambda: self.visitor.submit(form, new_password=NEW)

    def _disable(self) -> User:
        caller = portal.caller(user_id=ADA.user_id, username=ADA.username, roles=ADA.roles)
        store = DynamoDBMembers(self.tables)
        return members.disable(store, caller, members.find(store, caller, JOHN.username))

    def _delete(self) -> bool:
        found = DynamoDBAccounts(self.tables).find_user("johnsorg", JOHN.username)
        return found is None or DirectoryWriter(self.tables).remove_user(found, factories.entry())


def is_answered(act: Act) -> bool:
    """Try it; say whether the answer promises that it is done. A place where John is no longer signed in is ended."""
    try:
        answer = act()
    except (TemporarilyUnavailableError, ConflictError):
        return False
    except NotFoundError:
        return True
    return answer is not False and not (isinstance(answer, Answer) and answer.status == 503)


@dataclass
class Held:
    """What John holds before: a session in a browser, a code, tokens, and a link to choose a password."""

    browser: Browser
    service: TokenService
    gate: Authorizer
    code: str
    tokens: Answer
    link: Answer

    @classmethod
    def obtain(cls, browser: Browser, service: TokenService, gate: Authorizer, office: Office) -> "Held":
        """Let John sign in, consent and ask for a link."""
        own = replace(browser, cookies={})
        code = own.obtain_code()["code"]
        recover(own, JOHN.username)
        link = own.get(path_in(office.run()[0]))
        return cls(own, service, gate, code, service.password(scope="read"), link)

    def opens(self) -> bool:
        """Say whether the access token opens a resource."""
        event = request_authorizer({"Authorization": [f"Bearer {self.tokens.json['access_token']}"]}, "GET", "/orders")
        try:
            self.gate.answer(event, NOW)
        except UnauthorizedError:
            return False
        return True

    def refresh(self) -> Answer:
        """Refresh the tokens."""
        return self.service.refresh(self.tokens.json["refresh_token"])

    def redeem(self) -> Answer:
        """Redeem the code."""
        return redeem(self.service, self.code)

    def authorize(self) -> Answer:
        """Ask for another code by the session and the consent."""
        return self.browser.authorize()

    def use_link(self) -> Answer:
        """Choose a password by the link."""
        return self.browser.submit(self.link, new_password="eight orange walruses")

    def is_dead(self, answer: Answer) -> bool:
        """Say whether nothing alive came of a token request."""
        return answer.status == 400 or self.service.refresh(answer.json["refresh_token"]).refusal == INVALID_GRANT

    def is_code_dead(self, page: Answer) -> bool:
        """Say whether nothing alive came of an authorization request."""
        return "code" not in page.answer or redeem(self.service, page.answer["code"]).refusal == INVALID_GRANT
