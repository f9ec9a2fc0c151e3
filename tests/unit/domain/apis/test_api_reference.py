"""The reference of an API, read from documents that may be hostile: a page is read in bounded steps."""

from collections.abc import Mapping
from typing import Any

import pytest

from gatehouse.domain.apis import api_reference, references, schema_shapes


def read(parameters: list[dict[str, Any]], **document: Any) -> api_reference.OperationReference:
    document |= {"paths": {"/orders": {"get": {"parameters": parameters}}}}
    found = api_reference.find_operation(document, "GET /orders")
    assert found is not None
    return found


def test_schemas_that_all_apply_to_each_other_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[str] = []
    find = references.find

    def record(document: Any, reference: str) -> Any:
        followed.append(reference)
        return find(document, reference)

    monkeypatch.setattr(references, "find", record)
    order = {"allOf": [{"$ref": "#/order"}] * 4, "properties": {"item": {"type": "string"}}, "required": ["item"]}

    (field,) = schema_shapes.fields({"order": order}, order)

    assert (field.name, field.is_required) == ("item", True)
    assert len(followed) < 100


def test_members_come_from_all_schemas_that_apply_and_the_last_one_describes_them() -> None:
    document = {
        "base": {"properties": {"id": {"type": "string"}, "item": {"type": "string"}}, "required": ["id"]},
        "order": {"allOf": [{"$ref": "#/base"}], "properties": {"item": {"type": "integer"}}},
    }

    found = schema_shapes.fields(document, {"$ref": "#/order"})

    assert [(one.name, one.kind, one.is_required) for one in found] == [
        ("id", "string", True),
        ("item", "integer", False),
    ]
