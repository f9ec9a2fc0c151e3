"""`gatehouse doctor`: is the stack what it should be, and how does AWS behave where it does not say?"""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from gatehouse_cli import (
    authorizer_probes,
    commands,
    findings,
    inspections,
    key_probes,
    member_checks,
    output,
    probes,
    usage,
)
from gatehouse_cli.findings import Finding, ok, unchecked, wrong
from gatehouse_cli.stack import Stack

type Look = Callable[[str, Stack], Sequence[Finding]]


@commands.on_stack
def doctor(connected: Stack) -> output.Answer:
    """Check the stack from outside and inside; ends with status 1 if anything is wrong."""
    found = [*_run(INSIDE_FIRST, connected)]
    address = findings.run("address", lambda check: probes.find_address(check, connected))
    found += address
    if all(one.state == "ok" for one in address):
        found += _run(OUTSIDE, connected)
    else:
        found += [unchecked(title, "PublicUrl does not lead to the service") for title, _ in OUTSIDE]
    found += _run(INSIDE, connected)
    return output.Rows([asdict(one) for one in found], status=1 if any(one.state == "wrong" for one in found) else 0)


def _run(checks: Sequence[tuple[str, Look]], connected: Stack) -> list[Finding]:
    return [
        one for title, look in checks for one in findings.run(title, lambda check, look=look: look(check, connected))
    ]


def find_directory(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether the tables can be read; a fresh stack has no organisation yet."""
    count = len(connected.organisations())
    if not count:
        return [ok(check, "no organisation yet", "the stack is fresh", "gatehouse organisations create")]
    return [ok(check, f"{count} organisations")]


def find_lost_stages(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether each stage leads back to the API that names it."""
    lost = [
        f"{stage.gateway_id}/{stage.stage}"
        for api in connected.apis()
        for stage in api.deployments
        if connected.directory.find_deployment(stage.account, stage.region, stage.gateway_id, stage.stage) != stage
    ]
    if lost:
        means = "the gate does not find the API of these stages"
        return [wrong(check, ", ".join(lost), means, "publish their APIs again")]
    return [ok(check, "every stage leads to its API")]


def find_warnings(check: str, connected: Stack) -> Sequence[Finding]:
    """Repeat what publishers were warned of."""
    found = [
        wrong(
            f"{check}: {api.organisation}/{api.api_id}",
            warning,
            "its publisher was warned",
            "publish a changed document",
        )
        for api in connected.apis()
        for warning in api.warnings
    ]
    return found or [ok(check, "no API has warnings")]


INSIDE_FIRST: Sequence[tuple[str, Look]] = (
    ("stack", inspections.find_state),
    ("version", inspections.find_version),
    ("functions", inspections.find_functions),
    ("certificate", inspections.find_certificate),
)
OUTSIDE: Sequence[tuple[str, Look]] = (
    ("token service", probes.find_token_service),
    ("pages", probes.find_store),
    ("published keys", probes.find_jwks),
)
INSIDE: Sequence[tuple[str, Look]] = (
    ("signing keys", inspections.find_rotation),
    ("signing keys: stages", key_probes.find_key_stages),
    ("logs", key_probes.find_log_filter),
    ("authorizer", authorizer_probes.find_authorizer),
    ("HTTP APIs", probes.find_http_apis),
    ("mail", inspections.find_mail),
    ("concurrency", inspections.find_concurrency),
    ("directory", find_directory),
    ("stages", find_lost_stages),
    ("warnings", find_warnings),
    ("usage", usage.find_usage),
    ("administrators", member_checks.find_administrators),
    ("passkeys", member_checks.find_passkeys),
)
