"""The loader and the check of OpenAPI documents: what people have, and what burns, breaks or deceives."""

from typing import Any

import pytest

from gatehouse.domain.apis import references
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import documents
from gatehouse.endpoints.publisher.document_references import VALUES_MAX
from tests.unit.endpoints.publisher.written import OK, document, invalid


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param({"swagger": "2.0"}, "swagger2openapi", id="Swagger 2.0"),
        pytest.param(
            {"openapi": "3.2.0"}, '3.0 and 3.1 documents are published; the member openapi is "3.2.0"', id="3.2"
        ),
        pytest.param({"openapi": 3.1}, "the member openapi is 3.1", id="a number"),
        pytest.param({"asyncapi": "3.0.0"}, "the member openapi is missing", id="AsyncAPI"),
        pytest.param({"openapi": "3.1.0"}, 'the document: "info" is missing', id="no info"),
        pytest.param(document(openapi="3.0.1", paths=[]), '/paths: the list is not of type "object"', id="paths"),
        pytest.param(
            document(info={"title": "T", "version": 1}), '/info/version: 1 is not of type "string"', id="version"
        ),
        pytest.param(
            document({"/a": {"get": {"responses": {"200": {}}}}}),
            '/paths/~1a/get/responses/200: "description" is missing',
            id="a response",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"properties": {"007": {"type": 7}}}}}),
            "/components/schemas/A/properties/7/type: the value is not",
            id="a key that looks like a number",
        ),
        pytest.param(
            document(
                {"/a": {"get": {**OK, "parameters": [{"name": "a", "in": "query", "schema": {"type": "strin"}}]}}},
                openapi="3.0.3",
            ),
            '/paths/~1a/get/parameters/0/schema/type: "strin" is not one of',
            id="deep inside of alternatives",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"type": "strin"}}}),
            '/components/schemas/A/type: "strin" is not one of',
            id="a schema of 3.1",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"$recursiveAnchor": True}}}),
            '/components/schemas/A/$recursiveAnchor: true is not of type "string"',
            id="a keyword of JSON Schema 2019-09, as OpenAI has it",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"type": "object", "required": ["a", "b", "a"]}}}),
            "/components/schemas/A/required: the list holds a value twice",
            id="a property that is required twice, as OpenAI has it",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"type": "integer", "desc": "a"}}}, openapi="3.0.0"),
            '/components/schemas/A: "desc" is not expected there',
            id="a misspelt member of a schema, as SendGrid has it",
        ),
        pytest.param(
            document(
                {"/a": {"get": {**OK, "parameters": [{"name": "a", "in": "query", "style": "simple", "schema": {}}]}}},
                openapi="3.0.2",
            ),
            '/paths/~1a/get/parameters/0/style: "simple" is not one of "form"',
            id="a style of paths in a query, as Okta has it",
        ),
        pytest.param(
            document(
                components={"parameters": {"a": {"name": "a", "in": "query", "schema": {}, "enum": ["A"]}}},
                openapi="3.0.3",
            ),
            '/components/parameters/a: "enum" is not expected there',
            id="a member of the schema beside it, as PayPal has it",
        ),
        pytest.param(
            document(components={"schemas": {"A": {"items": {"$ref": "Pet"}}}}, openapi="3.0.0"),
            "/components/schemas/A/items/$ref: 'Pet': references to other files are not followed; bundle",
            id="a bare name as a reference, as an AWS sample has it",
        ),
        pytest.param(
            {"openapi": "3.0.1", "info": {"title": "T"}, "paths": {}},
            '/info: "version" is missing',
            id="no version, as a Springdoc sample has it",
        ),
        pytest.param(document(**{"x-a": "\ud800"}), "/x-a: the text names half a character", id="a surrogate"),
        pytest.param(
            document(**{"x-a": {"\udfff": 1}}), "/x-a: the text names half a character", id="a surrogate as a key"
        ),
        pytest.param(document(**{"x-a": [1, 1e308 * 10]}), "/x-a/1: the number", id="infinity"),
        pytest.param(document(**{"x-a": [0] * VALUES_MAX}), "over 200000 values", id="many values"),
    ],
)
def test_what_is_not_openapi_is_refused_with_place_and_reason(found: Any, said: str) -> None:
    assert said in invalid(found)


def schemas(**found: Any) -> dict[str, Any]:
    return document(components={"schemas": found})


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(schemas(A={"pattern": "^[\\w-\\.]+@"}), id="a pattern that only ECMA understands"),
        pytest.param(schemas(A={"pattern": "^(a+)+$", "default": "a" * 40 + "!"}), id="a pattern that burns"),
        pytest.param(schemas(A={"type": "string", "default": 3}), id="a default of another type"),
        pytest.param(
            schemas(A={"properties": {"a b~": {}}}, B={"$ref": "#/components/schemas/A/properties/a%20b~0"}),
            id="escapes",
        ),
        pytest.param(
            schemas(B={"$ref": "#/paths/~1a%7Bb%7D/get"}) | {"paths": {"/a{b}": {"get": OK}}}, id="a path of another"
        ),
        pytest.param(
            schemas(A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/C"}, C=True), id="hops"
        ),
        pytest.param(schemas(A={"properties": {"a": {"$ref": "#/components/schemas/A"}}}), id="a recursive schema"),
        pytest.param(schemas(A={"properties": {"$ref": {"type": "string"}}}), id="a property called $ref"),
        pytest.param(schemas(A={"example": {"$ref": "https://scim.example/Users/1"}}), id="an example of SCIM"),
        pytest.param(schemas(A={"examples": [{"$ref": "other.yaml"}]}), id="examples"),
        pytest.param(schemas(A={"const": {"$ref": "other.yaml"}, "enum": [{"$ref": "x"}]}), id="constants"),
        pytest.param(schemas(A={"$anchor": "here"}, B={"$ref": "#here"}), id="an anchor"),
        pytest.param(
            schemas(A={"$id": "https://schemas.example/a"}, B={"$ref": "https://schemas.example/a"}),
            id="a bundled schema",
        ),
        pytest.param(
            schemas(A={"$id": "https://schemas.example/a", "$ref": "#/$defs/B", "$defs": {"B": {}}}),
            id="relative to an id",
        ),
        pytest.param(document(**{"x-any": {"$ref": "other.yaml"}}), id="an extension"),
        pytest.param(
            document(
                {
                    "/{proxy+}": {
                        "x-amazon-apigateway-any-method": {
                            "parameters": [
                                {"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}
                            ],
                            "responses": {},
                            "x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "arn:aws:apigateway:…"},
                        },
                    },
                    "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True}},
                },
                openapi="3.0.1",
                **{"x-amazon-apigateway-cors": {"allowMethods": ["*"]}},
            ),
            id="AWS's export",
        ),
    ],
)
def test_what_people_have_is_valid(found: Any) -> None:
    documents.validate(found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            schemas(A={"items": {"$ref": "other.yaml#/B"}}),
            "/components/schemas/A/items/$ref: 'other.yaml#/B': references to other files are not followed; bundle",
            id="another file",
        ),
        pytest.param(
            schemas(A={"$ref": "https://x.example/a"}), "/components/schemas/A/$ref: 'https://", id="an address"
        ),
        pytest.param(
            schemas(A={"$ref": "file:///proc/self/environ"}), "bundle the document", id="the function's own file"
        ),
        pytest.param(schemas(A={"$ref": "#/components/schemas/B"}), "nothing is at that place", id="nothing"),
        pytest.param(schemas(A={"$ref": "#/paths/0"}), "nothing is at that place", id="a number where names are"),
        pytest.param(
            schemas(A={"enum": [1], "$ref": "#/components/schemas/A/enum/7"}), "nothing is at", id="beyond a list"
        ),
        pytest.param(schemas(A={"$ref": "#/info/title"}), "of another kind", id="a text"),
        pytest.param(schemas(A={"$ref": "#B"}), "nothing is at that place", id="an unknown anchor"),
        pytest.param(schemas(A={"$ref": "#/components/schemas/A"}), "lead back", id="itself"),
        pytest.param(
            schemas(A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/A"}),
            "lead back",
            id="a circle",
        ),
        pytest.param(
            document({"/a": {"get": {**OK, "parameters": [{"$ref": "#/info"}]}}}), "of another kind", id="no parameter"
        ),
        pytest.param(
            document({"/a": {"get": {"responses": {"200": {"$ref": "#/info"}}}}}), "of another kind", id="no response"
        ),
        pytest.param(schemas(A={"$dynamicRef": "other.yaml"}), "bundle the document", id="a dynamic reference"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_refused_with_its_place(found: Any, said: str) -> None:
    assert said in invalid(found)


def test_a_refusal_does_not_repeat_a_version_of_any_length() -> None:
    wrong = {"/orders": {"get": {"tags": list(range(3_000)), "responses": {"200": {"description": "OK"}}}}}
    document = {"openapi": f"3.0.0-{'x' * 100_000}", "info": {"title": "Orders", "version": "1"}, "paths": wrong}

    with pytest.raises(InvalidInputError, match="too large to say where") as refused:
        documents.validate(document)

    assert len(refused.value.description) < 1_000


def test_a_fan_of_references_is_looked_at_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """1.9 KB of doubled references took 20 s where they were followed."""
    looked_at = list[str]()
    find = references.find
    monkeypatch.setattr(references, "find", lambda found, text: looked_at.append(text) or find(found, text))
    fan = {f"S{one}": {"allOf": [{"$ref": f"#/components/schemas/S{one + 1}"}] * 2} for one in range(60)}
    chain = {f"C{one}": {"$ref": f"#/components/schemas/C{one + 1}"} for one in range(2000)}

    documents.validate(schemas(**fan, S60={"type": "object"}, **chain, C2000={}))

    assert len(looked_at) == 60 + 2000


def test_one_wrong_component_is_found_among_thousands() -> None:
    many: dict[str, Any] = {f"S{one}": {"type": "string"} for one in range(20_000)}

    many["S17777"] = {"properties": {"a": {"type": "strin"}}}

    said = invalid(schemas(**many) | {"openapi": "3.0.3"})

    assert '/components/schemas/S17777/properties/a/type: "strin" is not one of' in said


def test_what_is_wrong_in_too_many_places_is_not_collected() -> None:
    """45,000 errors below 45 levels took half a minute and gigabytes to collect."""
    wrong: dict[str, Any] = {"properties": {f"p{one}": {"type": "strin"} for one in range(45_000)}}
    for _ in range(45):
        wrong = {"allOf": [wrong]}

    said = invalid(schemas(A=wrong) | {"openapi": "3.0.3"})

    assert said == "/components/schemas/A: it is not valid OpenAPI 3.0.3, and too large to say where."
