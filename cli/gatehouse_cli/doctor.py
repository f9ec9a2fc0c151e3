"""`gatehouse doctor`: is the stack what it should be?"""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import typer

from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import Stack

_TIMEOUT_SECONDS = 10


@output.refusing
def doctor(*, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Check the stack from outside and inside; ends with status 1 if anything is wrong."""
    connected = stack.connect(name)
    checks = [
        ("the directory can be read", lambda: _directory(connected)),
        ("the token service answers", lambda: _answers(connected)),
        ("signing keys are published", lambda: _keys(connected)),
        ("every stage leads to an API", lambda: _stages(connected)),
        ("no API has warnings", lambda: _warnings(connected)),
    ]
    found = [_run(title, check) for title, check in checks]
    output.rows(found, is_json=is_json)
    if not all(row["ok"] for row in found):
        raise typer.Exit(1)


def _run(title: str, check: Callable[[], str]) -> output.Row:
    try:
        problem = check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        problem = f"{type(error).__name__}: {error}"
    return {"check": title, "ok": not problem, "problem": problem}


def _directory(connected: Stack) -> str:
    return "" if connected.organisations() else "there is no organisation: gatehouse organisations create"


def _answers(connected: Stack) -> str:
    document = _get(connected, "/.well-known/oauth-authorization-server")
    return "" if document.get("token_endpoint") else "its metadata name no token endpoint"


def _keys(connected: Stack) -> str:
    return "" if _get(connected, "/.well-known/jwks.json").get("keys") else "the JWK Set is empty"


def _stages(connected: Stack) -> str:
    lost = [
        f"{stage.gateway_id}/{stage.stage}"
        for organisation in connected.organisations()
        for api in connected.publishing.find_apis_of(organisation.key)
        for stage in api.deployments
        if connected.directory.find_deployment(stage.account, stage.region, stage.gateway_id, stage.stage) != stage
    ]
    return f"publish again: {', '.join(lost)}" if lost else ""


def _warnings(connected: Stack) -> str:
    found = [
        f"{organisation.key}/{api.api_id}: {warning}"
        for organisation in connected.organisations()
        for api in connected.publishing.find_apis_of(organisation.key)
        for warning in api.warnings
    ]
    return "; ".join(found)


def _get(connected: Stack, path: str) -> dict[str, Any]:
    url = connected.public_url + path
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no URL")
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
        return json.loads(answer.read())
