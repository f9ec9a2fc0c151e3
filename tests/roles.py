"""Functions in their roles: what the template's policy of a function does not allow is refused.

It stands for IAM, which moto and the local stack do not ask. The tests of a function's pages, endpoints and events run
through it, so that whatever they call is in the role. What was used is noted: a whole run of the unit tests fails if
it leaves a permission unused (tests/unit/conftest.py).

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from gatehouse.storage.aws.transport import RequestRefusedError, Transport
from gatehouse.storage.dynamodb.tables import Tables
from tests import template

type Use = tuple[str, str, str]
"""An action such as `dynamodb:GetItem`, on a resource, of the item of that key.

Resources: `directory`, `directory/by_collection`, `signing-keys`, a path of API Gateway. The key is empty where the
action is on no item; of a query of a listing, it is the collection.
"""

type Permission = tuple[str, str, str, str]
"""A function, an action, a resource as `Use` has it, and a pattern of keys; empty: any key."""

_TABLES = {"DirectoryTable": "directory", "GrantsTable": "grants"}
_SECRETS = {"SigningKeys": "signing-keys", "FactorKey": "factor-key", "ProviderKey": "provider-key"}
_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_CONTROL_PLANE = "::"

used: set[Permission] = set()
"""What the tests of this process used."""


def acting_as(tables: Tables, function: str) -> Tables:
    """Return the tables as a function of the template sees them."""
    return replace(tables, transport=RoleTransport(tables.transport, function))


class RoleTransport:
    """Passes on to the tables or the secret what the function's role allows."""

    def __init__(self, inner: Transport, function: str) -> None:
        self._inner = inner
        self._function = function

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        for use in uses(operation, request):
            check(self._function, use)
        return self._inner.call(operation, request)


def checks_control_plane(function: str) -> Any:
    """Return a handler of botocore's event `before-call.apigateway`, which asks the function's role."""

    def handler(params: dict[str, Any], **_: Any) -> None:
        check(function, (f"apigateway:{params['method']}", params["url_path"], ""))

    return handler


def check(function: str, use: Use) -> None:
    """Note the permission for what a function does.

    Raises:
        RequestRefusedError: It has none.
    """
    allowing = [one for one in permissions(function) if _allows(one, use)]
    if not allowing:
        raise RequestRefusedError(f"400 AccessDeniedException: {function} may not {' '.join(use)}")
    used.update(allowing)


def is_allowed(function: str, use: Use) -> bool:
    """Say whether the function's policy allows it."""
    return any(_allows(one, use) for one in permissions(function))


def uses(operation: str, request: dict[str, Any]) -> Iterator[Use]:
    """Return what a request does, in the actions of IAM: a transaction needs those of its parts."""
    if "SecretId" in request:
        yield f"secretsmanager:{operation}", request["SecretId"], ""
    elif operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            ((kind, body),) = action.items()
            yield f"dynamodb:{_ACTIONS[kind]}", body["TableName"], _key(body)
    elif operation == "BatchGetItem":
        for table, wanted in request["RequestItems"].items():
            for key in wanted["Keys"]:
                yield f"dynamodb:{operation}", table, key["pk"]["S"]
    elif operation == "Query":
        index = f"/{request['IndexName']}" if "IndexName" in request else ""
        collection = request["ExpressionAttributeValues"].get(":collection", {}).get("S", "")
        yield f"dynamodb:{operation}", request["TableName"] + index, collection
    else:
        yield f"dynamodb:{operation}", request["TableName"], _key(request)


def permissions(function: str) -> frozenset[Permission]:
    """Return all that the function's policy allows."""
    return _permissions(function)


def functions() -> frozenset[str]:
    """Name the functions of the template."""
    found = template.load()["Resources"]
    return frozenset(name for name, one in found.items() if one["Type"] == "AWS::Serverless::Function")


def unused(seen: Iterable[Permission], elsewhere: Mapping[str, str]) -> list[Permission]:
    """Return the permissions that no test used, but for the actions that are used where no test of ours sees it."""
    everything = {one for function in functions() for one in permissions(function)}
    return sorted(one for one in everything - set(seen) if one[1] not in elsewhere)


def is_whole_run(config: pytest.Config) -> bool:
    """Tell whether all unit tests run, as by `make unit`: a part of them leaves permissions unused."""
    options = config.option
    is_part = options.keyword or options.markexpr or options.lf or options.deselect or options.collectonly
    return config.args == config.getini("testpaths") and not is_part


@cache
def _permissions(function: str) -> frozenset[Permission]:
    policies = template.load()["Resources"][function]["Properties"].get("Policies", [])
    statements = [one for policy in policies for one in policy["Statement"]]
    return frozenset(
        (function, action, resource, pattern)
        for one in statements
        for statement in [one["!If"][1] if "!If" in one else one]
        for action in _listed(statement["Action"])
        for resource in map(_resource, _listed(statement["Resource"]))
        for pattern in _patterns(statement.get("Condition", {}))
    )


def _allows(permission: Permission, use: Use) -> bool:
    _, action, resource, pattern = permission
    return action == use[0] and fnmatchcase(use[1], resource) and (not pattern or fnmatchcase(use[2], pattern))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _resource(resource: Any) -> str:
    """Return what a use names, as a pattern, of an ARN in the template; what it says otherwise for anything else."""
    text = str(next(iter(resource.values()))) if isinstance(resource, dict) else str(resource)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - read from YAML
    for table, name in _TABLES.items():
        if text == f"{table}.Arn":
            return name
        prefix = f"${{{table}.Arn}}/index/"
        if text.startswith(prefix):
            return f"{name}/{text.removeprefix(prefix)}"
    if text in _SECRETS:
        return _SECRETS[text]
    return text.rpartition(_CONTROL_PLANE)[2] if ":apigateway:" in text else text


def _patterns(condition: dict[str, Any]) -> list[str]:
    """Return the keys that a statement is limited to."""
    found = [
        pattern
        for operator, wanted in condition.items()
        if operator in {"ForAllValues:StringLike", "ForAllValues:StringEquals"}
        for pattern in wanted.get("dynamodb:LeadingKeys", [])
    ]
    return found or [""]


def _key(body: dict[str, Any]) -> str:
    return (body.get("Key") or body["Item"])["pk"]["S"]
