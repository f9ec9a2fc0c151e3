"""Bodies as types: what they take, what they refuse at which field, and how they are described."""

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.rest import typed_bodies
from gatehouse.endpoints.rest.typed_bodies import Body


class PartBody(Body, frozen=True):
    REQUIRED = ("gatewayId",)

    gateway_id: str = ""
    is_open: bool = True


class WholeBody(Body, frozen=True):
    title: Annotated[str, Meta(extra_json_schema={"maxLength": 3})] = "none"
    kind: Literal["a", "b"] = "a"
    count: int = 7
    flag: bool | None = None
    roles: frozenset[str] | None = None
    parts: tuple[PartBody, ...] = ()
    one: PartBody | None = None
    claims: dict[str, str] | None = None
    document: Any = None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({}, WholeBody(), id="nothing"),
        pytest.param({"title": None, "parts": None, "unknown": 1}, WholeBody(), id="null and unknown names"),
        pytest.param({"count": "12", "flag": "true"}, WholeBody(count=12, flag=True), id="spelled as text"),
        pytest.param({"count": "", "flag": False}, WholeBody(flag=False), id="an empty number"),
        pytest.param({"roles": ["a", "a"]}, WholeBody(roles=frozenset({"a"})), id="a set"),
        pytest.param(
            {"parts": [{"gatewayId": "x", "isOpen": "false"}, {"isOpen": None}]},
            WholeBody(parts=(PartBody(gateway_id="x", is_open=False), PartBody())),
            id="parts",
        ),
        pytest.param({"one": {"gatewayId": None}}, WholeBody(one=PartBody()), id="null in a part"),
        pytest.param({"document": {"a": [None]}}, WholeBody(document={"a": [None]}), id="null in a document stays"),
    ],
)
def test_a_body_is_read(body: dict[str, Any], expected: WholeBody) -> None:
    assert typed_bodies.parse(body, WholeBody) == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"title": 1}, "title", id="a number for a text"),
        pytest.param({"count": "x"}, "count", id="no number"),
        pytest.param({"count": True}, "count", id="a flag for a number"),
        pytest.param({"flag": "yes"}, "flag", id="another word for a flag"),
        pytest.param({"flag": 1}, "flag", id="a number for a flag"),
        pytest.param({"kind": "c"}, "kind", id="no choice"),
        pytest.param({"roles": "a"}, "roles", id="no list"),
        pytest.param({"roles": [None]}, "roles", id="null in a list"),
        pytest.param({"parts": [{"gatewayId": 1}]}, "gatewayId", id="in a part"),
        pytest.param({"parts": ["x"]}, "parts", id="no part"),
        pytest.param({"one": []}, "one", id="no object"),
        pytest.param({"claims": {"a": 1}}, "claims", id="in a map"),
    ],
)
def test_another_type_is_refused_at_its_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        typed_bodies.parse(body, WholeBody)

    assert refused.value.field == field


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidInputError):
        typed_bodies.parse(body, WholeBody)


def test_the_description_follows_the_types() -> None:
    text, part = (
        {"type": "string"},
        {
            "type": "object",
            "properties": {"gatewayId": {"type": "string"}, "isOpen": {"type": "boolean"}},
            "required": ["gatewayId"],
        },
    )

    assert typed_bodies.schemas(WholeBody=WholeBody)["WholeBody"]["properties"] == {
        "title": {"type": "string", "maxLength": 3},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "count": {"type": "integer"},
        "flag": {"type": "boolean"},
        "roles": {"type": "array", "items": text},
        "parts": {"type": "array", "items": part},
        "one": part,
        "claims": {"type": "object", "additionalProperties": text},
        "document": {"type": "object", "additionalProperties": True},
    }
