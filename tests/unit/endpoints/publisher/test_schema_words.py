"""What a document violates is told in our own words, not in those of the library that checks it."""

from typing import Any

import jsonschema_rs
import pytest

from gatehouse.endpoints.publisher import schema_words


def said(schema: dict[str, Any], value: Any) -> str:
    with pytest.raises(jsonschema_rs.ValidationError) as caught:
        jsonschema_rs.validator_for(schema).validate(value)
    return schema_words.explain(caught.value.kind, "the value")


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"required": ["info"]}, {}, '"info" is missing'),
        ({"type": "string"}, 1, 'the value is not of type "string"'),
        ({"type": ["string", "null"]}, 1, 'the value is not of type "null" or "string"'),
        ({"enum": ["a", "b", 3]}, 1, 'the value is not one of "a", "b" or 3'),
        ({"enum": list(range(20))}, 99, "the value is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or others"),
        ({"const": "x"}, 1, 'the value is not "x"'),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, '"b" is not expected there'),
        ({"additionalProperties": False}, {"b": 1}, "the value is not expected there"),
        ({"unevaluatedProperties": False}, {"b": 1}, '"b" is not expected there'),
        ({"unevaluatedProperties": False}, {"b": 1, "c": 1}, '"b" and "c" are not expected there'),
        ({"pattern": "^x"}, "a", 'the value does not match the pattern "^x"'),
        ({"propertyNames": {"pattern": "^x"}}, {"a": 1}, "the value has a name that is not allowed there"),
        ({"uniqueItems": True}, [1, 1], "the value holds a value twice"),
        ({"not": {}}, 1, "the value is what must not be there"),
        ({"anyOf": [{"const": 2}, {"const": 3}]}, 1, "the value is none of what may be there"),
        ({"oneOf": [{}, {}]}, 1, "the value is not exactly one of what may be there"),
        ({"minItems": 1}, [], "the value has fewer than 1 item"),
        ({"maxItems": 2}, [1, 2, 3], "the value has more than 2 items"),
        ({"minProperties": 2}, {}, "the value has fewer than 2 members"),
        ({"maxLength": 1}, "ab", "the value has more than 1 character"),
        ({"minimum": 3}, 1, "the value is less than 3"),
        ({"exclusiveMaximum": 3}, 3, "the value is not less than 3"),
        ({"multipleOf": 2}, 3, "the value is not what OpenAPI's schema demands (multipleOf)"),
    ],
)
def test_a_violation_is_told_in_our_words(schema: dict[str, Any], value: Any, told: str) -> None:
    assert said(schema, value) == told
