"""The scene is built once in a process; every flow begins with a copy of it. At the end: how much was injected."""

import logging
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from gatehouse.domain.accounts import passwords
from gatehouse.storage.aws import deadlines
from tests import factories
from tests.faults.report import Injected

if TYPE_CHECKING:  # what flows need takes a second to import, which the process that only starts others should not take
    from tests.faults.scene import Scene
    from tests.faults.world import State

_INJECTED = pytest.StashKey[Injected]()
_STARTED = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-units-page", action="store_true", help="write the table of docs/units.md")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_INJECTED], config.stash[_STARTED] = Injected(), time.monotonic()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add up what the processes of pytest-xdist injected."""
    del error
    told = getattr(node, "workeroutput", {}).get("injected")
    if told:
        node.config.stash[_INJECTED].add(Injected(**told))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["injected"] = vars(session.config.stash[_INJECTED])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    injected = config.stash[_INJECTED]
    if injected.faults or injected.meetings:
        seconds = time.monotonic() - config.stash[_STARTED]
        terminalreporter.write_line(f"{injected.told} in {seconds:.0f} s")


@pytest.fixture(autouse=True)
def no_deadline_left() -> Iterator[None]:
    """What a function was told of its time is over with the test; the next one is of another clock."""
    yield
    deadlines.begin(None)


@pytest.fixture(autouse=True)
def all_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every answer of a JSON API to its OpenAPI document: what only a fault or another party causes, too."""
    from gatehouse.endpoints.responses import RefusalError
    from gatehouse.endpoints.rest.json_api import JsonApi
    from tests.unit import described

    answer = JsonApi.answer

    def held(self: JsonApi, request: Any) -> Any:
        try:
            response = answer(self, request)
        except RefusalError as refusal:
            described.check(self, request.method, request.path, refusal.response)
            raise
        described.check(self, request.method, request.path, response)
        return response

    monkeypatch.setattr(JsonApi, "answer", held)


@pytest.fixture
def injected(pytestconfig: pytest.Config) -> Injected:
    """What was injected in this process so far."""
    return pytestconfig.stash[_INJECTED]


@pytest.fixture(scope="session")
def built() -> "Iterator[tuple[Scene, State]]":
    """The scene and its state. Passwords are cheap to hash, nothing is logged, and nothing connects to anything."""
    from tests.faults import scene as scenes
    from tests.faults.world import World

    def refuse(_socket: socket.socket, address: Any) -> None:
        raise AssertionError(f"a flow connects to {address}")

    context = passwords._context().copy(argon2__memory_cost=8, argon2__rounds=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(passwords, "_context", lambda: context)
        patch.setattr(passwords, "_NOBODYS_HASH", context.hash("nobody's password"))
        factories.password_hash.cache_clear()
        scene = scenes.build(World())
        yield scene, scene.world.services.copy()
    factories.password_hash.cache_clear()


@pytest.fixture
def scene(built: "tuple[Scene, State]") -> "Iterator[Scene]":
    """The scene as it was built."""
    from tests.faults.world import NOW_MS

    scene, state = built
    logger = logging.getLogger("gatehouse")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # refusals by the thousand; unexpected errors are seen by their status
    scene.world.services.put_back(state)
    scene.world.now_ms = NOW_MS
    scene.world.wire.reset()
    scene.world.begin()
    yield scene
    logger.setLevel(level)
