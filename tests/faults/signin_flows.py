"""Flows of the sign-in pages: a form each, sent as a browser sends it."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from gatehouse.domain.accounts import lockout
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from tests import factories
from tests.answers import Answer
from tests.faults.flows import Flow
from tests.faults.scene import (
    AGENT,
    NEW_PASSWORD,
    OPENED,
    PUBLISHER,
    STAGE,
    FlowBrowser,
    Scene,
    authorization,
    http,
)
from tests.faults.world import Call
from tests.vectors import authorization as vectors

SEE_OTHER = frozenset({303})


def _submission(who: str, path: str, fields: Mapping[str, str]) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        browser = scene.browser(who)
        return browser.submission(browser.get(path), **fields)

    return prepare


def _link(path: str, fields: Mapping[str, str], answers: Mapping[str, str]) -> Callable[[Scene], Call]:
    """Ask for a mail, follow its link, and fill in the form behind it."""

    def prepare(scene: Scene) -> Call:
        browser = scene.browser("stranger")
        assert browser.submit(browser.get(path), **fields).status == 303
        (text,) = scene.run_jobs()
        return browser.submission(browser.get(scene.link(text)), **answers)

    return prepare


def _signs_in(username: str, password: str, path: str = "/t/johnsorg/signin") -> Callable[[Scene, Call, Answer], str]:
    def proves(scene: Scene, _call: Call, _answer: Answer) -> str:
        browser = FlowBrowser(scene.world)
        page = browser.submit(browser.get(path), username=username, password=password)
        return "" if page.status == 303 else f"{username} cannot sign in: {page.status}"

    return proves


def _consent(scene: Scene) -> Call:
    browser = scene.browser("john")
    page = browser.get(f"/authorize?{authorization(scene, prompt='consent')}")
    assert page.status == 200
    return browser.submission(page, decision="allow")


def _refused_consent(scene: Scene) -> Call:
    browser = scene.browser("john")
    return browser.submission(browser.get(f"/authorize?{authorization(scene)}"), decision="deny")


def _known_consent(scene: Scene) -> Call:
    scene.run(_consent(scene))
    return scene.browser("john").call("GET", f"/authorize?{authorization(scene)}")


def _begin_by_post(scene: Scene) -> Call:
    return scene.browser("john").call("POST", "/authorize", dict(parse_qsl(authorization(scene))))


def _register(_scene: Scene) -> Call:
    return http("signin", "POST", "/t/johnsorg/register", json_body=AGENT)


def registration(method: str) -> Callable[[Scene], Call]:
    """Read, change or delete the registration of the scene's agent."""

    def prepare(scene: Scene) -> Call:
        client_id, token = scene.ids["agentId"], scene.ids["agentToken"]
        body = {**AGENT, "client_id": client_id, "client_name": "New"} if method == "PUT" else None
        headers = {"authorization": f"Bearer {token}"}
        return http("signin", method, f"/t/johnsorg/register/{client_id}", headers=headers, json_body=body)

    return prepare


def _first_consent_to_agent(scene: Scene) -> Call:
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders", {**OPENED, "deployments": [STAGE]})
    asked = {"client_id": scene.ids["agentId"], "redirect_uri": AGENT["redirect_uris"][0], "scope": "read"}
    browser = scene.browser("john")
    page = browser.get(f"/t/johnsorg/authorize?{urlencode(vectors.request(**asked))}")
    assert page.status == 200
    return browser.submission(page, decision="allow")


def _locked_by_strangers(scene: Scene) -> Call:
    guess = _submission("stranger", "/t/johnsorg/signin", {**_JOHN, "password": "wrong"})
    for _ in range(lockout.DEFAULT.failures):
        assert scene.world.send(guess(scene)).status == 400
    return _submission("john", "/t/johnsorg/signin", _JOHN)(scene)


def _sign_out(scene: Scene) -> Call:
    browser = scene.browser("john")
    return browser.submission(browser.get("/t/johnsorg/account"))


def _logout(scene: Scene) -> Call:
    browser = scene.browser("john")
    return browser.submission(browser.get("/t/johnsorg/logout"))


def _password_change(scene: Scene) -> Call:
    browser = scene.browser("john")
    page = browser.get("/t/johnsorg/account/password")
    return browser.submission(page, password=factories.PASSWORD, new_password=NEW_PASSWORD)


def _beyond_the_last_session(scene: Scene) -> Call:
    writer = DirectoryWriter(scene.world.tables)
    writer.save_organisation(factories.organisation(self_sign_up=True, quotas={"sessions": 1}))
    return _submission("stranger", "/t/johnsorg/signin", _JOHN)(scene)


def _new_address(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    return browser.submission(browser.get("/t/johnsorg/account/email"), email="new@example.com")


def _confirmed_address(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    browser.submit(browser.get("/t/johnsorg/account/email"), email="new@example.com")
    (text,) = scene.run_jobs()
    return browser.submission(browser.get(scene.link(text)))


def _has_address(scene: Scene, _call: Call, _answer: Answer) -> str:
    user = scene.world.tables.get("directory", keys.user("johnsorg", "john@gmail.com"))
    return "" if user and user["email"] == "new@example.com" else "the address was not changed"


def _ended_session(scene: Scene) -> Call:
    FlowBrowser(scene.world).sign_in("john@gmail.com")
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    return browser.submission(browser.get("/t/johnsorg/account/sessions"))


def _ended_others(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    page = browser.get("/t/johnsorg/account/sessions")
    return browser.submission(page, session="others")


_JOHN = {"username": "john@gmail.com", "password": factories.PASSWORD}
_ANNA = {"email": "anna@example.com", "name": "Anna"}
_CHOSEN = {"new_password": NEW_PASSWORD}
_FOUND = {"name": "Annas Org", "key": "annas", **_CHOSEN}


WRITES = [
    Flow(
        covers="signin POST /signin",
        prepare=_submission("stranger", "/t/johnsorg/signin", _JOHN),
        right=SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
    ),
    Flow(
        covers="signin POST /signin",
        prepare=_submission("john", "/t/johnsorg/signin", _JOHN),
        right=SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1},
        variant="again",
    ),
    Flow(
        covers="signin POST /signin",
        prepare=_beyond_the_last_session,
        right=SEE_OTHER,
        doubles={"SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        variant="the oldest is signed out",
    ),
    Flow(
        covers="signin POST /signin",
        prepare=_submission("stranger", "/t/johnsorg/signin", {**_JOHN, "password": "wrong"}),
        right=frozenset({400}),
        variant="wrong password",
    ),
    Flow(
        covers="signin POST /signin",
        prepare=_submission("john", "/t/johnsorg/signin", {**_JOHN, "password": "wrong"}),
        right=frozenset({400}),
        variant="wrong password in a known browser",
    ),
    Flow(
        covers="signin POST /signin",
        prepare=_locked_by_strangers,
        right=SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1},
        variant="locked by strangers, in a known browser",
    ),
    Flow(
        covers="signin POST /account/consent",
        prepare=_consent,
        right=SEE_OTHER,
        doubles={"CODE": 1},
        spares={"CODE": 1},  # the consent is stored again, and its code for the first time
    ),
    Flow(
        covers="signin POST /account/consent",
        prepare=_first_consent_to_agent,
        right=SEE_OTHER,
        doubles={"CODE": 1},
        spares={"CODE": 1},
        variant="of an agent",
    ),
    Flow(covers="signin POST /register", prepare=_register, right=frozenset({201}), doubles={"REGISTERED_CLIENT": 1}),
    Flow(covers="signin PUT /register/{id}", prepare=registration("PUT"), right=frozenset({200})),
    Flow(
        covers="signin DELETE /register/{id}",
        prepare=registration("DELETE"),
        right=frozenset({204}),
        again=frozenset({401}),
    ),
    Flow(covers="signin POST /account/consent", prepare=_refused_consent, right=SEE_OTHER, variant="refused"),
    Flow(covers="signin GET /authorize", prepare=_known_consent, right=SEE_OTHER, doubles={"CODE": 1}),
    Flow(
        covers="signin POST /account/email",
        prepare=_new_address,
        right=SEE_OTHER,
        doubles={"JOB": 1},
    ),
    Flow(
        covers="signin POST /account/email/confirm",
        prepare=_confirmed_address,
        right=SEE_OTHER,
        spares={
            "SESSION": 1,
            "SIGN_IN": 1,
            "REMEMBERED_BROWSER": 1,
        },  # the change ended the others; the person signs in again
        proves=_has_address,
    ),
    Flow(
        covers="signin POST /account/sessions/end",
        prepare=_ended_session,
        right=SEE_OTHER,
    ),
    Flow(
        covers="signin POST /account/sessions/end",
        prepare=_ended_others,
        right=SEE_OTHER,
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        variant="everything else",
    ),
    Flow(covers="signin POST /authorize", prepare=_begin_by_post, right=SEE_OTHER),
    Flow(covers="signin POST /account/signout", prepare=_sign_out, right=SEE_OTHER),
    Flow(covers="signin POST /logout", prepare=_logout),
    Flow(
        covers="signin POST /signup",
        prepare=_submission("stranger", "/t/johnsorg/signup", _ANNA),
        right=SEE_OTHER,
        doubles={"JOB": 1},
    ),
    Flow(
        covers="signin POST /recover",
        prepare=_submission("stranger", "/t/johnsorg/recover", {"username": "john@gmail.com"}),
        right=SEE_OTHER,
        doubles={"JOB": 1},
    ),
    Flow(
        covers="signin POST /signup/organisation",
        prepare=_submission("stranger", "/signup/organisation", _ANNA),
        right=SEE_OTHER,
        doubles={"JOB": 1},
    ),
    Flow(
        covers="signin POST /account/set-password",
        prepare=_link("/t/johnsorg/signup", _ANNA, _CHOSEN),
        variant="sign-up",
        proves=_signs_in("anna@example.com", NEW_PASSWORD),
    ),
    Flow(
        covers="signin POST /account/set-password",
        prepare=_link("/t/johnsorg/recover", {"username": "john@gmail.com"}, _CHOSEN),
        variant="recovery",
        proves=_signs_in("john@gmail.com", NEW_PASSWORD),
    ),
    Flow(
        covers="signin POST /signup/organisation/confirm",
        prepare=_link("/signup/organisation", _ANNA, _FOUND),
        proves=_signs_in("anna@example.com@annas", NEW_PASSWORD, "/signin"),
    ),
    Flow(
        covers="signin POST /account/password",
        prepare=_password_change,
        right=SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1},
        spares={
            "SESSION": 1,
            "SIGN_IN": 1,
            "REMEMBERED_BROWSER": 1,
        },  # the repetition signs in with the new password first
        proves=_signs_in("john@gmail.com", NEW_PASSWORD),
    ),
]
