"""The roles of the template, as the tests hold each function's calls against them."""

from types import SimpleNamespace
from typing import Any

import pytest

from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse.storage.dynamodb.tables import Tables
from tests import roles, template
from tests.memory_secrets import MemorySecrets
from tests.unit import conftest

WHOLE = ["tests/unit", "tests/faults"]


@pytest.mark.parametrize(
    ("function", "use"),
    [
        ("Authorizer", ("dynamodb:GetItem", "grants", "GRANT#x")),
        ("Authorizer", ("dynamodb:BatchGetItem", "directory", "CLIENT#x")),
        ("Token", ("dynamodb:UpdateItem", "directory", "USER#johnsorg#john")),
        ("Keys", ("dynamodb:PutItem", "directory", "PUBLIC_KEYS")),
        ("Plans", ("dynamodb:PutItem", "directory", "COUNTER#USERS#johnsorg")),
        ("Store", ("dynamodb:Query", "directory/by_collection", "")),
        ("Jobs", ("dynamodb:GetItem", "grants", "MAILS#johnsorg#a@example.com#1")),
        ("Keys", ("secretsmanager:PutSecretValue", "signing-keys", "")),
        ("Authorizer", ("secretsmanager:GetSecretValue", "signing-keys", "")),
        ("Plans", ("apigateway:DELETE", "/usageplans/1/keys/2", "")),
    ],
)
def test_what_a_function_does_is_allowed(function: str, use: roles.Use) -> None:
    assert roles.is_allowed(function, use)


@pytest.mark.parametrize(
    ("function", "use"),
    [
        ("Authorizer", ("dynamodb:PutItem", "grants", "GRANT#x")),
        ("Token", ("dynamodb:UpdateItem", "directory", "CLIENT#x")),
        ("Token", ("dynamodb:Query", "directory/by_collection", "")),
        ("Keys", ("dynamodb:PutItem", "directory", "CLIENT#x")),
        ("Plans", ("dynamodb:PutItem", "directory", "APPLICATION#x")),
        ("Publisher", ("dynamodb:PutItem", "grants", "GRANT#x")),
        ("Token", ("secretsmanager:PutSecretValue", "signing-keys", "")),
        ("Publisher", ("secretsmanager:GetSecretValue", "signing-keys", "")),
        ("Plans", ("apigateway:PATCH", "/apikeys/1", "")),
        ("Plans", ("apigateway:GET", "/restapis", "")),
        ("Plans", ("secretsmanager:GetSecretValue", "signing-keys", "")),
    ],
)
def test_what_a_function_has_no_business_with_is_refused(function: str, use: roles.Use) -> None:
    assert not roles.is_allowed(function, use)


def test_a_transaction_needs_the_actions_of_its_parts(tables: Tables) -> None:
    made: list[dict[str, Any]] = [
        {"Put": {"TableName": "grants", "Item": {"pk": {"S": "x"}}}},
        {"Put": {"TableName": "directory", "Item": {"pk": {"S": "x"}}}},
    ]

    with pytest.raises(RequestRefusedError, match="Token may not dynamodb:PutItem directory x"):
        roles.acting_as(tables, "Token").try_transact(made)

    assert tables.get("grants", {"pk": {"S": "x"}}) is None
    assert roles.acting_as(tables, "Store").try_transact(made)


def test_a_function_without_a_permission_is_refused_by_the_control_plane_and_by_the_secret(
    secrets: MemorySecrets,
) -> None:
    asking = roles.checks_control_plane("Keys")

    with pytest.raises(RequestRefusedError, match="Keys may not apigateway:GET /apikeys"):
        asking(params={"method": "GET", "url_path": "/apikeys"}, model=None)
    with pytest.raises(RequestRefusedError, match="Token may not secretsmanager:DescribeSecret signing-keys"):
        roles.RoleTransport(secrets, "Token").call("DescribeSecret", {"SecretId": "signing-keys"})


def test_permissions_that_nothing_used_are_found() -> None:
    everything = {one for name in roles.functions() for one in roles.permissions(name)}
    left = ("Token", "dynamodb:DeleteItem", "grants", "")

    assert left in everything
    assert roles.unused(everything, {}) == []
    assert roles.unused(everything - {left}, {}) == [left]
    assert roles.unused(everything - {left}, {left[1]: "elsewhere"}) == []


class Run(SimpleNamespace):
    """What pytest tells of a run."""

    def __init__(self, args: list[str] | None = None, **options: object) -> None:
        everything = dict.fromkeys(("keyword", "markexpr", "lf", "deselect", "collectonly"))
        super().__init__(args=args or WHOLE, option=SimpleNamespace(**everything | options), getini=lambda _: WHOLE)


@pytest.mark.parametrize(
    ("run", "unused", "status"),
    [
        pytest.param(Run(), 1, 1, id="a permission is left"),
        pytest.param(Run(), 0, 0, id="nothing is left"),
        pytest.param(Run(args=["tests/unit/endpoints/store"]), 1, 0, id="one folder"),
        pytest.param(Run(keyword="store"), 1, 0, id="some tests"),
    ],
)
def test_a_whole_run_that_leaves_permissions_unused_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], run: Any, unused: int, status: int
) -> None:
    session: Any = SimpleNamespace(config=run, exitstatus=0)
    monkeypatch.setattr(roles, "unused", lambda *_: [("Token", "dynamodb:DeleteItem", "grants", "")] * unused)

    conftest.pytest_sessionfinish(session)

    assert session.exitstatus == status
    assert ("Nothing uses these permissions" in capsys.readouterr().out) == bool(status)


def test_streams_queue_and_fetcher_are_for_the_functions_that_the_template_connects_with_them() -> None:
    """The unit tests do not see their use, so it is compared with the template itself."""
    resources = template.load()["Resources"]
    sources = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::EventSourceMapping"]
    streams = ("DescribeStream", "GetRecords", "GetShardIterator")
    lambdas = {*(f"dynamodb:{one}" for one in (*streams, "ListStreams")), "sqs:SendMessage", "lambda:InvokeFunction"}

    for function in roles.functions():
        fed = [one for one in sources if one["FunctionName"]["!Ref"] == f"{function}.Alias"]
        wanted = {(f"dynamodb:{act}", str(one["EventSourceArn"]["!GetAtt"])) for act in streams for one in fed}
        wanted |= {("dynamodb:ListStreams", "*") for _ in fed}
        wanted |= {("sqs:SendMessage", "DeadLetters.Arn") for one in fed if "DestinationConfig" in one}
        variables = resources[function]["Properties"].get("Environment", {}).get("Variables", {})
        wanted |= {("lambda:InvokeFunction", "Fetcher.Alias") for _ in {"FETCHER_FUNCTION"} & variables.keys()}
        wanted |= {("lambda:InvokeFunction", "Publisher.Alias") for _ in {"PUBLISHING_FUNCTION"} & variables.keys()}
        has = {(action, resource) for _, action, resource, _ in roles.permissions(function)}
        assert {one for one in has if one[0] in lambdas} == wanted, function
