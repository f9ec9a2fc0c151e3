"""The first signing keys: CloudFormation is answered, and a permission that is not in effect yet is waited for."""

import importlib
import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.request import Request

import pytest

from gatehouse.storage.aws.transport import RequestRefusedError
from tests.unit.functions.variables import ENVIRONMENT

EVENT = {
    "RequestType": "Create",
    "ResponseURL": "https://cloudformation.example/answer",
    "StackId": "stack",
    "RequestId": "request",
    "LogicalResourceId": "FirstSigningKeys",
}


@dataclass
class Rotation:
    """Refuses as IAM does, for so many seconds of the clock that it and the function share."""

    refused_for_seconds: float
    now: float = 0
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def begin(self, token: str, now: int) -> None:
        assert (token, now >= 0) == ("request", True)
        if self.now < self.refused_for_seconds:
            raise RequestRefusedError("AccessDeniedException")

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def put(self, request: Request, timeout: float) -> nullcontext[None]:
        assert timeout
        assert isinstance(request.data, bytes)
        self.answers.append(json.loads(request.data))
        return nullcontext()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name, value in (ENVIRONMENT | {"SIGNING_KEYS_SECRET": "keys"}).items():
        monkeypatch.setenv(name, value)
    return importlib.import_module("functions.keys.app")


def call(app: ModuleType, monkeypatch: pytest.MonkeyPatch, refused_for_seconds: float) -> Rotation:
    """Let CloudFormation create the keys while IAM refuses for so long."""
    rotation = Rotation(refused_for_seconds)
    monkeypatch.setattr(app, "rotation", rotation)
    monkeypatch.setattr(app.time, "sleep", rotation.sleep)
    monkeypatch.setattr(app.time, "monotonic", lambda: rotation.now)
    monkeypatch.setattr(app.urllib.request, "urlopen", rotation.put)
    app.handler(EVENT, None)
    return rotation


@pytest.mark.parametrize("seconds", [0, 5, 55])
def test_a_permission_that_is_not_in_effect_yet_is_waited_for(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    rotation = call(app, monkeypatch, seconds)

    assert [one["Status"] for one in rotation.answers] == ["SUCCESS"]
    assert rotation.now >= seconds


def test_one_that_is_missing_fails_within_the_time_that_the_function_has(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation = call(app, monkeypatch, 3600)

    assert [one["Status"] for one in rotation.answers] == ["FAILED"]
    assert 60 <= rotation.now < 100
