"""The reference of an API, read from documents that may be hostile: a page is read in bounded steps."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gatehouse.domain.apis import api_reference, references, schema_shapes


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the references that are followed from now on."""
    found: list[str] = []
    find = references.find

    def record(document: Any, reference: str) -> Any:
        found.append(reference)
        return find(document, reference)

    monkeypatch.setattr(references, "find", record)
    return found


def read(parameters: list[dict[str, Any]], **document: Any) -> api_reference.OperationReference:
    document |= {"paths": {"/orders": {"get": {"parameters": parameters}}}}
    found = api_reference.find_operation(document, "GET /orders")
    assert found is not None
    return found


def test_schemas_that_all_apply_to_each_other_are_read_once(followed: list[str]) -> None:
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


def test_a_parameter_that_is_named_again_and_again_is_described_once(monkeypatch: pytest.MonkeyPatch) -> None:
    described: list[Any] = []
    describe = schema_shapes.describe

    def record(document: Mapping[str, Any], schema: Any) -> str:
        described.append(schema)
        return describe(document, schema)

    monkeypatch.setattr(schema_shapes, "describe", record)
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}

    (parameter,) = read([{"$ref": "#/limit"}] * 1000, limit=limit).parameters

    assert (parameter.name, parameter.kind) == ("limit", "integer")
    assert len(described) == 1


def test_an_operation_shows_no_more_than_200_parameters() -> None:
    many = [{"name": f"filter{index}", "in": "query"} for index in range(1000)]

    assert len(read([*many, {"name": "order_id", "in": "path"}]).parameters) == api_reference.PARAMETERS_MAX


def test_parameters_are_shown_by_place_and_those_of_the_path_first() -> None:
    named = [{"name": place, "in": place} for place in ("cookie", "query", "elsewhere", "path", "header")]

    assert [one.place for one in read(named).parameters] == ["path", "query", "header", "cookie", "elsewhere"]


def test_an_example_looks_at_as_many_members_of_an_object_as_a_page_shows(followed: list[str]) -> None:
    hidden = {f"total{index}": {"$ref": "#/total"} for index in range(2000)}
    order = {"properties": {"first": {"$ref": "#/order"}, "second": {"$ref": "#/order"}, **hidden}}

    schema_shapes.example({"order": order, "total": {"readOnly": True}}, order)

    assert len(followed) < 100_000


class Looked(list[Any]):
    """A list that counts how many of its elements are looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            self.looked_at += 1
            yield one


@pytest.mark.parametrize("word", ["enum", "type", "required", "allOf"])
def test_a_long_list_of_a_schema_is_not_looked_at_to_its_end(word: str) -> None:
    listed = Looked([{"$ref": "#/order"} if word == "allOf" else "number"] * 5000)
    order: dict[str, Any] = {"properties": {"total": {"type": "number"}}, word: listed}

    schema_shapes.describe({"order": order}, order)
    schema_shapes.fields({"order": order}, order)

    assert listed.looked_at == 0  # only its beginning, which is a list of its own


def test_a_long_list_of_schemas_that_all_apply_costs_no_more_than_a_page_shows(followed: list[str]) -> None:
    names = [f"#/{index}" for index in range(1000)]
    parts = {name.removeprefix("#/"): {"allOf": [{"$ref": one} for one in names]} for name in names}

    schema_shapes.fields(parts, {"allOf": [{"$ref": one} for one in names]})

    assert len(followed) < 2000


def test_the_examples_of_an_operations_parameters_have_a_number_of_values_together(followed: list[str]) -> None:
    large = {"properties": {f"total{index}": {"$ref": "#/total"} for index in range(150)}}
    schema = {"schema": {"$ref": "#/large"}}

    found = read([{"name": f"filter{one}", "in": "query", **schema} for one in range(50)], large=large, total={})

    assert len(found.parameters) == 50
    assert len(followed) < 5_000
