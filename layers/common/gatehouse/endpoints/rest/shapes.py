"""What the schemas of the JSON APIs are made of (OpenAPI 3.0 section "Schema Object")."""

from collections.abc import Mapping
from typing import Any, cast

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FREE: Schema = {"type": "object", "additionalProperties": True}
MILLISECONDS: Schema = {**TEXT, "description": "Epoch milliseconds, as text."}


def of(*required: str, **fields: Schema) -> Schema:
    """Return an object with these fields, some of which must be there."""
    described: Schema = {"type": "object", "properties": fields}
    return {**described, "required": list(required)} if required else described


def like(values: Mapping[str, Any]) -> dict[str, Schema]:
    """Return the schemas of fields that hold such values; where there is null, there could be a text."""
    return {name: _of_value(value) for name, value in values.items()}


def _of_value(value: Any) -> Schema:
    if isinstance(value, dict):
        return of(**like(cast("dict[str, Any]", value))) if value else FREE
    if isinstance(value, list):
        return many(_of_value(value[0]) if value else FREE)
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, int):
        return NUMBER
    return nullable(TEXT) if value is None else TEXT


def fields(schema: Schema, *names: str) -> dict[str, Schema]:
    """Return fields that all are of this schema."""
    return dict.fromkeys(names, schema)


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(item: Schema) -> Schema:
    """Return an array."""
    return {"type": "array", "items": item}


def one_of(*values: str) -> Schema:
    """Return a text that is one of these."""
    return {**TEXT, "enum": list(values)}


def nullable(schema: Schema) -> Schema:
    """Return the same, or null."""
    if "$ref" in schema:
        return {"type": "object", "allOf": [schema], "nullable": True}
    return {**schema, "nullable": True}


def lists(*names: str, is_paged: bool = True) -> dict[str, Schema]:
    """Return the lists of these schemas by their names, such as `TagList`."""
    return {f"{name}List": listing(name, is_paged=is_paged) for name in names}


def listing(name: str, *, is_paged: bool = True, **more: Schema) -> Schema:
    """Return WSO2's envelope of a list."""
    pagination = {"pagination": ref("Pagination")} if is_paged else {}
    return of("count", "list", count=NUMBER, list=many(ref(name)), **pagination, **more)
