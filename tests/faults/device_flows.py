"""Flows of device authorization (RFC 8628): the device's requests, and the pages of its user."""

from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from tests.answers import Answer
from tests.faults.flows import Flow
from tests.faults.scene import FlowBrowser, Scene
from tests.faults.token_flows import opens
from tests.faults.world import Call

_PAGE = "/t/johnsorg/device"


def _begin(scene: Scene) -> Call:
    return scene.token_call({"scope": "read openid"}, "/device_authorization")


def _poll(scene: Scene, begun: Answer) -> Call:
    return scene.token_call({"grant_type": GRANT_TYPE, "device_code": begun.json["device_code"]})


def _pending(scene: Scene) -> Call:
    return _poll(scene, scene.run(_begin(scene)))


def _entered(scene: Scene, begun: Answer) -> tuple[FlowBrowser, Call]:
    browser = scene.browser("john")
    return browser, browser.submission(browser.get(_PAGE), user_code=begun.json["user_code"])


def _enter(scene: Scene) -> Call:
    return _entered(scene, scene.run(_begin(scene)))[1]


def _decision(scene: Scene, begun: Answer, decision: str) -> Call:
    browser, call = _entered(scene, begun)
    return browser.submission(browser.send(call), decision=decision)


def _allow(scene: Scene) -> Call:
    return _decision(scene, scene.run(_begin(scene)), "allow")


def _deny(scene: Scene) -> Call:
    return _decision(scene, scene.run(_begin(scene)), "deny")


def _redeem(scene: Scene) -> Call:
    begun = scene.run(_begin(scene))
    scene.run(_decision(scene, begun, "allow"))
    return _poll(scene, begun)


WRITES = [
    Flow(covers="token POST /device_authorization", prepare=_begin, doubles={"DEVICE": 1}),
    Flow(
        covers=f"grant {GRANT_TYPE}",
        prepare=_redeem,
        again=frozenset({400}),
        proves=opens,
    ),
    Flow(covers=f"grant {GRANT_TYPE}", prepare=_pending, right=frozenset({400}), variant="pending"),
    Flow(covers="signin POST /device", prepare=_enter),
    Flow(covers="signin POST /device/decision", prepare=_allow),
    Flow(covers="signin POST /device/decision", prepare=_deny, variant="denied"),
]
