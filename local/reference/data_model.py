"""The page of the data model: the tables of the template, and the keys that one module makes."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from gatehouse.storage.dynamodb import keys
from local.layout import ROOT
from local.reference import text

TABLES = ("DirectoryTable", "GrantsTable")


def page() -> str:
    """List the tables with their indexes, and each kind of item with its key."""
    template: Any = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return text.page(
        "# Data model",
        "Two tables of DynamoDB hold everything. Each entity is an item with a partition key of its own "
        "([record 0015](../decisions/0015-each-entity-is-a-partition-of-its-own.md)).",
        "## Tables",
        text.table(("table", "keys", "expires by"), [_table(name, template["Resources"][name]) for name in TABLES]),
        "## Items",
        "The parts of a key are percent-encoded and joined by `#`. Digests are SHA-256.",
        text.table(("key `pk`", "item"), items()),
    )


def _table(name: str, resource: dict[str, Any]) -> Sequence[str]:
    properties = resource["Properties"]
    found = {"": properties, **{one["IndexName"]: one for one in properties.get("GlobalSecondaryIndexes", [])}}
    described = [
        f"{f'index `{index}`: ' if index else ''}{', '.join(f'`{key["AttributeName"]}`' for key in one['KeySchema'])}"
        for index, one in found.items()
    ]
    expiry = properties.get("TimeToLiveSpecification", {}).get("AttributeName", "")
    return f"`{name}`", "; ".join(described), f"`{expiry}`" if expiry else ""


def items() -> Iterator[Sequence[str]]:
    """Yield each kind of item: how its key is made, and what it is."""
    tree = ast.parse(inspect.getsource(keys))
    for function in (one for one in tree.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")):
        made = [one for one in ast.walk(function) if isinstance(one, ast.Call) and ast.unparse(one.func) == "_key"]
        for call in made:
            kind, *parts = call.args
            kinds = [one.value for one in ast.walk(kind) if isinstance(one, ast.Constant) and str(one.value).isupper()]
            names = [_name(part, {one.arg for one in function.args.args}) for part in parts]
            shape = "#".join([" or ".join(map(str, kinds)), *names])
            told = (ast.get_docstring(function) or "").partition("\n")[0]
            yield f"`{shape}`", text.plain(told.removeprefix("Return the key of ").removeprefix("Return the key that "))


def _name(part: ast.expr, arguments: set[str]) -> str:
    """Return a part of a key: a fixed text, or the argument that it is made of."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    named = [one.id for one in ast.walk(part) if isinstance(one, ast.Name)]
    return f"<{next((one for one in named if one in arguments), named[0])}>"
