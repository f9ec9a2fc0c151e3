"""What works in the scene, and what ends it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import factories
from tests.faults.scene import (
    ADMIN,
    Scene,
)
from tests.faults.token_flows import gate_call
from tests.faults.world import Call

PASSWORD = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD}
JOHN = f"{ADMIN}/members/john@gmail.com"

type Use = Callable[[], bool]
"""Whether something works still."""


@pytest.fixture(autouse=True)
def as_it_was(scene: Scene) -> Iterator[None]:
    """Give the scene its client's secret back, which a transfer replaces."""
    client = scene.client
    yield
    scene.client = client


def passes(scene: Scene, token: str, path: str = "/read") -> bool:
    call = gate_call(scene, token)
    stage = call.event["methodArn"].removesuffix("/GET/read")
    there = {**call.event, "methodArn": f"{stage}/GET{path}", "resource": path, "path": path}
    context = {**call.event["requestContext"], "resourcePath": path}
    answer = scene.world.send(Call(function="authorizer", event={**there, "requestContext": context}))
    value: dict[str, Any] = answer.value or {}
    found: list[dict[str, Any]] = value.get("policyDocument", {}).get("Statement", [])
    return any(one["Effect"] == "Allow" and f"/GET{path}" in str(one["Resource"]) for one in found)


def tokens_of(scene: Scene, form: dict[str, str], scope: str = "read openid") -> dict[str, str]:
    return scene.run(scene.token_call({**form, "scope": scope})).json
