"""The program `gatehouse` on moto: CloudFormation tells it the tables, and it stores as the product does."""

import email.message
import functools
import io
import json
import ssl
import urllib.request
import urllib.response
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import pytest
import typer.main
from gatehouse_cli import connections, stack
from gatehouse_cli.app import app
from typer.testing import CliRunner, Result

from gatehouse.bootstrap import keys, token
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints import requests
from gatehouse.endpoints.router import Router
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events
from tests.beginnings import Beginnings
from tests.conftest import REGION
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport

NO_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of connections that are never made: the usual one reads all certificate authorities."""
LOADER = botocore.loaders.create_loader()  # of AWS's descriptions: reading them costs more than a test
PASSWORD = "the-books-are-kept-at-4"
DOCUMENT = """
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get: {security: [{gatehouse: [read]}], responses: {"200": {description: OK}}}
    delete: {security: [{gatehouse: [delete]}], responses: {"200": {description: OK}}}
components:
  securitySchemes:
    gatehouse:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://auth.example/token
          scopes: {read: Read, delete: Delete}
          x-scopes-bindings: {delete: manager}
"""


@dataclass
class Operator:
    """Somebody with AWS credentials and a shell."""

    document: Path

    def run(self, *arguments: str, typed: str | None = None, **environment: str) -> Result:
        """Run a command, whatever it ends with; nothing but a refusal in words may end it."""
        result = CliRunner().invoke(app, arguments, input=typed, env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def done(self, *arguments: str, **environment: str) -> str:
        """Run a command that succeeds; return what it prints."""
        result = self.run(*arguments, **environment)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str, **environment: str) -> Any:
        """Run a command that succeeds with --json."""
        return json.loads(self.done(*arguments, "--json", **environment))

    def refused(self, *arguments: str, **environment: str) -> str:
        """Run a command that is refused in one line on standard error, and nothing else."""
        result = self.run(*arguments, **environment)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("gatehouse: ")
        assert "Traceback" not in result.stderr
        return result.stderr

    def publish(self, *options: str) -> Any:
        """Publish the orders API of Johns Org."""
        return self.json("apis", "publish", "johnsorg", str(self.document), *options)


@pytest.fixture(autouse=True, scope="session")
def built_once() -> Iterator[None]:
    """Build the commands of the program once: the runner does it for every call."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("typer.testing._get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def cloudformation(moto: None) -> None:
    """A stack whose outputs name the tables, and one that is not Gatehouse's."""
    del moto
    client = boto3.client("cloudformation", region_name=REGION)
    nothing = {"Topic": {"Type": "AWS::SNS::Topic"}}
    names = ("LogLevel", "Dashboard", "Build")
    parameters = {name: {"Type": "String"} for name in names}
    given = [{"ParameterKey": name, "ParameterValue": "INFO"} for name in names]
    outputs = {
        "AuthApiUrl": {"Value": "https://auth.example"},
        "DirectoryTableName": {"Value": "directory"},
        "GrantsTableName": {"Value": "grants"},
    }
    for name, found in (("gatehouse", outputs), ("another", {})):
        template = {"Parameters": parameters, "Resources": nothing, "Outputs": found}
        client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=given)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "openapi.yaml"
    file.write_text(DOCUMENT, encoding="utf-8")
    return file


@pytest.fixture
def operator(tables: Tables, monkeypatch: pytest.MonkeyPatch, document: Path) -> Operator:
    """An operator of an empty stack that sends mails, found without asking AWS: that costs more than a test."""
    given = {"MailFrom": "gate@example.com"}
    found = stack.Stack(tables, "https://auth.example", "123456789012", REGION, parameters=given)
    monkeypatch.setattr(connections, "connect", lambda _name: found)
    return Operator(document)


@pytest.fixture
def newcomer(
    cloudformation: None, tables: Tables, transport: RecordingTransport, monkeypatch: pytest.MonkeyPatch, document: Path
) -> Operator:
    """An operator whose program asks CloudFormation; what it would send to DynamoDB goes to moto."""
    del cloudformation, tables
    monkeypatch.setattr(connections, "SignedTransport", lambda *_, **__: transport)
    monkeypatch.setattr("botocore.session.create_loader", functools.cache(lambda _paths: LOADER))
    return Operator(document)


@pytest.fixture
def johnsorg(operator: Operator, beginnings: Beginnings) -> Operator:
    """The same, with Johns Org and Grace, who owns an application."""

    def fill() -> None:
        operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
        operator.done("users", "create", "johnsorg", "grace", GATEHOUSE_PASSWORD=PASSWORD)

    beginnings.put("johnsorg and grace", fill)
    return operator


@pytest.fixture
def application(johnsorg: Operator) -> str:
    """The id of Grace's application."""
    return johnsorg.json("applications", "create", "johnsorg", "grace", "Books")["application_id"]


class TokenServiceHandler(urllib.request.HTTPSHandler):
    """The token function, where urllib would call it."""

    def __init__(self, router: Router) -> None:
        super().__init__(context=NO_CONTEXT)
        self.router = router

    def https_open(self, req: urllib.request.Request) -> Any:
        event = http_events.http(
            req.get_method(),
            req.selector,
            headers={name.lower(): value for name, value in req.header_items()},
            body=req.data if isinstance(req.data, bytes) else b"",
            domain=req.host,
        )
        response: Any = self.router.answer(requests.parse(event))
        body = io.BytesIO(response["body"].encode())
        answer: Any = urllib.response.addinfourl(body, email.message.Message(), req.full_url, response["statusCode"])
        answer.msg = "as HTTPResponse has it"
        return answer


@pytest.fixture
def rotation(tables: Tables, secrets: MemorySecrets) -> KeyRotation:
    return keys.rotation(factories.settings(signing_algorithm="ES256"), tables, secrets)


@pytest.fixture
def service(tables: Tables, secrets: MemorySecrets) -> Iterator[Router]:
    """The token function of the stack, which `doctor` asks over HTTPS."""
    router = token.router(factories.settings(), tables, secrets)
    urllib.request.install_opener(urllib.request.build_opener(TokenServiceHandler(router)))
    yield router
    urllib.request.install_opener(None)  # pyright: ignore[reportArgumentType] - as it was at first


def audited(tables: Tables) -> list[tuple[str, str]]:
    """Return actor and action of what the audit log of Johns Org says, the newest first."""
    return [(one.actor, one.action) for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items]
