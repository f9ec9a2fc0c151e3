"""IAM's evaluation of an authorizer's policy, and API Gateway's routing: written apart from the product."""

import re
from functools import cache
from typing import Any


def is_allowed(policy: Any, arn: str) -> bool:
    """`*` is any text, slashes included, `?` any one character; a Deny beats every Allow; nothing said is denied."""
    effects = {
        statement["Effect"]
        for statement in policy["policyDocument"]["Statement"]
        if statement["Action"] == "execute-api:Invoke"
        and any(_fits(one, arn) for one in _listed(statement["Resource"]))
    }
    return effects == {"Allow"}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def _fits(pattern: str, arn: str) -> bool:
    """An ARN's first five parts are matched one by one: a wildcard does not leave its part."""
    return all(
        _compiled(wanted).fullmatch(actual)
        for wanted, actual in zip(pattern.split(":", 5), arn.split(":", 5), strict=True)
    )


@cache
def _compiled(wanted: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in wanted), re.DOTALL)


def route(paths: list[str], requested: str) -> str | None:
    """Literal segments first, then path variables, then greedy ones, segment by segment from the left."""
    found = [path for path in paths if re.fullmatch(_expression(path), requested)]
    return min(found, key=_specificity, default=None)


def _expression(path: str) -> str:
    parts = re.split(r"(\{[^}]*\})", path)
    return "".join(
        ("[^/].*" if part.endswith("+}") else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
    )


def _specificity(path: str) -> list[int]:
    return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in path.split("/")]
