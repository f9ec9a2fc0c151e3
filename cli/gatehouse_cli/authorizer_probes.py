"""What the authorizer answers the doctor, who asks as API Gateway would."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gatehouse_cli import invocations, probes, sdk
from gatehouse_cli.exchanges import UnreachableError
from gatehouse_cli.findings import Finding, ok, unchecked, wrong
from gatehouse_cli.invocations import BUILD
from gatehouse_cli.stack import Stack

_BEARER = f"Bearer {probes.BAD_TOKEN}"
_OPEN = "take the APIs out of service, and report it"


def find_authorizer(check: str, connected: Stack) -> Sequence[Finding]:
    """Ask the authorizer as API Gateway would, without a token and with one that nobody was given."""
    client = sdk.client("lambda", connected.region)
    method = f"arn:aws:execute-api:{connected.region}:{connected.account}:doctor/probe/GET/"
    route = {"version": "2.0", "type": "REQUEST", "routeArn": method, "routeKey": "GET /"}
    events: dict[str, dict[str, Any]] = {
        "without a token": {**route, "headers": {}},
        "with a bad token": {**route, "headers": {"authorization": _BEARER}},
        "with a bad token, at a REST API": {"type": "TOKEN", "methodArn": method, "authorizationToken": _BEARER},
    }
    refused = [_ask(f"{check} {name}", client, connected.authorizer_arn, event) for name, event in events.items()]
    return [*refused, _ask_with_token(f"{check} with a valid token", client, connected, method)]


def _ask_with_token(check: str, client: Any, connected: Stack, method: str) -> Finding:
    """Ask with a token of the operator's client: recognised, it is denied for an API that nobody published."""
    client_id, secret = (os.environ.get(f"GATEHOUSE_CLIENT_{name}", "") for name in ("ID", "SECRET"))
    if not client_id or not secret:
        action = "set GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET of a client that may use client_credentials"
        return unchecked(check, "no client was given", action)
    try:
        reply = probes.obtain_token(connected, client_id, secret)
    except UnreachableError as error:
        return unchecked(check, str(error), error.action)
    token = reply.json().get("access_token")
    if not token:
        seen = f"/token answers {reply.status} {reply.json().get('error', '')}"
        return unchecked(check, seen.strip(), "use a client that may use client_credentials")
    event = {"type": "TOKEN", "methodArn": method, "authorizationToken": f"Bearer {token}"}
    answer = invocations.invoke(client, connected.authorizer_arn, event)
    code, effects = answer.said.get("context", {}).get("code"), _effects(answer.said)
    if answer.import_failure:
        return wrong(check, answer.import_failure, "the authorizer was deployed without a build", BUILD)
    if effects == {"Deny"}:
        return ok(check, f"recognised, and denied with {code} for an API that is not published")
    if effects:
        return wrong(check, "allowed for an API that is not published", "the gate is open", _OPEN)
    means = "the gate refuses a token that was just issued, or cannot decide"
    return wrong(check, answer.error, means, "read the authorizer's log, and compare its version with that of Token")


def _effects(said: Mapping[str, Any]) -> set[str]:
    statements: list[dict[str, Any]] = said.get("policyDocument", {}).get("Statement", [])
    return {str(one.get("Effect")) for one in statements}


def _ask(check: str, client: Any, arn: str, event: dict[str, Any]) -> Finding:
    answer = invocations.invoke(client, arn, event)
    if answer.import_failure:
        means = "the authorizer was deployed without a build: every API behind it is closed"
        return wrong(check, answer.import_failure, means, BUILD)
    said = answer.said
    if said.get("isAuthorized") is False:
        return ok(check, "denied")
    if said.get("errorMessage") == "Unauthorized":
        return ok(check, "refused by the exact word `Unauthorized`")
    if said.get("isAuthorized") or "policyDocument" in said:
        return wrong(check, "allowed", "the gate is open", _OPEN)
    means = "the gate cannot decide: everything behind it is refused"
    return wrong(check, answer.error, means, "read the authorizer's log: its line `failed` has the trace")
