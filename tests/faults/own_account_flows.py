"""Flows of a member's own sign-in methods in the JSON API, by the token of a sign-in with the second factor."""

from collections.abc import Callable

from tests.faults import factor_flows, federation_flows
from tests.faults.flows import Flow
from tests.faults.scene import DEVPORTAL, FlowBrowser, Scene, TokenHolder
from tests.faults.world import Answer, Call

_STORE_COOKIE = "__Host-gatehouse.store"


def _with_passkey(scene: Scene) -> FlowBrowser:
    """Sign John in with a passkey; return his browser."""
    call = factor_flows.passkey_sign_in(scene)
    browser = FlowBrowser(scene.world)
    browser.cookies.update(one.split("=", 1) for one in call.event["cookies"])
    browser.send(call)
    return browser


def _john(browser: FlowBrowser) -> TokenHolder:
    """Return John with the token that the store gets behind his sign-in."""
    browser.enter_store("john@gmail.com")
    return TokenHolder("john@gmail.com", browser.cookies[_STORE_COOKIE])


def _by_app(method: str, path: str) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        return _john(factor_flows.with_app(scene)).call(method, f"{DEVPORTAL}/me/{path}")

    return prepare


def _by_passkey(method: str, body: object = None) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        john = _john(_with_passkey(scene))
        (passkey,) = scene.run(john.call("GET", f"{DEVPORTAL}/me/sign-in-methods")).json["passkeys"]
        return john.call(method, f"{DEVPORTAL}/me/passkeys/{passkey['passkeyId']}", body)

    return prepare


def _forgetting(scene: Scene) -> Call:
    john = _john(factor_flows.with_remembered_browser(scene))
    (browser,) = scene.run(john.call("GET", f"{DEVPORTAL}/me/remembered-browsers")).json["list"]
    return john.call("DELETE", f"{DEVPORTAL}/me/remembered-browsers/{browser['browserId']}")


def _new_address(scene: Scene) -> Call:
    john = _john(FlowBrowser(scene.world).sign_in("john@gmail.com"))
    return john.call("POST", f"{DEVPORTAL}/me/email", {"email": "new@example.com"})


def _unlinking(scene: Scene) -> Call:
    linking = federation_flows.link(scene)
    browser = scene.browser("john")
    browser.cookies = federation_flows.cookies(linking)
    browser.send(linking)
    return _john(browser).call("DELETE", f"{DEVPORTAL}/me/identities/example")


def _is_renamed(scene: Scene, call: Call, _answer: Answer) -> str:
    john = TokenHolder("john@gmail.com", call.event["headers"]["authorization"].removeprefix("Bearer "))
    named = scene.run(john.call("GET", f"{DEVPORTAL}/me/sign-in-methods")).json["passkeys"][0]["name"]
    return "" if named == "My phone" else f"the passkey is called {named}"


_DEAD = frozenset({401})
WRITES = [
    Flow(
        covers="devportal PUT /me/passkeys/{passkeyId}",
        prepare=_by_passkey("PUT", {"name": "My phone"}),
        proves=_is_renamed,
    ),
    Flow(covers="devportal DELETE /me/passkeys/{passkeyId}", prepare=_by_passkey("DELETE"), again=_DEAD),
    Flow(covers="devportal DELETE /me/authenticator-app", prepare=_by_app("DELETE", "authenticator-app"), again=_DEAD),
    Flow(covers="devportal POST /me/recovery-codes", prepare=_by_app("POST", "recovery-codes"), again=_DEAD),
    Flow(
        covers="devportal DELETE /me/remembered-browsers/{browserId}",
        prepare=_forgetting,
        again=frozenset({404}),
    ),
    Flow(covers="devportal DELETE /me/identities/{providerId}", prepare=_unlinking, again=_DEAD),
    Flow(covers="devportal POST /me/email", prepare=_new_address, doubles={"JOB": 1, "SOURCE": 1}),
]
