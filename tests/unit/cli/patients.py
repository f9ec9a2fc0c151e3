"""A stack that gatehouse doctor examines: what AWS and the addresses answer."""

import base64
import email.message
import io
import json
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
from botocore.exceptions import ClientError
from gatehouse_cli import connections, inspections, key_probes, stack
from typer.testing import Result

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests.conftest import REGION
from tests.unit.cli.conftest import NO_CONTEXT, Operator

URL = "https://auth.example"
ARN = f"arn:aws:lambda:{REGION}:123456789012:function:authorizer:live"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="gatehouse"'}
TOKEN = "gha_" + "C" * 22 + "." + "D" * 43
OBTAINED: tuple[int, dict[str, str], str] = (200, {}, json.dumps({"access_token": TOKEN, "token_type": "Bearer"}))
REFUSED = (401, CHALLENGE, '{"error": "invalid_client"}')

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


def answered(check: str, value: Any) -> Callable[[Patient], None]:
    return lambda patient: patient.aws.update({check: value})


def refused(operation: str) -> Callable[[Patient], None]:
    return answered(operation, refusal("TheOperation", "AccessDenied"))


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
