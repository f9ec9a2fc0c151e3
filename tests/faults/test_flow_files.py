"""Five flows by the files that they call: no flow goes back up to a room that it has left, and CONTRIBUTING draws them.

Rooms are floors: `functions`, `bootstrap`, `endpoints`, then the rooms of the domain down to the kernel. Each calls
those below. Endpoints and domain enter `storage` by the implementation of a port; it calls the domain itself.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from gatehouse.endpoints.authorizer import answers
from tests import factories
from tests.faults.scene import DEVPORTAL, PUBLISHER, FlowBrowser, Scene, authorization, code_of, document
from tests.faults.token_flows import gate_call
from tests.template import ROOT
from tests.vectors import authorization as vectors

PACKAGE = f"{ROOT}/layers/common/gatehouse/"
FLOORS = (
    "functions",
    "bootstrap",
    "endpoints",
    "domain/portal",
    "domain/oauth",
    "domain/apis",
    "domain/accounts",
    "domain/kernel",
)
CALLED_BACK = {
    "Client.title": "the port `AskingClient` of `domain/accounts`: a member is told which client asks",
    "HeldGrants.add_grant": "the port of grants: new keys are stored with their first token in one transaction",
    "handler": "the port `FunctionInvoker`: the store invokes the publishing function, which runs here in one process",
    "PublisherFront._invoke.<locals>.<lambda>": "the publishing function is invoked while the caller has a place",
    "Reach.opens": "the policy asks the gate about each route that it may open",
}
"""What is called from below, each with its reason: an implementation of a port, or a function that was given along."""


@dataclass
class Passage:
    """The files of one flow in the order of their first calls, and its calls from one file to another."""

    files: list[str] = field(default_factory=list[str])
    calls: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    def note(self, frame: FrameType, event: str, _argument: Any) -> None:
        called = _file(frame)
        if event != "call" or called is None:
            return
        if called not in self.files:
            self.files.append(called)
        before = frame.f_back
        while before is not None and _file(before) is None:
            before = before.f_back
        caller = None if before is None else _file(before)
        if caller is not None and caller != called:
            self.calls.add((caller, called, frame.f_code.co_qualname))


def _file(frame: FrameType) -> str | None:
    """Return the file of ours that runs; None for libraries, tests and templates."""
    name = frame.f_code.co_filename
    if not name.endswith(".py") or "/.venv/" in name:
        return None
    ours = (name.removeprefix(start) for start in (PACKAGE, f"{ROOT}/") if name.startswith(start))
    found = next(ours, "")
    return found if found.startswith(("functions/", "bootstrap/", "endpoints/", "domain/", "storage/")) else None


def follow(run: Callable[[], object]) -> Passage:
    passage, before = Passage(), sys.getprofile()
    sys.setprofile(passage.note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return passage


PASSWORD = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD, "scope": "read"}


def grant_a_password(scene: Scene) -> Callable[[], object]:
    return lambda: scene.run(scene.token_call(PASSWORD))


def decide_at_the_gate(scene: Scene) -> Callable[[], object]:
    token = scene.run(scene.token_call(PASSWORD)).json["access_token"]
    return lambda: scene.world.send(gate_call(scene, token))


def generate_keys(scene: Scene) -> Callable[[], object]:
    path = f"{DEVPORTAL}/applications/{scene.ids['applicationId']}/generate-keys"
    body = {"keyType": "SANDBOX", "grantTypesToBeSupported": ["client_credentials"]}
    return lambda: scene.api("john", "POST", path, body)


def authorize_to_token(scene: Scene) -> Callable[[], object]:
    def run() -> None:
        browser = FlowBrowser(scene.world)
        page = browser.get(f"/authorize?{authorization(scene, scope='read openid')}")
        page = browser.submit(browser.get(page.location), username="john@gmail.com", password=factories.PASSWORD)
        page = browser.submit(browser.get(page.location), decision="allow")
        form = {"redirect_uri": vectors.REDIRECT_URI, "code_verifier": vectors.VERIFIER}
        code = {"grant_type": "authorization_code", "code": code_of(page.location)}
        scene.run(scene.token_call(code | form))

    return run


def publish(scene: Scene) -> Callable[[], object]:
    body = {"document": document("fresh", "read", "write"), "apiId": "fresh"}
    return lambda: scene.api("paul", "POST", f"{PUBLISHER}/apis", body)


FLOWS = {
    "password grant": grant_a_password,
    "gate decision": decide_at_the_gate,
    "generate keys": generate_keys,
    "authorize to token": authorize_to_token,
    "publish": publish,
}


@pytest.fixture
def passages(scene: Scene) -> dict[str, Passage]:
    for name in ("token", "authorizer", "store", "signin", "publisher"):
        scene.world.module(name)
    found: dict[str, Passage] = {}
    for name, prepare in FLOWS.items():
        prepared = prepare(scene)
        answers.find_stage.cache_clear()  # the first call of a stage passes more files than those that follow
        found[name] = follow(prepared)
    return found


def floor(file: str) -> int | None:
    """Return how far down a file is; None in the storage."""
    return next((number for number, name in enumerate(FLOORS) if file.startswith(f"{name}/")), None)


def test_no_flow_goes_back_up_to_a_room_but_by_a_port_or_a_callback(passages: dict[str, Passage]) -> None:
    up, stored = set[str](), set[str]()
    for passage in passages.values():
        for caller, called, name in passage.calls:
            start, end = floor(caller), floor(called)
            if start is not None and end is not None and end < start:
                up.add(name)
            if called.startswith("storage/") and start is not None and start >= FLOORS.index("endpoints"):
                stored.add(name)

    assert up == CALLED_BACK.keys()
    assert {name for name in stored if not name.startswith(("DynamoDB", "SecretsManager"))} == set()
    assert len(stored) > 20


def test_the_storage_calls_no_floor_above_the_domain(passages: dict[str, Passage]) -> None:
    called = {two for passage in passages.values() for one, two, _ in passage.calls if one.startswith("storage/")}

    assert called
    assert {one for one in called if not one.startswith(("domain/", "storage/"))} == set()


def drawn() -> dict[str, list[list[str]]]:
    """Return the cells of the table in CONTRIBUTING.md, by flow: the files of requests, rules and storage."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = (line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| "))
    return {name: [re.findall(r"`([^`]+\.py)`", cell) for cell in cells] for name, *cells in rows if name in FLOWS}


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_passes_the_files_that_contributing_names_in_their_order(
    passages: dict[str, Passage], flow: str
) -> None:
    files = passages[flow].files

    for cell in drawn()[flow]:
        assert [one for one in files if one in cell] == cell
