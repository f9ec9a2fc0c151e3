"""What the doctor asks of the function Keys: which key is at which stage, and whether a failure reaches the log."""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from gatehouse_cli import exchanges, invocations, sdk
from gatehouse_cli.exchanges import UnreachableError
from gatehouse_cli.findings import Finding, ok, unchecked, wrong
from gatehouse_cli.invocations import BUILD, Invocation
from gatehouse_cli.stack import Stack

LOGGED_WITHIN_SECONDS = 30
_PAUSE_SECONDS = 2
_DAY_SECONDS = 86_400


def find_key_stages(check: str, connected: Stack) -> Sequence[Finding]:
    """See that the key that signs and the next one are published."""
    answer = _invoke(connected, "")
    if answer.import_failure:
        means = "keys are not rotated: the function was deployed without a build"
        return [wrong(check, answer.import_failure, means, BUILD)]
    said = answer.said
    if "current" not in said:
        means = "there are no keys, or they cannot be read"
        return [wrong(check, answer.error, means, "read the log of the function Keys")]
    days = int((time.time() - said["current"]["published_at"]) // _DAY_SECONDS)
    seen = f"the key that signs was published {days} days ago; one is next, {len(said['previous'])} have signed"
    try:
        reply = exchanges.send(connected.public_url + "/.well-known/jwks.json")
    except UnreachableError as error:
        return [unchecked(check, f"{seen}; {error}", error.action)]
    if reply.status != 200:
        return [unchecked(check, f"{seen}; the JWK Set answers {reply.status}", "see the line of the published keys")]
    published = {one.get("kid") for one in reply.json().get("keys") or ()}
    missing = {stage for stage in ("current", "next") if said[stage]["kid"] not in published}
    if missing:
        means = "verifiers do not find the key, and refuse what it signs"
        return [wrong(check, f"{seen}; not published: {', '.join(sorted(missing))}", means, _REPLACE)]
    return [ok(check, f"{seen}; both are published")]


_REPLACE = "if it stays so for a minute, replace all keys: docs/how-to/rotate-keys.md"


def find_log_filter(check: str, connected: Stack) -> Sequence[Finding]:
    """See that a line of the level of a failure passes the functions' log level."""
    level = connected.parameters.get("LogLevel", "INFO")
    probe, began = f"doctor-{secrets.token_hex(8)}", int(time.time() * 1000) - 60_000
    if _invoke(connected, probe).has_failed:
        return [unchecked(check, "the function Keys fails", "see the line of the signing keys")]
    client = sdk.client("logs", connected.region)
    group = f"/aws/lambda/{connected.outputs['KeysFunctionName']}"
    deadline = time.monotonic() + LOGGED_WITHIN_SECONDS
    while True:
        if _is_logged(client, group, probe, began):
            return [ok(check, f"with LogLevel={level}, a line of the level ERROR is kept")]
        if time.monotonic() > deadline:
            break
        time.sleep(_PAUSE_SECONDS)
    seen = f"with LogLevel={level}, a line of the level ERROR is not in the log after {LOGGED_WITHIN_SECONDS} s"
    means = "failures leave no line, and the alarm of the authorizer counts none"
    return [wrong(check, seen, means, "see the function's logging configuration, and report it with this line")]


def _is_logged(client: Any, group: str, probe: str, began: int) -> bool:
    """Say whether a line is in the log. CloudWatch may answer pages without events before the one that has it."""
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=began, filterPattern=f'"{probe}"'
    )
    return any(probe in one["message"] for page in pages for one in page["events"])


def _invoke(connected: Stack, probe: str) -> Invocation:
    client, event = sdk.client("lambda", connected.region), {"action": "inspect", "probe": probe}
    return invocations.invoke(client, connected.outputs["KeysFunctionName"], event)
