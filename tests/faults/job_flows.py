"""Flows of the functions that nobody waits for: jobs of the outbox, statistics, usage plans, and the signing keys."""

from collections.abc import Callable
from typing import Any

from tests.answers import Answer
from tests.faults import token_flows
from tests.faults.flows import Flow
from tests.faults.scene import ADMIN, DEVPORTAL, STAGE, Scene, document, stream
from tests.faults.world import Call

_ANY = frozenset[int]()
_TOKEN = "rotation".ljust(32, "0")
_EVENT = {"SecretId": "signing-keys", "ClientRequestToken": _TOKEN}
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def _made_by(act: Callable[[Scene], object], table: str, prefix: str) -> Callable[[Scene], list[tuple[Any, Any]]]:
    """Return the changes of a table's items of a kind that an act makes, as the stream tells them."""

    def changes(scene: Scene) -> list[tuple[Any, Any]]:
        stored = scene.world.services.database.tables[table].items
        before = dict(stored)
        act(scene)
        keys = {*before, *stored}
        changed = [(before.get(key), stored.get(key)) for key in sorted(keys) if key.startswith(prefix)]
        return [(old, new) for old, new in changed if old != new]

    return changes


def _told(function: str, act: Callable[[Scene], object], table: str, prefix: str) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        images = _made_by(act, table, prefix)(scene)
        assert images
        return stream(function, images)

    return prepare


def _form(who: str, path: str, **fields: str) -> Callable[[Scene], object]:
    def act(scene: Scene) -> object:
        browser = scene.browser(who)
        return browser.submit(browser.get(path), **fields)

    return act


def _known_sign_up(scene: Scene) -> object:
    return _form("stranger", "/t/johnsorg/signup", email="carl@x.example", name="Carl")(scene)


def _approve(scene: Scene) -> object:
    return scene.api("ada", "POST", f"{ADMIN}/members/new@x.example/approve")


def _invite(scene: Scene) -> object:
    return scene.api("ada", "POST", f"{ADMIN}/members", {"username": "eve@x.example", "roles": ["employee"]})


def _reset(scene: Scene) -> object:
    return scene.api("ada", "POST", f"{ADMIN}/members/carl@x.example/reset")


def _issue(scene: Scene) -> object:
    forms = (token_flows.PASSWORD, token_flows.CLIENT_CREDENTIALS, token_flows.PASSWORD)
    return [scene.run(scene.token_call(form)) for form in forms]


def _subscribe(scene: Scene) -> object:
    body = {"applicationId": scene.ids["otherId"], "apiId": "orders", "throttlingPolicy": "Gold"}
    return scene.api("john", "POST", f"{DEVPORTAL}/subscriptions", body)


def _unsubscribe(scene: Scene) -> Call:
    """Return what the stream tells of an end, after the beginning was followed."""
    scene.world.send(stream("plans", _made_by(_subscribe, "directory", "APPLICATION#")(scene)))
    listed = scene.api("john", "GET", f"{DEVPORTAL}/subscriptions", applicationId=scene.ids["otherId"])["list"]

    def end(scene: Scene) -> object:
        return scene.api("john", "DELETE", f"{DEVPORTAL}/subscriptions/{listed[0]['subscriptionId']}")

    return stream("plans", _made_by(end, "directory", "APPLICATION#")(scene))


def _publish(scene: Scene) -> object:
    body = {"document": document("staged", "read"), "apiId": "staged", "deployments": [{**STAGE, "stage": "v2"}]}
    return scene.api("paul", "POST", "/api/am/publisher/v1/apis", body)


def _withdraw(scene: Scene) -> object:
    return scene.api("paul", "DELETE", "/api/am/publisher/v1/apis/orders", endSubscriptions="true")


def _rotation(number: int) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        scene.world.later(3 * 3_600_000)
        scene.world.services.secrets.begin_rotation(_TOKEN)
        for step in _STEPS[:number]:
            scene.world.send(Call(function="keys", event={**_EVENT, "Step": step}))
        return Call(function="keys", event={**_EVENT, "Step": _STEPS[number]})

    return prepare


def _emergency(scene: Scene) -> Call:
    """Replace all keys in the midst of a rotation."""
    scene.world.send(_rotation(1)(scene))
    return Call(function="keys", event={"action": "replace-all"})


def _first_keys(scene: Scene) -> Call:
    services = scene.world.services
    services.secrets.begin()
    del services.database.tables["directory"].items["PUBLIC_KEYS"]
    event = {
        "RequestType": "Create",
        "ResponseURL": "https://cloudformation.example",
        "StackId": "stack",
        "RequestId": "first-keys".ljust(32, "0"),
        "LogicalResourceId": "FirstKeys",
    }
    return Call(function="keys", event=event)


def _signs(scene: Scene, _call: Call, _answer: Answer) -> str:
    """Tokens that are issued now can be checked by the published keys."""
    issued = scene.world.send(scene.token_call(token_flows.CLIENT_CREDENTIALS))
    return "" if issued.status == 200 else f"no token: {issued.body}"


def _mail(act: Callable[[Scene], object], variant: str) -> Flow:
    return Flow(
        covers="function jobs",
        prepare=_told("jobs", act, "grants", "JOB#"),
        right=_ANY,
        doubles={"LINK": 1, "MAIL": 1},
        variant=variant,
    )


def _plans(act: Callable[[Scene], object], table: str, prefix: str, variant: str) -> Flow:
    return Flow(covers="function plans", prepare=_told("plans", act, table, prefix), right=_ANY, variant=variant)


def _repair(scene: Scene) -> Call:
    _subscribe(scene)
    return Call(function="plans", event={"action": "repair"})


WRITES = [
    _mail(_form("stranger", "/t/johnsorg/signup", email="anna@example.com", name="Anna"), "sign-up"),
    _mail(_known_sign_up, "sign-up of somebody known"),
    _mail(_form("stranger", "/t/johnsorg/recover", username="john@gmail.com"), "recovery"),
    _mail(_form("stranger", "/signup/organisation", email="anna@example.com", name="Anna"), "new organisation"),
    _mail(_approve, "approval"),
    _mail(_invite, "invitation"),
    _mail(_reset, "reset"),
    Flow(covers="function events", prepare=_told("events", _issue, "grants", "GRANT#"), right=_ANY),
    _plans(_subscribe, "directory", "APPLICATION#", "subscribed"),
    Flow(covers="function plans", prepare=_unsubscribe, right=_ANY, variant="unsubscribed"),
    _plans(_publish, "directory", "DEPLOYMENT#", "stage"),
    _plans(_withdraw, "directory", "DEPLOYMENT#", "stage withdrawn"),
    Flow(covers="function plans", prepare=_repair, right=_ANY, variant="repair"),
    *(
        Flow(covers="function keys", prepare=_rotation(number), right=_ANY, variant=step, proves=_signs)
        for number, step in enumerate(_STEPS)
    ),
    Flow(
        covers="function keys",
        prepare=_emergency,
        right=_ANY,
        doubles={"SECRET texts": 1},
        variant="replace-all",
        proves=_signs,
    ),
    Flow(covers="function keys", prepare=_first_keys, right=_ANY, variant="first keys", proves=_signs),
]
