"""What the doctor asks of AWS about a stack, with the operator's credentials."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gatehouse_cli import invocations, sdk
from gatehouse_cli.deployments import FAILED_STATES
from gatehouse_cli.findings import Finding, ok, unchecked, wrong
from gatehouse_cli.invocations import BUILD
from gatehouse_cli.stack import Stack

CONCURRENCY_MIN = 100
"""Executions that an account should have: a sign-in takes one for some 0.3 s, and the gate one for each call."""

ROTATION_GRACE_DAYS = 3
ROTATION_SECONDS = 600
"""How long the four steps of a rotation may take, their repetitions included."""

_DAY_SECONDS = 86_400
_BUILT = Path(".aws-sam") / "build" / "template.yaml"


def find_state(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether CloudFormation finished."""
    if connected.status in FAILED_STATES:
        means = "CloudFormation gave up: what runs is neither the old release nor the new one"
        action = "read the stack's events; then: aws cloudformation continue-update-rollback, and deploy again"
        return [wrong(check, connected.status, means, action)]
    if connected.status.endswith("IN_PROGRESS"):
        return [unchecked(check, f"{connected.status}: a deployment is under way", "run the doctor again afterwards")]
    return [ok(check, connected.status)]


def find_version(check: str, connected: Stack) -> Sequence[Finding]:
    """Compare the build that runs with the one in this folder."""
    running = connected.outputs.get("BuildVersion", "")
    built = _built_version()
    if running == "none":
        means = "the source was deployed without its dependencies: no function can be imported"
        return [wrong(check, "what runs was not built", means, BUILD)]
    if not running:
        return [unchecked(check, "the stack names no BuildVersion", BUILD)]
    if not built:
        return [unchecked(check, f"{running} runs; there is no build in this folder", "run the doctor where you build")]
    if running != built:
        return [wrong(check, f"{running} runs; {built} is built here", "the build was not deployed", "make deploy")]
    return [ok(check, f"{running} runs, as built here")]


def _built_version() -> str:
    try:
        template: Any = yaml.load(_BUILT.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        value = template["Outputs"]["BuildVersion"]["Value"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return ""
    return value if isinstance(value, str) else ""


def find_functions(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether each function is active, and whether those behind the streams can be imported."""
    client = sdk.client("lambda", connected.region)
    names = _functions(connected)
    found = [_look_at(f"{check}: {logical}", client, name) for logical, name in sorted(names.items())]
    return found or [wrong(check, "the stack has no functions", "it is not Gatehouse's", "deploy again")]


def _look_at(check: str, client: Any, name: str) -> Finding:
    said = client.get_function_configuration(FunctionName=name, Qualifier="live")
    state, update = said.get("State", "Active"), said.get("LastUpdateStatus", "Successful")
    if state == "Failed" or update == "Failed":
        reason = said.get("StateReason") or said.get("LastUpdateStatusReason") or "no reason given"
        return wrong(check, f"{state}, last update {update}", reason, "deploy again")
    if state == "Pending" or update == "InProgress":
        return unchecked(check, f"{state}, last update {update}", "run the doctor again in a minute")
    variables = said.get("Environment", {}).get("Variables", {})
    if variables.get("FETCHER_TEST_HOSTS"):
        return _look_at_test_hosts(check, variables)
    mappings = client.list_event_source_mappings(FunctionName=f"{name}:live")["EventSourceMappings"]
    stopped = [one["UUID"] for one in mappings if one.get("State") in {"Disabled", "Disabling"}]
    if stopped:
        action = "aws lambda update-event-source-mapping --enabled --uuid " + stopped[0]
        return wrong(check, "its stream is switched off", "statistics, mails or usage plans stand still", action)
    if not mappings:
        return ok(check, f"version {said.get('Version', '?')} is {state.lower()}")
    failure = invocations.invoke(client, f"{name}:live", {"Records": []}).import_failure
    if failure:
        return wrong(check, failure, "the function was deployed without a build", BUILD)
    return ok(check, f"version {said.get('Version', '?')} takes an empty batch")


def _look_at_test_hosts(check: str, variables: Mapping[str, str]) -> Finding:
    """Report that the fetcher may call loopback addresses, where Lambda's own interface listens on AWS."""
    seen, means = f"FetcherTestHosts is {variables['FETCHER_TEST_HOSTS']}", "the fetcher calls these on loopback"
    if variables.get("AWS_ENDPOINT_URL"):
        return ok(check, seen, f"{means}, for tests on an emulator")
    return wrong(check, seen, f"{means}, without any check", "deploy with FetcherTestHosts empty")


def find_rotation(check: str, connected: Stack) -> Sequence[Finding]:
    """See how old the signing keys are, and whether a rotation was left behind."""
    client, secret = sdk.client("secretsmanager", connected.region), connected.outputs["SigningKeysArn"]
    described = client.describe_secret(SecretId=secret)
    stages: Mapping[str, Sequence[str]] = described["VersionIdsToStages"]
    left = [one for one, labels in stages.items() if "AWSPENDING" in labels and "AWSCURRENT" not in labels]
    if not described.get("RotationEnabled"):
        return [wrong(check, "rotation is off", "the keys are never replaced", "deploy again")]
    versions = client.list_secret_version_ids(SecretId=secret)["Versions"]
    if left and _is_fresh(versions, left[0]):
        return [unchecked(check, "a rotation is under way", "run the doctor again in ten minutes")]
    if left:
        action = (
            "if no rotation is under way: aws secretsmanager update-secret-version-stage --version-stage AWSPENDING "
            f"--secret-id {secret} --remove-from-version-id {left[0]}"
        )
        return [wrong(check, "a version has the label AWSPENDING", "the next rotation will be refused", action)]
    return [_judge_age(check, versions, connected)]


def _is_fresh(versions: Sequence[Any], version: str) -> bool:
    """Tell whether a version was made so lately that its rotation may still go on."""
    created = next((one["CreatedDate"] for one in versions if one["VersionId"] == version), None)
    return created is not None and time.time() - created.timestamp() < ROTATION_SECONDS


def _judge_age(check: str, versions: Sequence[Any], connected: Stack) -> Finding:
    created = next(one["CreatedDate"] for one in versions if "AWSCURRENT" in one.get("VersionStages", ()))
    days = int((time.time() - created.timestamp()) // _DAY_SECONDS)
    every = int(connected.parameters.get("KeyRotationDays", "30"))
    seen = f"the current keys are {days} days old, rotated every {every} days"
    if days > every + ROTATION_GRACE_DAYS:
        return wrong(check, seen, "rotations fail", "read the log of the function Keys")
    return ok(check, seen)


def find_mail(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether SES sends from MailFrom, to everybody."""
    sender = connected.parameters.get("MailFrom", "")
    if not sender:
        means = "no mails are sent: nobody signs up by themselves or resets a password"
        return [ok(check, "MailFrom is empty", means, "deploy with MailFrom if you want that")]
    identities = [sender, *_domains(sender.partition("@")[2])]
    said = sdk.client("ses", connected.region).get_identity_verification_attributes(Identities=identities)
    states = {name: one["VerificationStatus"] for name, one in said["VerificationAttributes"].items()}
    if "Success" not in states.values():
        return [wrong(check, f"{sender} is not verified in SES", "no mail is sent", "verify its domain in SES")]
    account = sdk.client("sesv2", connected.region).get_account()
    if account.get("SendingEnabled") is False:
        means, action = "no mail is sent", "see why in the SES console, and ask AWS to resume it"
        return [wrong(check, f"SES has paused sending: {account.get('EnforcementStatus', 'no status')}", means, action)]
    if not account.get("ProductionAccessEnabled"):
        means = "mails reach verified addresses only"
        action = "ask AWS to take the account out of the SES sandbox (docs/how-to/mail.md)"
        return [wrong(check, f"{sender} is verified; the account is in the SES sandbox", means, action)]
    return [ok(check, f"{sender} is verified, and the account is out of the SES sandbox")]


def _domains(domain: str) -> list[str]:
    """Return a domain and those above it: who verified one of them sends from all addresses below."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]


def find_concurrency(check: str, connected: Stack) -> Sequence[Finding]:
    """See how many executions are left for the gate."""
    client = sdk.client("lambda", connected.region)
    limits = client.get_account_settings()["AccountLimit"]
    account, shared = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    name = connected.authorizer_arn.split(":")[6]
    own = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", 0)
    seen = f"the account has {account}, {shared} of them unreserved; {own} are kept for the authorizer"
    if max(own, shared) < CONCURRENCY_MIN:
        means = "a few calls at once throttle the gate, which refuses them"
        action = "raise Lambda's quota of concurrent executions, then keep some with AuthorizerConcurrency"
        return [wrong(check, seen, means, action)]
    if not own:
        return [ok(check, seen, "a flood elsewhere could close the gate", "consider AuthorizerConcurrency")]
    publishing = connected.parameters.get("PublishingConcurrency", "0")
    if publishing == "0":
        means = "expensive documents, published many at once, could use up what the other functions share"
        return [ok(check, seen, means, "consider PublishingConcurrency, such as 5")]
    if publishing == "1":
        means = "one organisation that publishes without a pause leaves no execution to the others"
        return [ok(check, seen, means, "consider PublishingConcurrency of at least 2, such as 5")]
    return [ok(check, seen)]


def find_certificate(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether the certificate in ACM is of PublicUrl's domain."""
    arn = connected.parameters.get("CertificateArn", "")
    if not arn:
        return [ok(check, "CertificateArn is empty: no custom domain")]
    said = sdk.client("acm", connected.region).describe_certificate(CertificateArn=arn)["Certificate"]
    names: list[str] = sorted({said["DomainName"], *said.get("SubjectAlternativeNames", ())})
    host = connected.public_url.removeprefix("https://").partition(":")[0]
    if not any(_covers(one, host) for one in names):
        action = "deploy with a CertificateArn of that domain, or the PublicUrl of one of these"
        return [wrong(check, f"it is for {', '.join(names)}", f"no client connects to {host}", action)]
    if said.get("Status") != "ISSUED":
        return [wrong(check, f"it is {said.get('Status')}", f"no client connects to {host}", "validate it in ACM")]
    return [ok(check, f"it is for {host}")]


def _covers(name: str, host: str) -> bool:
    return name.lower() == host.lower() or (
        name.startswith("*.") and host.lower().partition(".")[2] == name[2:].lower()
    )


def _functions(connected: Stack) -> dict[str, str]:
    """Return the physical names by logical ones. DescribeStackResources would stop after the first 100 resources."""
    listing = sdk.client("cloudformation", connected.region).get_paginator("list_stack_resources")
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in listing.paginate(StackName=connected.name)
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == "AWS::Lambda::Function"
    }
