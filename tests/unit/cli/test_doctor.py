"""`gatehouse doctor`: each line says what was seen, what it means and what to do, whatever the stack answers."""

import base64
import email.message
import io
import json
import os
import socket
import ssl
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Callable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from gatehouse_cli import connections, inspections, key_probes, stack
from typer.testing import Result

from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from tests.conftest import REGION
from tests.unit.cli.conftest import NO_CONTEXT, PASSWORD, Operator

URL = "https://auth.example"
ARN = f"arn:aws:lambda:{REGION}:123456789012:function:authorizer:live"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="gatehouse"'}
TOKEN = "gha_" + "C" * 22 + "." + "D" * 43
OBTAINED: tuple[int, dict[str, str], str] = (200, {}, json.dumps({"access_token": TOKEN, "token_type": "Bearer"}))
REFUSED = (401, CHALLENGE, '{"error": "invalid_client"}')
MISSING = "Unable to import module 'app': No module named 'gatehouse'"

OUTPUTS = {"SigningKeysArn": "keys", "KeysFunctionName": "keys-function", "BuildVersion": "1"}
ISSUED = {"DomainName": "other.example", "Status": "ISSUED"}

CLIENT = "Basic " + base64.b64encode(b"the-client:its%2Fsecret").decode()

type Answer = tuple[int, dict[str, str], str] | Callable[[Mapping[str, str]], Any]


def refusal(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def payload(value: Any, *, is_error: bool = False) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(value).encode()), **({"FunctionError": "Unhandled"} if is_error else {})}


def stages(*published: int, kids: tuple[str, str] = ("now", "soon")) -> dict[str, Any]:
    """What the function Keys says of its keys."""
    now = int(datetime.now(UTC).timestamp())
    current, following = ({"kid": kid, "published_at": now - 86_400 * 3} for kid in kids)
    return {"current": current, "next": following, "previous": [{"kid": "x", "published_at": one} for one in published]}


def invoked(name: str, event: dict[str, Any]) -> Any:
    """Answer as the functions of a deployed stack do."""
    if name == "keys-function":
        return payload(stages())
    if event.get("authorizationToken") == f"Bearer {TOKEN}":
        deny = {"Statement": [{"Effect": "Deny"}]}
        return payload({"principalId": "x", "policyDocument": deny, "context": {"code": "900906"}})
    if name != ARN:
        return payload({"batchItemFailures": []})
    if event.get("version") == "2.0":
        return payload({"isAuthorized": False, "context": {}})
    return payload({"errorMessage": "Unauthorized", "errorType": "UnauthorizedError"}, is_error=True)


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def kept(**asked: Any) -> dict[str, Any]:
    """Find the line that is asked for, as CloudWatch does if the function wrote it and Lambda kept it."""
    return {"events": [{"message": json.dumps({"level": "ERROR", "probe": str(asked["filterPattern"]).strip('"')})}]}


def resource(logical: str, kind: str, physical: str = "x") -> dict[str, str]:
    return {"LogicalResourceId": logical, "PhysicalResourceId": physical, "ResourceType": kind}


def healthy() -> dict[str, Any]:
    """What AWS answers about a stack that is well."""
    lambdas = {"Events": "events", "Token": "token"}
    return {
        "cloudformation.list_stack_resources": [
            {"StackResourceSummaries": [resource("AuthApi", "AWS::ApiGatewayV2::Api")]},
            {"StackResourceSummaries": [resource(one, "AWS::Lambda::Function", name) for one, name in lambdas.items()]},
        ],
        "lambda.get_function_configuration": {"State": "Active", "LastUpdateStatus": "Successful", "Version": "3"},
        "lambda.list_event_source_mappings": lambda **asked: {
            "EventSourceMappings": [{"UUID": "1", "State": "Enabled"}] if "events" in asked["FunctionName"] else []
        },
        "lambda.invoke": lambda **asked: invoked(asked["FunctionName"], json.loads(asked["Payload"])),
        "lambda.get_account_settings": {
            "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
        },
        "lambda.get_function_concurrency": {"ReservedConcurrentExecutions": 100},
        "logs.filter_log_events": kept,
        "secretsmanager.describe_secret": {"RotationEnabled": True, "VersionIdsToStages": {"1": ["AWSCURRENT"]}},
        "secretsmanager.list_secret_version_ids": {
            "Versions": [{"VersionId": "1", "VersionStages": ["AWSCURRENT"], "CreatedDate": days_ago(3)}]
        },
        "ses.get_identity_verification_attributes": {
            "VerificationAttributes": {"example.com": {"VerificationStatus": "Success"}}
        },
        "sesv2.get_account": {"ProductionAccessEnabled": True},
        "acm.describe_certificate": {"Certificate": {"DomainName": "auth.example", "Status": "ISSUED"}},
        "apigatewayv2.get_api": {"ApiEndpoint": "https://abc123.execute-api.example"},
    }


def answers() -> dict[str, Answer | Exception]:
    """What the service answers by path."""
    return {
        "/.well-known/oauth-authorization-server": (200, {}, json.dumps({"issuer": URL})),
        "/.well-known/jwks.json": (200, {}, '{"keys": [{"kid": "now"}, {"kid": "soon"}]}'),
        "/token": lambda headers: OBTAINED if headers["Authorization"] == CLIENT else REFUSED,
        "/store": (200, {}, ""),
        "/signin": (400, {}, ""),
        "/api/am/publisher/v1/openapi.json": (200, {}, "{}"),
        "/v1/orders": (403, {}, ""),
    }


class Web(urllib.request.HTTPSHandler):
    """Every host there is, where urllib would connect to it."""

    def __init__(self, said: dict[str, Answer | Exception]) -> None:
        super().__init__(context=NO_CONTEXT)
        self.said = said

    def https_open(self, req: urllib.request.Request) -> Any:
        answer = self.said[req.selector]
        if callable(answer):
            answer = answer(dict(req.header_items()))
        if isinstance(answer, Exception):
            raise urllib.error.URLError(answer)
        status, headers, body = answer
        message = email.message.Message()
        for name, value in headers.items():
            message[name] = value
        response: Any = urllib.response.addinfourl(io.BytesIO(body.encode()), message, req.full_url, status)
        response.msg = "as HTTPResponse has it"
        return response


@dataclass
class Patient:
    """A stack, whose parts a test makes ill."""

    operator: Operator
    connected: stack.Stack
    aws: dict[str, Any] = field(default_factory=healthy)
    web: dict[str, Answer | Exception] = field(default_factory=answers)

    def client(self, service: str, **_: Any) -> Any:
        def call(operation: str) -> Callable[..., Any]:
            def run(**asked: Any) -> Any:
                said = self.aws[f"{service}.{operation}"]
                if isinstance(said, Exception):
                    raise said
                return said(**asked) if callable(said) else said

            return run

        def paginator(operation: str) -> Any:
            def paginate(**asked: Any) -> list[Any]:
                said = call(operation)(**asked)
                return cast("list[Any]", said) if isinstance(said, list) else [said]

            return SimpleNamespace(paginate=paginate)

        return type(
            "Client", (), {"__getattr__": lambda _, name: paginator if name == "get_paginator" else call(name)}
        )()

    def run(self) -> Result:
        return self.operator.run("doctor", "--json")

    def lines(self) -> dict[str, dict[str, str]]:
        return {one["check"]: one for one in json.loads(self.run().stdout)}

    def wrong(self) -> dict[str, dict[str, str]]:
        """The lines that are wrong; each says what to do, and the status is 1 if there is one."""
        result = self.run()
        found = {one["check"]: one for one in json.loads(result.stdout) if one["state"] == "wrong"}
        assert result.exit_code == (1 if found else 0)
        assert all(one["seen"] and one["means"] and one["do"] for one in found.values())
        assert all("\n" not in text for one in found.values() for text in one.values())
        return found


@pytest.fixture
def patient(operator: Operator, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    connected = stack.Stack(
        tables,
        URL,
        "123456789012",
        REGION,
        ARN,
        parameters={"MailFrom": "gate@example.com", "CertificateArn": "arn:aws:acm:x:1:certificate/1"},
        outputs=OUTPUTS,
    )
    found = Patient(operator, connected)
    monkeypatch.setattr(connections, "connect", lambda _name: found.connected)
    monkeypatch.setattr(inspections, "_built_version", lambda: "1")
    monkeypatch.setattr(boto3, "client", found.client)
    monkeypatch.setattr(key_probes, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(key_probes, "LOGGED_WITHIN_SECONDS", 0)
    monkeypatch.setenv("GATEHOUSE_CLIENT_ID", "the-client")
    monkeypatch.setenv("GATEHOUSE_CLIENT_SECRET", "its/secret")
    urllib.request.install_opener(urllib.request.build_opener(Web(found.web)))
    yield found
    urllib.request.install_opener(None)  # pyright: ignore[reportArgumentType] - as it was at first


def test_a_fresh_stack_is_well(patient: Patient) -> None:
    lines = patient.lines()

    assert patient.wrong() == {}
    assert {name for name, one in lines.items() if one["state"] == "not checked"} == {"HTTP APIs"}
    assert lines["directory"]["seen"] == "no organisation yet"
    assert "organisations create" in lines["directory"]["do"]


def test_the_report_can_be_read_by_people(patient: Patient) -> None:
    printed = patient.operator.done("doctor")

    assert "not checked" in printed
    assert "under its own name" in printed


def test_functions_are_found_on_every_page_of_the_stacks_resources(patient: Patient) -> None:
    """DescribeStackResources answers 100 resources at most; this stack has more."""
    assert {name for name in patient.lines() if name.startswith("functions")} == {
        "functions: Events",
        "functions: Token",
    }


def test_a_line_of_the_log_may_stand_on_a_later_page(patient: Patient) -> None:
    patient.aws["logs.filter_log_events"] = lambda **asked: [{"events": [], "nextToken": "2"}, kept(**asked)]

    assert patient.lines()["logs"]["state"] == "ok"


@pytest.mark.parametrize(("endpoint_url", "state"), [("", "wrong"), ("http://127.0.0.1:4566", "ok")])
def test_hosts_of_tests_are_told(patient: Patient, endpoint_url: str, state: str) -> None:
    patient.aws["lambda.get_function_configuration"] = {
        "State": "Active",
        "Environment": {
            "Variables": {"FETCHER_TEST_HOSTS": "client.example=127.0.0.1:1", "AWS_ENDPOINT_URL": endpoint_url}
        },
    }

    line = patient.lines()["functions: Token"]

    assert (line["state"], "client.example=127.0.0.1:1" in line["seen"]) == (state, True)
    assert "on loopback" in line["means"]


@pytest.mark.parametrize(
    ("headers", "state", "means"),
    [
        pytest.param(CHALLENGE, "ok", "under its own name", id="its own"),
        pytest.param({**CHALLENGE, "x-amzn-Remapped-WWW-Authenticate": "Basic"}, "ok", "restores its name", id="both"),
        pytest.param({"x-amzn-Remapped-WWW-Authenticate": "Basic"}, "wrong", "does not restore", id="renamed"),
        pytest.param({"X-Gatehouse-Challenge": "Basic"}, "wrong", "see no challenge", id="not mapped"),
        pytest.param({}, "wrong", "see no challenge", id="lost"),
    ],
)
def test_the_name_of_the_challenge_is_told(patient: Patient, headers: dict[str, str], state: str, means: str) -> None:
    patient.web["/token"] = (401, headers, '{"error": "invalid_client"}')

    line = patient.lines()["token service: challenge"]

    assert line["state"] == state
    assert means in line["means"]


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/token", "token service"),
        ("/store", "pages: the store"),
        ("/signin", "pages: the sign-in pages"),
        ("/api/am/publisher/v1/openapi.json", "pages: the publishers' API"),
        ("/.well-known/jwks.json", "published keys"),
        ("/.well-known/oauth-authorization-server", "address"),
    ],
)
def test_a_function_that_fails_is_named(patient: Patient, path: str, check: str) -> None:
    patient.web[path] = (500, {}, '{"message": "Internal Server Error"}')

    assert "was not built" in patient.wrong()[check]["means"]


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        pytest.param(socket.gaierror(-2, "unknown"), "has no address in DNS", id="no DNS record"),
        pytest.param(ConnectionRefusedError(111, "refused"), "does not answer", id="nobody there"),
        pytest.param(TimeoutError("timed out"), "does not answer", id="no answer"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(patient: Patient, failure: Exception, seen: str) -> None:
    patient.web["/.well-known/oauth-authorization-server"] = failure

    wrong, lines = patient.wrong(), patient.lines()

    assert [seen in one["seen"] for one in wrong.values()] == [True]
    assert {lines[one]["state"] for one in ("token service", "pages", "published keys")} == {"not checked"}


def test_a_certificate_of_another_name_is_one_line(patient: Patient) -> None:
    failure = ssl.SSLCertVerificationError("failed")
    failure.verify_code = 62
    failure.verify_message = "Hostname mismatch, certificate is not valid for 'auth.example'."
    patient.web["/.well-known/oauth-authorization-server"] = failure

    (line,) = patient.wrong().values()

    assert line["seen"] == "the certificate of auth.example is not trusted: it is for another name"
    assert "PublicUrl" in line["do"]


def test_another_issuer_than_public_url_is_wrong(patient: Patient) -> None:
    patient.web["/.well-known/oauth-authorization-server"] = (200, {}, '{"issuer": "https://other.example"}')

    assert "other.example" in patient.wrong()["address"]["seen"]


@pytest.mark.parametrize(
    ("said", "is_well"),
    [
        pytest.param({"DomainName": "*.example", "Status": "ISSUED"}, True, id="a wildcard"),
        pytest.param(
            {"DomainName": "x", "SubjectAlternativeNames": ["auth.example"], "Status": "ISSUED"}, True, id="SAN"
        ),
        pytest.param(ISSUED, False, id="another name"),
        pytest.param({"DomainName": "*.auth.example", "Status": "ISSUED"}, False, id="a wildcard of the names below"),
        pytest.param({"DomainName": "auth.example", "Status": "PENDING_VALIDATION"}, False, id="not issued"),
    ],
)
def test_the_certificate_is_compared_with_public_url(patient: Patient, said: dict[str, Any], *, is_well: bool) -> None:
    patient.aws["acm.describe_certificate"] = {"Certificate": said}

    assert ("certificate" not in patient.wrong()) == is_well


def test_an_unbuilt_stack_is_named_at_each_function_that_was_asked(patient: Patient) -> None:
    patient.aws["lambda.invoke"] = lambda **_: payload(
        {"errorMessage": MISSING, "errorType": "Runtime.ImportModuleError"}, is_error=True
    )

    wrong = patient.wrong()

    assert {name for name, one in wrong.items() if MISSING in one["seen"]} == {
        "functions: Events",
        "authorizer without a token",
        "authorizer with a bad token",
        "authorizer with a bad token, at a REST API",
        "authorizer with a valid token",
        "signing keys: stages",
    }
    assert all("make deploy" in one["do"] for one in wrong.values())


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        pytest.param(payload({"isAuthorized": True}), "allowed", id="an open gate"),
        pytest.param(payload({"policyDocument": {}}), "allowed", id="a policy"),
        pytest.param(
            payload({"errorType": "TemporarilyUnavailableError", "errorMessage": "no\ntables"}, is_error=True),
            "TemporarilyUnavailableError: no tables",
            id="no tables",
        ),
        pytest.param(payload(None), "no answer", id="nothing"),
    ],
)
def test_an_authorizer_that_does_not_refuse_is_wrong(patient: Patient, answer: dict[str, Any], seen: str) -> None:
    content = answer["Payload"].getvalue()
    patient.aws["lambda.invoke"] = lambda **_: {**answer, "Payload": io.BytesIO(content)}

    assert seen in patient.wrong()["authorizer with a bad token"]["seen"]


ILL: dict[str, tuple[str, Any, str, str]] = {
    "a function whose update failed": (
        "lambda.get_function_configuration",
        {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no image"},
        "functions: Token",
        "last update Failed",
    ),
    "a stream that is switched off": (
        "lambda.list_event_source_mappings",
        {"EventSourceMappings": [{"UUID": "1", "State": "Disabled"}]},
        "functions: Events",
        "switched off",
    ),
    "no rotation": (
        "secretsmanager.describe_secret",
        {"RotationEnabled": False, "VersionIdsToStages": {"1": ["AWSCURRENT"]}},
        "signing keys",
        "rotation is off",
    ),
    "a rotation left behind": (
        "secretsmanager.describe_secret",
        {"RotationEnabled": True, "VersionIdsToStages": {"1": ["AWSCURRENT"], "2": ["AWSPENDING"]}},
        "signing keys",
        "AWSPENDING",
    ),
    "old keys": (
        "secretsmanager.list_secret_version_ids",
        {"Versions": [{"VersionId": "1", "VersionStages": ["AWSCURRENT"], "CreatedDate": days_ago(40)}]},
        "signing keys",
        "40 days old",
    ),
    "an unverified sender": (
        "ses.get_identity_verification_attributes",
        {"VerificationAttributes": {"example.com": {"VerificationStatus": "Pending"}}},
        "mail",
        "not verified",
    ),
    "the sandbox": ("sesv2.get_account", {"ProductionAccessEnabled": False}, "mail", "sandbox"),
    "paused mails": (
        "sesv2.get_account",
        {"ProductionAccessEnabled": True, "SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"},
        "mail",
        "SHUTDOWN",
    ),
    "a new account's concurrency": (
        "lambda.get_account_settings",
        {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}},
        "concurrency",
        "the account has 10",
    ),
}


@pytest.mark.parametrize(("asked", "said", "check", "seen"), ILL.values(), ids=ILL)
def test_what_aws_says_is_wrong_is_told(patient: Patient, asked: str, said: Any, check: str, seen: str) -> None:
    patient.aws["lambda.get_function_concurrency"] = {}
    patient.aws[asked] = said

    assert seen in patient.wrong()[check]["seen"]


@pytest.mark.parametrize(
    ("limit", "action"),
    [
        ("0", "consider PublishingConcurrency, such as 5"),
        ("1", "consider PublishingConcurrency of at least 2, such as 5"),
        ("5", ""),
    ],
)
def test_publishing_without_a_bound_is_told(patient: Patient, limit: str, action: str) -> None:
    patient.connected = replace(
        patient.connected, parameters={**patient.connected.parameters, "PublishingConcurrency": limit}
    )

    (found,) = (one for one in json.loads(patient.run().stdout) if one["check"] == "concurrency")

    assert (found["state"], found["do"]) == ("ok", action)


@pytest.mark.parametrize(("days", "state"), [(0.001, "not checked"), (1, "wrong")])
def test_a_rotation_under_way_is_told_apart_from_one_left_behind(patient: Patient, days: float, state: str) -> None:
    versions = [("1", "AWSCURRENT", 3), ("2", "AWSPENDING", days)]
    patient.aws["secretsmanager.describe_secret"] = {
        "RotationEnabled": True,
        "VersionIdsToStages": {one: [label] for one, label, _ in versions},
    }
    patient.aws["secretsmanager.list_secret_version_ids"] = {
        "Versions": [
            {"VersionId": one, "VersionStages": [label], "CreatedDate": days_ago(age)} for one, label, age in versions
        ]
    }

    assert patient.lines()["signing keys"]["state"] == state


@pytest.mark.parametrize("asked", healthy())
@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
def test_what_the_operator_may_not_ask_is_not_checked(patient: Patient, asked: str, code: str) -> None:
    patient.aws[asked] = refusal("TheOperation", code)

    unchecked = [one for one in patient.lines().values() if one["state"] == "not checked"]

    assert patient.wrong() == {}
    assert asked.startswith("apigatewayv2") or any("TheOperation" in one["do"] for one in unchecked)


def test_a_service_that_is_not_reached_is_not_checked(patient: Patient) -> None:
    patient.aws["sesv2.get_account"] = EndpointConnectionError(endpoint_url="https://email.nowhere.example")

    assert patient.lines()["mail"]["state"] == "not checked"


@pytest.mark.parametrize(
    ("running", "built", "state"),
    [("1", "1", "ok"), ("1", "2", "wrong"), ("none", "", "wrong"), ("", "2", "not checked"), ("1", "", "not checked")],
)
def test_the_version_that_runs_is_compared_with_the_build(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, running: str, built: str, state: str
) -> None:
    patient.connected = replace(patient.connected, outputs={**OUTPUTS, "BuildVersion": running})
    monkeypatch.setattr(inspections, "_built_version", lambda: built)

    assert patient.lines()["version"]["state"] == state


@pytest.mark.parametrize(
    ("status", "state"),
    [("UPDATE_COMPLETE", "ok"), ("UPDATE_ROLLBACK_FAILED", "wrong"), ("UPDATE_IN_PROGRESS", "not checked")],
)
def test_the_state_of_the_stack_is_told(patient: Patient, status: str, state: str) -> None:
    patient.connected = replace(patient.connected, status=status)

    assert patient.lines()["stack"]["state"] == state


@pytest.mark.parametrize(
    ("setting", "status", "state"),
    [
        ("deny", 403, "ok"),
        ("deny", 401, "ok"),
        ("raise", 401, "ok"),
        ("raise", 500, "wrong"),
        ("deny", 500, "wrong"),
        ("deny", 200, "wrong"),
    ],
)
def test_what_an_http_api_makes_of_a_bad_token_is_told(patient: Patient, setting: str, status: int, state: str) -> None:
    patient.connected = replace(
        patient.connected, parameters={**patient.connected.parameters, "HttpApiBadToken": setting}
    )
    patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
    patient.operator.publish("--stage", "abc123/v1", "--account", "123456789012", "--region", REGION)
    patient.web["/v1/orders"] = (status, {}, "")

    (line,) = [one for name, one in patient.lines().items() if name.startswith("HTTP APIs: johnsorg/")]

    assert line["state"] == state
    assert str(status) in line["seen"]


def test_a_rest_api_is_not_asked_since_its_401_is_documented(patient: Patient) -> None:
    patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
    patient.operator.publish("--stage", "abc123/v1", "--account", "123456789012", "--region", REGION)
    patient.aws["apigatewayv2.get_api"] = refusal("GetApi", "NotFoundException")

    assert patient.lines()["HTTP APIs"]["state"] == "not checked"
    assert patient.wrong() == {}


@pytest.mark.parametrize(
    ("verified", "state"), [("mail.example.com", "ok"), ("example.com", "ok"), ("com", "wrong"), ("ple.com", "wrong")]
)
def test_a_verified_domain_above_the_senders_is_enough(patient: Patient, verified: str, state: str) -> None:
    patient.connected = replace(patient.connected, parameters={"MailFrom": "gate@mail.example.com"})

    def attributes(**asked: Any) -> Any:
        known = {verified: {"VerificationStatus": "Success"}}
        return {"VerificationAttributes": {one: known[one] for one in asked["Identities"] if one in known}}

    patient.aws["ses.get_identity_verification_attributes"] = attributes

    assert patient.lines()["mail"]["state"] == state


def test_no_mail_address_is_no_fault(patient: Patient) -> None:
    patient.connected = replace(patient.connected, parameters={})

    assert patient.lines()["mail"]["state"] == "ok"
    assert patient.lines()["certificate"]["state"] == "ok"


NO_TABLES = RequestRefusedError("400 AccessDeniedException: you may not")
SANDBOX = {"ProductionAccessEnabled": False}
UNKNOWN_KEY: Answer = (200, {}, '{"keys": [{"kid": "now"}, {"kid": "another"}]}')


def answered(check: str, value: Any) -> Callable[[Patient], None]:
    return lambda patient: patient.aws.update({check: value})


def served(path: str, answer: Any) -> Callable[[Patient], None]:
    return lambda patient: patient.web.update({path: answer})


def asked_of(name: str, answer: Callable[[], dict[str, Any]], **event: Any) -> Callable[[Patient], None]:
    """Let one function answer an event otherwise."""

    def run(**asked: Any) -> Any:
        sent = json.loads(asked["Payload"])
        is_it = asked["FunctionName"] == name and event.items() <= sent.items()
        return answer() if is_it else invoked(asked["FunctionName"], sent)

    return answered("lambda.invoke", run)


def refused(operation: str) -> Callable[[Patient], None]:
    return answered(operation, refusal("TheOperation", "AccessDenied"))


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


def status(value: str) -> Callable[[Patient], None]:
    def change(patient: Patient) -> None:
        patient.connected = replace(patient.connected, status=value)

    return change


def version(value: str) -> Callable[[Patient], None]:
    def change(patient: Patient) -> None:
        patient.connected = replace(patient.connected, outputs={**OUTPUTS, "BuildVersion": value})

    return change


def published(*changes: Callable[[Patient], None], warnings: tuple[str, ...] = ()) -> Callable[[Patient], None]:
    """Publish an API on a stage of an HTTP API first."""

    def change(patient: Patient) -> None:
        patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
        patient.operator.publish("--stage", "abc123/v1", "--account", "123456789012", "--region", REGION)
        for one in changes:
            one(patient)
        if warnings:
            (api,) = patient.connected.publishing.find_apis_of("johnsorg")
            DirectoryWriter(patient.connected.tables).save_api(replace(api, warnings=warnings))

    return change


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
