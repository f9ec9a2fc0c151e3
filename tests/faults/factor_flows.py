"""Flows of second factors and passkeys: a form each, sent as a browser sends it."""

import base64
import re
from collections.abc import Callable

from gatehouse.domain.accounts import second_factors, totp
from tests import factories, pages
from tests.answers import Answer
from tests.authenticators import options_in
from tests.faults.flows import Flow
from tests.faults.scene import (
    FlowBrowser,
    Scene,
)
from tests.faults.signin_flows import SEE_OTHER
from tests.faults.world import Call


def _enrolment(scene: Scene) -> Call:
    """Return the call that sets up John's app, with the code that it shows."""
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    browser.submit(browser.get("/t/johnsorg/account/factors"))
    (text,) = scene.run_jobs()
    page = browser.get(scene.link(text))
    return browser.submission(page, factor_code=_code(scene, page.body))


def _code(scene: Scene, body: str) -> str:
    key = re.search(r"this key into the app: <code>([A-Z2-7 ]+)</code>", body)
    assert key
    scene.ids["app"] = key[1].replace(" ", "")
    return _shown(scene)


def _shown(scene: Scene) -> str:
    """Return what John's app shows now."""
    return totp.code(base64.b32decode(scene.ids["app"]), scene.world.now_ms // 1000 // totp.PERIOD_SECONDS)


def _enrolled(scene: Scene) -> FlowBrowser:
    """Set up John's app half a minute ago; return a browser that got as far as the second step."""
    scene.run(_enrolment(scene))
    scene.run_jobs()
    scene.world.later(30_000)
    return FlowBrowser(scene.world).sign_in("john@gmail.com")


def _enrolment_request(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    return browser.submission(browser.get("/t/johnsorg/account/factors"))


def _second_step(scene: Scene) -> Call:
    browser = _enrolled(scene)
    return browser.submission(browser.get("/t/johnsorg/account/second-step"), factor_code=_shown(scene))


def _remembering_second_step(scene: Scene) -> Call:
    browser = _enrolled(scene)
    page = browser.get("/t/johnsorg/account/second-step")
    return browser.submission(page, factor_code=_shown(scene), remember="on")


def with_remembered_browser(scene: Scene) -> FlowBrowser:
    """Sign John in with his app, and choose to skip the second factor from then on."""
    browser = _enrolled(scene)
    page = browser.get("/t/johnsorg/account/second-step")
    browser.submit(page, factor_code=_shown(scene), remember="on")
    return browser


def _forgetting(scene: Scene) -> Call:
    browser = with_remembered_browser(scene)
    body = browser.get("/t/johnsorg/account/factors").body
    browser_id = body.partition('name="browser" value="')[2][:16]
    fields = {**pages.hidden(body), "browser": browser_id}
    return browser.call("POST", "/t/johnsorg/account/factors/forget", fields)


def _locking_second_step(scene: Scene) -> Call:
    """Return the wrong code that locks, after which a mail is sent."""
    browser = _enrolled(scene)
    for _ in range(second_factors.LOCKOUT_POLICY.failures - 2):
        browser.submit(browser.get("/t/johnsorg/account/second-step"), factor_code="000000")
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    browser.submit(browser.get("/t/johnsorg/account/second-step"), factor_code="000000")
    return browser.submission(browser.get("/t/johnsorg/account/second-step"), factor_code="000000")


def _change_passkey(scene: Scene, change: str, **fields: str) -> Call:
    """Return the form of the account page that changes John's passkey, after he signed in with it."""
    call = passkey_sign_in(scene)
    browser = FlowBrowser(scene.world)
    browser.cookies.update(one.split("=", 1) for one in call.event["cookies"])
    browser.send(call)
    page = browser.get("/t/johnsorg/account/factors").body
    hidden = {
        "form_token": pages.hidden(page)["form_token"],
        "passkey": page.partition('name="passkey" value="')[2][:16],
    }
    return browser.call("POST", f"/t/johnsorg/account/factors/{change}", {**hidden, **fields})


def _renaming(scene: Scene) -> Call:
    return _change_passkey(scene, "rename", name="My phone")


def _wrong_second_step(scene: Scene) -> Call:
    browser = _enrolled(scene)
    return browser.submission(browser.get("/t/johnsorg/account/second-step"), factor_code="000000")


def _of_factors(path: str) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        browser = _enrolled(scene)
        browser.submit(browser.get("/t/johnsorg/account/second-step"), factor_code=_shown(scene))
        fields = pages.hidden(browser.get("/t/johnsorg/account/factors").body)
        return browser.call("POST", path, fields)

    return prepare


def with_app(scene: Scene) -> FlowBrowser:
    """Sign John in with his app."""
    browser = _enrolled(scene)
    browser.submit(browser.get("/t/johnsorg/account/second-step"), factor_code=_shown(scene))
    return browser


def _new_passkey(scene: Scene) -> Call:
    browser = with_app(scene)
    page = browser.get("/t/johnsorg/account/enrol").body
    made = scene.passkey.create(options_in(page))
    return browser.call("POST", "/t/johnsorg/account/enrol", {**pages.hidden(page), "credential": made})


def _passkey_page(scene: Scene) -> Call:
    """Ask John's authenticator at a new browser."""
    browser = FlowBrowser(scene.world)
    page = browser.get("/t/johnsorg/signin").body
    answer = scene.passkey.answer(options_in(page))
    fields = {"form_token": pages.hidden(page)["form_token"], "credential": answer}
    return browser.call("POST", "/t/johnsorg/account/passkey", fields)


def passkey_sign_in(scene: Scene) -> Call:
    scene.run(_new_passkey(scene), 303)
    scene.run_jobs()
    return _passkey_page(scene)


def _signs_in_by_passkey(scene: Scene, _call: Call, _answer: Answer) -> str:
    status = scene.world.send(_passkey_page(scene)).status
    return "" if status == 303 else f"the passkey signs nobody in: {status}"


def _passkey_second_step(scene: Scene) -> Call:
    scene.run(_new_passkey(scene), 303)
    scene.run_jobs()
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    page = browser.get("/t/johnsorg/account/second-step").body
    fields = {**pages.hidden(page), "credential": scene.passkey.answer(options_in(page))}
    return browser.call("POST", "/t/johnsorg/account/second-step", fields)


def _passkey_removal(scene: Scene) -> Call:
    return _change_passkey(scene, "remove")


def _needs_second_step(scene: Scene, _call: Call, _answer: Answer) -> str:
    browser = FlowBrowser(scene.world)
    page = browser.submit(browser.get("/t/johnsorg/signin"), username="john@gmail.com", password=factories.PASSWORD)
    return "" if "/account/second-step" in page.location else f"no second step, but {page.location}"


WRITES = [
    Flow(
        covers="signin POST /account/enrolment",
        prepare=_enrolment_request,
        doubles={"JOB": 1},
    ),
    Flow(
        covers="signin POST /account/enrol",
        prepare=_enrolment,
        spares={
            "SESSION": 1,
            "SIGN_IN": 1,
            "REMEMBERED_BROWSER": 1,
        },  # the change ended the others; the person signs in again
        again=frozenset({303}),  # the session ended with the rest: sign in, and create new recovery codes
        proves=_needs_second_step,
    ),
    Flow(
        covers="signin POST /account/second-step",
        prepare=_second_step,
        right=SEE_OTHER,
        spares={"REMEMBERED_BROWSER": 1},  # the person is asked for the next code again
    ),
    Flow(
        covers="signin POST /account/second-step",
        prepare=_wrong_second_step,
        right=frozenset({400}),
        variant="wrong code",
    ),
    Flow(
        covers="signin POST /account/second-step",
        prepare=_locking_second_step,
        right=frozenset({400}),
        variant="locks",
    ),
    Flow(covers="signin POST /account/factors/rename", prepare=_renaming, right=SEE_OTHER),
    Flow(
        covers="signin POST /account/second-step",
        prepare=_remembering_second_step,
        right=SEE_OTHER,
        spares={"REMEMBERED_BROWSER": 1},  # the person is asked for the next code again
        variant="remembered",
    ),
    Flow(
        covers="signin POST /account/factors/forget",
        prepare=_forgetting,
        right=SEE_OTHER,
    ),
    Flow(
        covers="signin POST /account/enrol",
        prepare=_new_passkey,
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        right=SEE_OTHER,
        variant="passkey",
        proves=_signs_in_by_passkey,
    ),
    Flow(
        covers="signin POST /account/passkey",
        prepare=passkey_sign_in,
        right=SEE_OTHER,
        again=frozenset({400}),  # the answer of the authenticator was used: ask it again
        doubles={"SOURCE": 1, "SIGN_IN": 1},
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        proves=_signs_in_by_passkey,
    ),
    Flow(
        covers="signin POST /account/second-step",
        prepare=_passkey_second_step,
        right=SEE_OTHER,
        spares={"REMEMBERED_BROWSER": 1},  # the person is asked again
        variant="passkey",
    ),
    Flow(
        covers="signin POST /account/factors/remove",
        prepare=_passkey_removal,
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        right=SEE_OTHER,
        variant="passkey",
    ),
    Flow(
        covers="signin POST /account/factors/remove",
        prepare=_of_factors("/t/johnsorg/account/factors/remove"),
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        right=SEE_OTHER,
    ),
    Flow(
        covers="signin POST /account/factors/recovery",
        prepare=_of_factors("/t/johnsorg/account/factors/recovery"),
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},
        again=frozenset({303}),
        proves=_needs_second_step,
    ),
]
