"""Each line of `gatehouse doctor` as it is well, as it is wrong, and as it cannot be checked."""

import json
import os
from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse.storage.dynamodb import keys
from tests.conftest import REGION
from tests.unit.cli.conftest import PASSWORD
from tests.unit.cli.patients import (
    ARN,
    ISSUED,
    REFUSED,
    TOKEN,
    Answer,
    Patient,
    answered,
    invoked,
    payload,
    published,
    refused,
    status,
    version,
)
from tests.unit.cli.patients import patient as patient

SANDBOX = {"ProductionAccessEnabled": False}
UNKNOWN_KEY: Answer = (200, {}, '{"keys": [{"kid": "now"}, {"kid": "another"}]}')


def served(path: str, answer: Any) -> Callable[[Patient], None]:
    return lambda patient: patient.web.update({path: answer})


def asked_of(name: str, answer: Callable[[], dict[str, Any]], **event: Any) -> Callable[[Patient], None]:
    """Let one function answer an event otherwise."""

    def run(**asked: Any) -> Any:
        sent = json.loads(asked["Payload"])
        is_it = asked["FunctionName"] == name and event.items() <= sent.items()
        return answer() if is_it else invoked(asked["FunctionName"], sent)

    return answered("lambda.invoke", run)


def denied_tables(patient: Patient) -> None:
    class Denied:
        def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
            raise RequestRefusedError(f"400 AccessDeniedException: {operation} {len(request)}")

    patient.connected = replace(patient.connected, tables=replace(patient.connected.tables, transport=Denied()))


def gone_tables(patient: Patient) -> None:
    class Gone:
        def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
            raise RequestRefusedError(f"400 ResourceNotFoundException: {operation} {len(request)}")

    patient.connected = replace(patient.connected, tables=replace(patient.connected.tables, transport=Gone()))


def without_client(patient: Patient) -> None:
    os.environ.pop("GATEHOUSE_CLIENT_ID")
    assert patient


def lost_stage(patient: Patient) -> None:
    transport: Any = patient.connected.tables.transport
    key = keys.deployment("123456789012", REGION, "abc123", "v1")
    transport.call("DeleteItem", {"TableName": patient.connected.tables.directory, "Key": key})


FAILING: Callable[[], dict[str, Any]] = lambda: payload({"errorType": "X", "errorMessage": "no"}, is_error=True)  # noqa: E731
OPEN: Callable[[], dict[str, Any]] = lambda: payload({"policyDocument": {"Statement": [{"Effect": "Allow"}]}})  # noqa: E731
BUSY: Answer = (503, {}, "")
BROKEN: Answer = (500, {}, "")
BAD = "Bearer gha_" + "A" * 22 + "." + "B" * 43
WELL = "/.well-known/oauth-authorization-server"


def few_executions(patient: Patient) -> None:
    limits = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    patient.aws |= {"lambda.get_function_concurrency": {}, "lambda.get_account_settings": {"AccountLimit": limits}}


def with_administrator(patient: Patient) -> User:
    """Make an administrator, of an organisation that demands a second factor at once."""
    patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
    patient.operator.done("users", "create", "johnsorg", "ada", "--role", "admin", GATEHOUSE_PASSWORD=PASSWORD)
    options = ("--second-factor-role", "admin", "--second-factor-grace-days", "0")
    patient.operator.done("organisations", "configure", "johnsorg", *options)
    return patient.connected.user("johnsorg", "ada")


def with_passkey(patient: Patient, rp_id: str = "old.example") -> None:
    """Give the administrator a passkey of a host."""
    old = with_administrator(patient)
    before = SecondFactors(organisation="johnsorg", user_id=old.user_id)
    after = replace(before, passkeys=(Passkey(credential_id=b"id", public_key=b"key", rp_id=rp_id),))
    entry = Entry(organisation="johnsorg", at_ms=1, actor="ada", action="factor.add", target="ada")
    store = patient.connected.second_factors
    assert store.change_factors("johnsorg", (old, replace(old, factors=after.kinds)), (before, after), entry)


def test_an_administrator_with_a_passkey_of_this_host_is_well(patient: Patient) -> None:
    with_passkey(patient, "auth.example")

    lines = patient.lines()
    assert (lines["administrators"]["state"], lines["passkeys"]["state"]) == ("ok", "ok")


def test_administrators_without_a_second_factor_are_named(patient: Patient) -> None:
    with_administrator(patient)

    assert patient.lines()["administrators: johnsorg"]["seen"] == "no second factor: ada"


STATES: dict[str, tuple[Callable[[Patient], object], Callable[[Patient], None]]] = {
    "stack": (status("UPDATE_ROLLBACK_FAILED"), status("UPDATE_IN_PROGRESS")),
    "version": (version("none"), version("")),
    "functions: Token": (
        answered("lambda.get_function_configuration", {"State": "Failed"}),
        answered("lambda.get_function_configuration", {"State": "Pending"}),
    ),
    "certificate": (answered("acm.describe_certificate", {"Certificate": ISSUED}), refused("acm.describe_certificate")),
    "address": (served(WELL, BROKEN), served(WELL, BUSY)),
    "token service": (served("/token", BROKEN), served("/token", (429, {}, ""))),
    "token service: challenge": (served("/token", (401, {}, REFUSED[2])), served("/token", BROKEN)),
    "pages: the store": (served("/store", BROKEN), served("/store", BUSY)),
    "pages: the sign-in pages": (served("/signin", (404, {}, "")), served("/signin", BUSY)),
    "pages: the publishers' API": (
        served("/api/am/publisher/v1/openapi.json", BROKEN),
        served("/api/am/publisher/v1/openapi.json", BUSY),
    ),
    "published keys": (served("/.well-known/jwks.json", (200, {}, "{}")), served("/.well-known/jwks.json", BUSY)),
    "signing keys": (
        answered("secretsmanager.describe_secret", {"RotationEnabled": False, "VersionIdsToStages": {}}),
        refused("secretsmanager.describe_secret"),
    ),
    "signing keys: stages": (served("/.well-known/jwks.json", UNKNOWN_KEY), served("/.well-known/jwks.json", BUSY)),
    "logs": (answered("logs.filter_log_events", {"events": []}), refused("logs.filter_log_events")),
    "authorizer without a token": (asked_of(ARN, FAILING, headers={}), refused("lambda.invoke")),
    "authorizer with a bad token": (
        asked_of(ARN, OPEN, headers={"authorization": BAD}),
        refused("lambda.invoke"),
    ),
    "authorizer with a bad token, at a REST API": (
        asked_of(ARN, OPEN, authorizationToken=BAD),
        refused("lambda.invoke"),
    ),
    "authorizer with a valid token": (asked_of(ARN, OPEN, authorizationToken=f"Bearer {TOKEN}"), without_client),
    "HTTP APIs: johnsorg/orders-1.0.0": (
        published(served("/v1/orders", (200, {}, ""))),
        published(served("/v1/orders", ConnectionRefusedError())),
    ),
    "mail": (answered("sesv2.get_account", SANDBOX), refused("sesv2.get_account")),
    "concurrency": (
        few_executions,
        refused("lambda.get_account_settings"),
    ),
    "directory": (gone_tables, denied_tables),
    "stages": (published(lost_stage), denied_tables),
    "warnings: johnsorg/orders-1.0.0": (published(warnings=("it is open",)), denied_tables),
    "administrators: johnsorg": (with_administrator, denied_tables),
    "passkeys: johnsorg": (with_passkey, denied_tables),
}
"""Of each line, how it becomes wrong, and how it cannot be checked."""


def line_of(patient: Patient, check: str) -> dict[str, str]:
    """Return a line, or that of all of its kind."""
    lines = patient.lines()
    return lines[max((one for one in lines if check.startswith(one)), key=len)]


@pytest.mark.parametrize("check", STATES)
def test_a_line_that_is_well_says_what_was_seen(patient: Patient, check: str) -> None:
    published()(patient)

    line = line_of(patient, check)

    assert (line["state"], bool(line["seen"])) == ("ok", True)


@pytest.mark.parametrize(("check", "change"), [(check, wrong) for check, (wrong, _) in STATES.items()])
def test_a_line_that_is_wrong_says_what_it_means_and_what_to_do(
    patient: Patient, check: str, change: Callable[[Patient], object]
) -> None:
    change(patient)

    assert any(check.startswith(one) for one in patient.wrong())


@pytest.mark.parametrize(("check", "change"), [(check, unchecked) for check, (_, unchecked) in STATES.items()])
def test_a_line_that_could_not_be_checked_is_no_fault(
    patient: Patient, check: str, change: Callable[[Patient], None]
) -> None:
    change(patient)

    line = line_of(patient, check)

    assert (line["state"], bool(line["seen"])) == ("not checked", True)


def test_every_line_has_its_three_states_in_these_tests(patient: Patient) -> None:
    published()(patient)

    lines = {name.replace("Events", "Token") for name in patient.lines()}

    whole = {"warnings", "administrators", "passkeys", "usage"}
    assert lines - whole == {one for one in STATES if one.partition(":")[0] not in whole}
