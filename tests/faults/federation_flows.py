"""Flows of identity providers: registering one, signing in at it, linking, and being signed out by it."""

from gatehouse.endpoints.router import PROVIDER
from tests.answers import Answer
from tests.faults.api_flows import flow
from tests.faults.flows import Flow
from tests.faults.page_flows import form
from tests.faults.scene import ADMIN, FlowBrowser, Scene
from tests.faults.world import Call
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET

_BODY = {
    "id": "example",
    "name": "Example",
    "issuer": ISSUER,
    "clientId": CLIENT_ID,
    "clientSecret": SECRET,
    "algorithm": "ES256",
    "createsMembers": True,
    "groupsClaim": "groups",
    "roleMappings": {"bosses": ["manager"]},
}
_FORM = {"name": "Example", "issuer": ISSUER, "clientId": CLIENT_ID, "algorithm": "ES256", "enabled": "on"}
_ONE = {"providerId": "example"}
_START = "/t/johnsorg/federated/example/start"
_SEE_OTHER = frozenset({303})


def _register(scene: Scene) -> None:
    scene.api("ada", "POST", f"{ADMIN}/identity-providers", _BODY)


def show_provider(scene: Scene) -> Call:
    """Return the call for the page of a provider."""
    _register(scene)
    return scene.browser("ada").call("GET", "/store/admin/identity-providers/example")


_DOMAIN = {"domain": "example.com", "providerId": "example"}
_OF_DOMAIN = {"domain": "example.com"}
_NAME = "_gatehouse.example.com"


def _claim(scene: Scene) -> None:
    _register(scene)
    claimed = scene.api("ada", "POST", f"{ADMIN}/mail-domains", _DOMAIN)
    scene.world.services.provider.texts[_NAME] = [claimed["record"]]


def _prove(scene: Scene) -> None:
    _claim(scene)
    scene.api("ada", "POST", f"{ADMIN}/mail-domains/example.com/check")


def _discover(scene: Scene) -> Call:
    _prove(scene)
    browser = scene.browser("stranger")
    return browser.submission(browser.get("/discover"), email="anna@example.com")


def _discover_again(scene: Scene) -> Call:
    """Ask a week later, when the record is looked for again."""
    _prove(scene)
    scene.world.later(8 * 24 * 60 * 60 * 1000)
    browser = scene.browser("stranger")
    return browser.submission(browser.get("/discover"), email="anna@example.com")


def _start(scene: Scene) -> Call:
    _register(scene)
    return scene.browser("stranger").call("GET", _START)


def _come_back(scene: Scene, browser: FlowBrowser, path: str = _START) -> Call:
    """Go to the provider, and return the call that comes back from it."""
    return browser.call("GET", scene.world.services.provider.authorize(browser.get(path).location))


def _callback(scene: Scene) -> Call:
    _register(scene)
    return _come_back(scene, scene.browser("stranger"))


def _awaited_callback(scene: Scene) -> Call:
    """Come back to an organisation whose administrators approve accounts, and are told."""
    scene.api("ada", "PUT", f"{ADMIN}/settings", {"signUpApproval": True, "requestMails": "ada@x.example"})
    return _callback(scene)


def _awaits(scene: Scene, _call: Call, _answer: Answer) -> str:
    inbox = scene.api("ada", "GET", f"{ADMIN}/inbox/members")
    return "" if "paula@example.com" in str(inbox) else f"nobody can approve the account: {inbox}"


def _known_callback(scene: Scene) -> Call:
    scene.run(_callback(scene))
    change = {**_BODY, "roleMappings": {"bosses": ["owner"]}}
    scene.api("ada", "PUT", f"{ADMIN}/identity-providers/example", change)
    return _come_back(scene, scene.browser("stranger"))


def _new_callback(scene: Scene, _call: Call, _answer: Answer) -> Call:
    return _come_back(scene, FlowBrowser(scene.world))


def _offered(scene: Scene) -> Call:
    _register(scene)
    return _come_back(scene, scene.browser("john"), "/t/johnsorg/federated/example/link")


def _new_offer(scene: Scene, _call: Call, _answer: Answer) -> Call:
    return _come_back(scene, scene.browser("john"), "/t/johnsorg/federated/example/link")


def link(scene: Scene) -> Call:
    offered = _offered(scene)
    browser = scene.browser("john")
    browser.cookies = {**browser.cookies, **cookies(offered)}
    return browser.submission(browser.send(offered))


def cookies(call: Call) -> dict[str, str]:
    return dict(one.split("=", 1) for one in call.event["cookies"])


def _unlink(scene: Scene) -> Call:
    linking = link(scene)
    browser = scene.browser("john")
    browser.cookies = cookies(linking)
    browser.send(linking)
    return browser.submission(browser.get("/t/johnsorg/account/identities"))


def _logout_token(scene: Scene) -> Call:
    scene.run(_callback(scene))
    form = {"logout_token": scene.world.services.provider.logout_token()}
    return scene.browser("stranger").call("POST", "/t/johnsorg/federated/example/logout-token", form)


def _leave(scene: Scene) -> Call:
    _register(scene)
    return scene.browser("stranger").call("GET", "/t/johnsorg/federated/example/sign-out")


def _begin_link(scene: Scene) -> Call:
    _register(scene)
    return scene.browser("john").call("GET", "/t/johnsorg/federated/example/link")


def _is_new(scene: Scene, _call: Call, _answer: Answer) -> str:
    """The account of the first sign-in is the one of the next."""
    browser = FlowBrowser(scene.world)
    page = browser.send(_come_back(scene, browser))
    return "" if page.status == 303 else f"the person cannot sign in: {page.status}"


_PAGE, _DOMAINS = "/store/admin/identity-providers/{providerId}", "/store/admin/mail-domains"
_PROVIDERS = "admin v4 POST /identity-providers"
WRITES = [
    flow(_PROVIDERS, "ada", _BODY, ok=201, again=409),
    flow("admin v4 PUT /identity-providers/{providerId}", "ada", _BODY, ids=_ONE, before=_register),
    flow("admin v4 DELETE /identity-providers/{providerId}", "ada", ids=_ONE, again=404, before=_register),
    flow("admin v4 POST /identity-providers/{providerId}/test", "ada", ids=_ONE, before=_register),
    flow("admin v4 GET /identity-providers/{providerId}", "ada", ids=_ONE, before=_register),
    form("/store/admin/identity-providers", "ada", {**_FORM, "id": "example"}, again=409),
    form(_PAGE, "ada", {**_FORM, "action": "save"}, ids=_ONE, before=_register, again=409),
    form(
        "/store/admin/identity-providers/{providerId}",
        "ada",
        {"action": "test"},
        ids=_ONE,
        before=_register,
        ok=200,
        variant="test",
    ),
    form(
        "/store/admin/identity-providers/{providerId}",
        "ada",
        {"action": "delete"},
        ids=_ONE,
        before=_register,
        again=404,
        variant="delete",
    ),
    flow("admin v4 POST /mail-domains", "ada", _DOMAIN, ok=201, again=409, before=_register),
    flow("admin v4 POST /mail-domains/{domain}/check", "ada", ids=_OF_DOMAIN, before=_claim),
    flow("admin v4 DELETE /mail-domains/{domain}", "ada", ids=_OF_DOMAIN, again=404, before=_prove),
    form(_DOMAINS, "ada", _DOMAIN, again=409, before=_register),
    form("/store/admin/mail-domains", "ada", {**_OF_DOMAIN, "action": "check"}, before=_claim, variant="check"),
    form(
        "/store/admin/mail-domains",
        "ada",
        {**_OF_DOMAIN, "action": "remove"},
        before=_prove,
        again=404,
        variant="remove",
    ),
    Flow(covers="signin POST /discover", prepare=_discover, right=_SEE_OTHER, doubles={"SOURCE": 1}),
    Flow(
        covers="signin POST /discover",
        prepare=_discover_again,
        right=_SEE_OTHER,
        doubles={"SOURCE": 1},
        variant="checked again",
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/start",
        prepare=_start,
        right=_SEE_OTHER,
        doubles={"FEDERATED": 1},
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/callback",
        prepare=_callback,
        right=_SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1, "FEDERATED": 1, "PROVIDER_SESSION": 1},
        spares={"SESSION": 1, "SIGN_IN": 1, "PROVIDER_SESSION": 1},
        retry=_new_callback,
        variant="first sign-in",
        proves=_is_new,
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/callback",
        prepare=_awaited_callback,
        right=frozenset({403}),
        doubles={"FEDERATED": 1},
        retry=_new_callback,
        variant="awaits approval",
        proves=_awaits,
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/callback",
        prepare=_known_callback,
        right=_SEE_OTHER,
        doubles={"SESSION": 1, "SIGN_IN": 1, "FEDERATED": 1, "PROVIDER_SESSION": 1},
        retry=_new_callback,
        variant="roles",
        proves=_is_new,
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/callback",
        prepare=_offered,
        doubles={"FEDERATED": 1},
        retry=_new_offer,
        variant="link",
    ),
    Flow(
        covers=f"signin GET /federated/{PROVIDER}/link",
        prepare=_begin_link,
        right=_SEE_OTHER,
        doubles={"FEDERATED": 1},
    ),
    Flow(
        covers=f"signin POST /federated/{PROVIDER}/link",
        prepare=link,
        right=_SEE_OTHER,
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},  # the person signs in again
    ),
    Flow(
        covers=f"signin POST /federated/{PROVIDER}/unlink",
        prepare=_unlink,
        right=_SEE_OTHER,
        spares={"SESSION": 1, "SIGN_IN": 1, "REMEMBERED_BROWSER": 1},  # the person signs in again
    ),
    Flow(covers=f"signin GET /federated/{PROVIDER}/sign-out", prepare=_leave, right=_SEE_OTHER),
    Flow(covers=f"signin POST /federated/{PROVIDER}/logout-token", prepare=_logout_token, again=frozenset({400})),
]
