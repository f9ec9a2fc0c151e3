"""Functions in their roles: a transport that refuses what the template's policy of a function does not allow.

It stands for IAM, which moto and the local stack do not ask. The tests of a function's pages and endpoints run through
it, so that whatever they call is in the role.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import RequestRefusedError, Transport
from tests import template

type Use = tuple[str, str, str]
"""An action such as `GetItem`, on a table or `table/index`, of the item of that key (of a query: empty)."""

_TABLES = {"DirectoryTable": "directory", "GrantsTable": "grants"}
_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def acting_as(tables: Tables, function: str) -> Tables:
    """Return the tables as a function of the template sees them."""
    return replace(tables, transport=RoleTransport(tables.transport, function))


class RoleTransport:
    """Passes on what the function's role allows."""

    def __init__(self, inner: Transport, function: str) -> None:
        self._inner = inner
        self._function = function

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        for use in uses(operation, request):
            if not is_allowed(self._function, use):
                raise RequestRefusedError(f"400 AccessDeniedException: {self._function} may not {' '.join(use)}")
        return self._inner.call(operation, request)


def uses(operation: str, request: dict[str, Any]) -> Iterator[Use]:
    """Return what a request does, in the actions of IAM: a transaction needs those of its parts."""
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            ((kind, body),) = action.items()
            yield _ACTIONS[kind], body["TableName"], _key(body)
    elif operation == "BatchGetItem":
        for table, wanted in request["RequestItems"].items():
            for key in wanted["Keys"]:
                yield operation, table, key["pk"]["S"]
    elif operation == "Query":
        index = f"/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, request["TableName"] + index, ""
    else:
        yield operation, request["TableName"], _key(request)


def is_allowed(function: str, use: Use) -> bool:
    """Say whether a statement of the function's policy allows it."""
    action, resource, key = use
    return any(
        f"dynamodb:{action}" in _listed(statement.get("Action"))
        and resource in map(_resource, _listed(statement["Resource"]))
        and _leads(statement.get("Condition", {}), key)
        for statement in _statements(function)
    )


@cache
def _statements(function: str) -> list[dict[str, Any]]:
    policies = template.load()["Resources"][function]["Properties"]["Policies"]
    return [one for policy in policies if "Statement" in policy for one in policy["Statement"]]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _resource(resource: Any) -> str:
    """Return `table` or `table/index` of an ARN in the template; empty for anything else."""
    for table, name in _TABLES.items():
        if resource == {"!GetAtt": f"{table}.Arn"}:
            return name
        prefix = f"${{{table}.Arn}}/index/"
        if isinstance(resource, dict) and str(resource.get("!Sub")).startswith(prefix):  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - read from YAML
            return f"{name}/{str(resource['!Sub']).removeprefix(prefix)}"  # pyright: ignore[reportUnknownArgumentType] - as above
    return ""


def _leads(condition: dict[str, Any], key: str) -> bool:
    """Say whether the key is one of those that the statement is limited to."""
    patterns = [
        pattern
        for operator, wanted in condition.items()
        if operator in {"ForAllValues:StringLike", "ForAllValues:StringEquals"}
        for pattern in wanted.get("dynamodb:LeadingKeys", [])
    ]
    return not patterns or any(fnmatchcase(key, pattern) for pattern in patterns)


def _key(body: dict[str, Any]) -> str:
    return (body.get("Key") or body["Item"])["pk"]["S"]
