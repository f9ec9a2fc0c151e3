"""What AWS's errors mean to us, held against what botocore's model documents of the operations that we call."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest

from gatehouse.storage.aws import errors, transport
from gatehouse.storage.dynamodb.tables import Tables
from tests.template import ROOT

STORAGE = ROOT / "layers" / "common" / "gatehouse" / "storage"
LOST = {"ConditionalCheckFailed"}
RETRIED = {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
BUGS = {"ItemCollectionSizeLimitExceeded", "ValidationError"}


@cache
def model(service: str) -> Any:
    return boto3.client(service, region_name="eu-west-1").meta.service_model


def operations(service: str) -> set[str]:
    """Return the operations of the service that the package calls, by the literals in its source."""
    sources = [path.read_text() for path in STORAGE.rglob("*.py")]
    named = {name for source in sources for name in re.findall(r'"([A-Z][A-Za-z]+)"', source)}
    return named & set(model(service).operation_names)


def documented_reasons() -> set[str]:
    documentation = model("dynamodb").shape_for("TransactionCanceledException").documentation
    return set(re.findall(r"Code: <code>(\w+)</code>", documentation)) - {"None"}


def documented_errors() -> set[str]:
    return {
        shape.name
        for service in ("dynamodb", "secretsmanager")
        for operation in operations(service)
        for shape in model(service).operation_model(operation).error_shapes
    } - {"TransactionCanceledException"}


def canceled(*reasons: str) -> bytes:
    listed = [{"Code": one} for one in reasons]
    return json.dumps({"__type": "x#TransactionCanceledException", "CancellationReasons": listed}).encode()


def test_every_documented_reason_has_a_meaning_and_no_other_is_listed() -> None:
    assert documented_reasons() == LOST | RETRIED | BUGS
    assert errors.REASONS.keys() == documented_reasons()


def test_every_documented_error_of_the_operations_that_we_call_has_a_meaning() -> None:
    assert operations("dynamodb") >= {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
    assert operations("secretsmanager") >= {"GetSecretValue", "PutSecretValue"}
    assert documented_errors() <= errors.ERRORS.keys()


def test_what_is_listed_beyond_the_documentation_is_what_every_service_may_answer() -> None:
    """CloudWatch's throttling keeps the name that it had in the query protocol."""
    assert errors.ERRORS.keys() - documented_errors() == {"ServiceUnavailable", "Throttling"}
    assert errors.of_error(400, "Throttling") == errors.of_error(400, "ThrottlingException") == "retried"


@pytest.mark.parametrize("reason", sorted(LOST | RETRIED | BUGS))
def test_only_a_failed_condition_is_a_lost_race(reason: str) -> None:
    content = canceled("None", reason, "None")

    if reason in LOST:
        with pytest.raises(transport.TransactionCanceledError):
            transport._refusal(400, content)
    elif reason in BUGS:
        with pytest.raises(transport.RequestRefusedError, match=reason):
            transport._refusal(400, content)
    else:
        assert reason in transport._refusal(400, content)


@pytest.mark.parametrize(
    ("reasons", "meaning"),
    [
        pytest.param(["ConditionalCheckFailed", "ThrottlingError"], "lost", id="a race beside a throttled action"),
        pytest.param(["TransactionConflict", "ConditionalCheckFailed"], "lost", id="a race beside a conflict"),
        pytest.param(["ThrottlingError", "ValidationError"], "refused", id="a bug beside a throttled action"),
        pytest.param(["ThrottlingException"], "refused", id="a code that is not documented"),
        pytest.param(["None", "None"], "refused", id="no reason at all"),
        pytest.param([], "refused", id="no list"),
    ],
)
def test_several_reasons_have_one_meaning(reasons: list[str], meaning: str) -> None:
    assert errors.of_reasons(reasons) == meaning


@pytest.mark.parametrize("code", sorted(errors.ERRORS))
def test_only_a_failed_condition_is_a_lost_write(code: str) -> None:
    is_lost = errors.of_error(400, code) == "lost"

    assert is_lost == (code == "ConditionalCheckFailedException")


def test_an_unknown_error_is_an_outage_from_status_500_on_and_a_bug_below() -> None:
    assert errors.of_error(500, "NeverSeen") == errors.of_error(503, "") == "retried"
    assert errors.of_error(400, "NeverSeen") == "refused"


def handlers(name: str) -> Iterator[str]:
    """Return which files below the functions' entries catch an exception of that name, or one that would cover it."""
    catching = re.compile(rf"\bexcept\b(\s*:|[^:]*\b({name}|Exception|BaseException)\b)")
    for path in sorted(ROOT.glob("layers/common/gatehouse/*/**/*.py")):
        source = path.read_text()
        for node in ast.walk(ast.parse(source if catching.search(source) else "")):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or {name, "Exception", "BaseException"} & set(re.findall(r"\w+", ast.unparse(node.type)))
            ):
                yield path.name


def test_one_piece_reads_why_a_transaction_was_canceled() -> None:
    assert list(handlers("TransactionCanceledError")) == ["tables.py"]


def test_nobody_takes_a_refused_request_or_an_outage_for_anything_else() -> None:
    assert list(handlers("RequestRefusedError")) == ["key_vault.py", "key_vault.py"]


def test_a_transaction_says_which_conditions_failed(tables: Tables) -> None:
    taken, free = ({"pk": {"S": name}} for name in ("taken", "free"))
    tables.put(tables.directory, taken)
    actions = [
        {"Put": {"TableName": tables.directory, "Item": one, "ConditionExpression": "attribute_not_exists(pk)"}}
        for one in (free, taken)
    ]

    assert tables.attempt(actions) == {1}
    assert not tables.try_transact(actions)
    assert tables.try_transact(actions[:1])
