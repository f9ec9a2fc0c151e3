"""The reference of an API, read from its document: operations, schemas, examples, exports and programs."""

import ast
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gatehouse.domain.apis import api_reference, schema_shapes
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.kernel.scopes import SCOPES_MAX
from gatehouse.endpoints.devportal import api_exports, code_samples, programs
from gatehouse.endpoints.rest.json_api import render_file
from gatehouse.endpoints.rest.operations import File
from tests import factories

TEA = 'té\U0001f375 "x"'
ORDER = {"$ref": "#/components/schemas/Order"}
ITEM = {"type": "object", "required": ["item"], "properties": {"item": {"type": "string", "example": TEA}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "orders", "version": "1.0.0"},
    "paths": {
        "/orders/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "put": {
                "summary": "Change an order",
                "tags": ["Orders"],
                "x-scope": "update",
                "parameters": [
                    {"name": "dry run", "in": "query", "required": True, "schema": {"default": False}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": ["string", "null"]}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {
                    "200": {
                        "description": "Changed.",
                        "content": {"application/json": {"schema": {"type": "array", "items": ORDER}}},
                    },
                    "404": {"$ref": "#/components/responses/Missing"},
                },
            },
        },
        "/files/{path+}": {
            "x-amazon-apigateway-any-method": {
                "parameters": [
                    {"name": "path", "in": "path", "required": True, "example": "a b/c"},
                    {"name": "tag", "in": "query", "required": True, "example": ["x", "y z"]},
                    {"name": "X-Tenant", "in": "header", "required": True, "example": "it's \"7\""},
                    {"name": "Authorization", "in": "header", "required": True, "example": "Bearer x"},
                    {"name": "X Odd\n", "in": "header", "required": True, "example": "x"},
                    {"name": "X-Lines", "in": "header", "required": True, "example": "a\nb"},
                ],
                "responses": {},
            },
            "head": {"responses": {}},
        },
        "/health": {"get": {"deprecated": True, "responses": {"200": {"description": "Up."}}}},
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "schema": {"type": "integer", "minimum": 7}}},
        "responses": {"Missing": {"description": "No such order."}},
        "schemas": {
            "Order": {
                "allOf": [
                    ITEM,
                    {"properties": {"at": {"type": "string", "format": "date-time", "readOnly": True}}},
                ],
                "properties": {
                    "state": {"enum": ["open", "sent"]},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                },
            },
            "Line": {
                "type": "object",
                "properties": {"count": {"type": "integer"}, "of": {"$ref": "#/components/schemas/Order"}},
            },
        },
    },
}  # fmt: skip


def operation(name: str = "PUT /orders/{id}") -> api_reference.OperationReference:
    found = api_reference.find_operation(DOCUMENT, name)
    assert found is not None
    return found


def check_syntax(code: Mapping[str, str], folder: Path) -> None:
    ast.parse(code["python"])
    (folder / "call.mjs").write_text(code["javascript"], encoding="utf-8")
    node = shutil.which("node")
    if node is not None:
        subprocess.run([node, "--check", str(folder / "call.mjs")], check=True)  # noqa: S603
    subprocess.run(["/bin/sh", "-n"], input=code["curl"], text=True, check=True)


def test_every_operation_is_listed() -> None:
    found = api_reference.find_summaries(DOCUMENT)

    assert [(one.name, one.tag, one.is_deprecated) for one in found] == [
        ("PUT /orders/{id}", "Orders", False),
        ("HEAD /files/{path+}", "", False),
        ("ANY /files/{path+}", "", False),
        ("GET /health", "", True),
    ]
    assert api_reference.find_operation(DOCUMENT, "GET /orders/{id}") is None


def test_parameters_of_path_and_operation_are_shown_with_types_and_examples() -> None:
    shown = [(one.place, one.name, one.kind, one.is_required, one.example) for one in operation().parameters]

    assert shown == [
        ("path", "id", "integer", True, 7),
        ("query", "dry run", "any", True, False),
        ("header", "X-Trace", "string or null", False, "string"),
    ]


def test_a_schema_is_a_list_of_fields_and_an_example_that_ends_although_it_refers_to_itself() -> None:
    (body,) = operation().body
    example = json.loads(body.example)

    names = [one.name for one in body.fields]
    assert names[:5] == ["item", "at", "state", "lines", "lines[].count"]
    assert [one.is_required for one in body.fields[:2]] == [True, False]
    assert (body.fields[2].kind, body.fields[2].notes) == ("string", ("one of: open, sent",))
    assert body.fields[3].kind == "array of Line"
    assert len(names) <= schema_shapes.FIELDS_MAX
    assert (example["item"], example["state"]) == ('té\U0001f375 "x"', "open")
    assert "at" not in example
    assert example["lines"][0]["count"] == 1


def test_answers_are_shown_by_status() -> None:
    replies = operation().replies

    assert [(one.status, one.description) for one in replies] == [("200", "Changed."), ("404", "No such order.")]
    assert replies[0].contents[0].kind == "array"
    assert json.loads(replies[0].contents[0].example)[0]["at"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"paths": []},
        {"paths": {"/x": None, "/y": {"get": []}, "/z": {"$ref": "#/nowhere"}}},
        {"paths": {"/x": {"get": {"parameters": [1, {"name": 3, "in": []}], "requestBody": "x", "responses": [1]}}}},
        {"paths": {"/x": {"$ref": "#/paths/~1x"}}},
        {"paths": {"/x": {"get": {"tags": [3], "responses": {"200": {"content": {"a": 3, "b": {"schema": True}}}}}}}},
    ],
)
def test_odd_documents_are_read_as_far_as_they_go(document: dict[str, Any]) -> None:
    for one in api_reference.find_summaries(document):
        assert api_reference.find_operation(document, one.name) is not None
    api_exports.postman(document, factories.api(), "https://auth.example", [])
    api_exports.openapi(document, factories.api(), "https://auth.example")


def test_a_wide_schema_is_bounded() -> None:
    level: dict[str, Any] = {"type": "string"}
    for _ in range(6):
        level = {"type": "object", "properties": {f"p{number}": level for number in range(9)}}

    assert len(schema_shapes.fields({}, level)) == schema_shapes.FIELDS_MAX
    assert len(json.dumps(schema_shapes.example({}, level))) < 100_000


class TestExports:
    API = factories.api(deployments=(factories.deployment(url="https://api.example/v1"),))

    def test_openapi_names_the_token_url_the_addresses_and_the_scopes_of_silent_operations(self) -> None:
        silent: dict[str, Any] = {"paths": {"/orders/{order}": {"get": {"responses": {}}}}}

        made = api_exports.openapi(silent, self.API, "https://auth.example")

        flow = made["components"]["securitySchemes"]["gatehouse"]["flows"]["clientCredentials"]
        assert flow["tokenUrl"] == "https://auth.example/token"
        assert flow["scopes"].keys() == {"read", "update", "delete"}
        assert made["servers"] == [{"url": "https://api.example/v1"}]
        assert made["paths"]["/orders/{order}"]["get"]["security"] == [
            {"gatehouse": ["read"]},
            {"gatehouse": ["update"]},
        ]

    def test_openapi_replaces_the_addresses_of_its_own_schemes(self) -> None:
        flows: dict[str, Any] = {
            "authorizationCode": {"authorizationUrl": "/a", "tokenUrl": "/t", "refreshUrl": "/r", "scopes": {}}
        }
        document: dict[str, Any] = {
            "components": {"securitySchemes": {"own": {"type": "oauth2", "flows": flows}}},
            "paths": {},
        }

        made = api_exports.openapi(document, self.API, "https://auth.example")

        assert made["components"]["securitySchemes"]["own"]["flows"]["authorizationCode"] == {
            "authorizationUrl": "https://auth.example/authorize",
            "tokenUrl": "https://auth.example/token",
            "scopes": {},
        }
        assert document["components"]["securitySchemes"]["own"]["flows"] is flows
        assert flows["authorizationCode"]["tokenUrl"] == "/t"

    def test_postman_has_oauth_folders_and_variables(self) -> None:
        made = api_exports.postman(DOCUMENT, self.API, "https://auth.example", ["read", "update"])

        auth = {one["key"]: one["value"] for one in made["auth"]["oauth2"]}
        assert auth["accessTokenUrl"] == "https://auth.example/token"
        assert auth["scope"] == "read update"
        folder, _, files, health = made["item"]
        request = folder["item"][0]["request"]
        assert (folder["name"], health["name"]) == ("Orders", "GET /health")
        assert request["url"]["raw"] == "{{baseUrl}}/orders/:id"
        assert request["url"]["variable"][0]["value"] == "7"
        assert json.loads(request["body"]["raw"])["state"] == "open"
        sent = files["request"]
        assert sent["method"] == "GET"
        assert [(one["key"], one["value"]) for one in sent["header"]] == [("X-Tenant", 'it\'s "7"'), ("X-Lines", "a b")]
        assert [(one["key"], one["value"]) for one in sent["url"]["query"]] == [("tag", "x"), ("tag", "y z")]
        assert {one["key"]: one["value"] for one in made["variable"]}["baseUrl"] == "https://api.example/v1"

    def test_postman_asks_for_no_more_scopes_than_a_request_may_name(self) -> None:
        made = api_exports.postman({}, self.API, "https://auth.example", [f"s{number}" for number in range(150)])

        (scope,) = (one["value"] for one in made["auth"]["oauth2"] if one["key"] == "scope")
        assert len(scope.split()) == SCOPES_MAX

    def test_the_largest_document_fits_into_an_answer(self) -> None:
        deep: Any = [["x" * 15] * 10] * 18_000
        for _ in range(20):
            deep = {"x": deep}
        document = json.dumps({"openapi": "3.1.0", "paths": {}, "x-long": deep})

        class Directory:
            def find_document(self, *_: str) -> str:
                return document

        directory: Any = Directory()
        content = api_exports.make(directory, self.API, "openapi", "https://auth.example", "johnsorg")

        body = str(render_file(File(media_type="application/json", content=content), {})["body"])
        assert len(body) < 6_000_000
        assert json.loads(content)["x-long"] == deep


class TestPrograms:
    @pytest.fixture
    def call(self) -> code_samples.SampleCall:
        return code_samples.call(
            operation(), "https://localhost:8243/orders/1.0.0/", "update", "https://localhost:8243/token"
        )

    def test_the_call_has_values_for_all_variables(self, call: code_samples.SampleCall) -> None:
        assert call.url == "https://localhost:8243/orders/1.0.0/orders/7?dry%20run=false"
        assert json.loads(call.body)["item"] == 'té\U0001f375 "x"'

    def test_every_language_has_the_real_values(self, call: code_samples.SampleCall) -> None:
        found = code_samples.find_all(call)

        assert [one.language for one in found] == ["curl", "python", "javascript", "java", "go"]
        for one in found:
            assert "https://localhost:8243/token" in one.code
            assert call.url in one.code
            assert "update" in one.code
            assert "CONSUMER_SECRET" in one.code

    @pytest.mark.parametrize("base", ["https://api.example", "https://localhost:8243"])
    def test_only_programs_of_the_local_stack_trust_any_certificate(self, base: str) -> None:
        made = code_samples.call(operation("GET /health"), base, "", f"{base}/token")

        words = {
            "curl": " -k ",
            "python": "verify = False",
            "javascript": "REJECT_UNAUTHORIZED",
            "java": "trusting",
            "go": "InsecureSkipVerify",
        }
        for one in code_samples.find_all(made):
            assert (words[one.language] in one.code) is (base == "https://localhost:8243"), one.language

    def test_a_route_for_any_method_is_called_with_what_it_requires(self, tmp_path: Path) -> None:
        made = code_samples.call(operation("ANY /files/{path+}"), "https://api.example", "", "")

        assert (made.method, made.url) == ("GET", "https://api.example/files/a%20b/c?tag=x&tag=y%20z")
        assert made.headers == (("X-Tenant", 'it\'s "7"'), ("X-Lines", "a b"))
        for one in code_samples.find_all(made):
            assert "X-Tenant" in one.code
            assert "X Odd" not in one.code
        code = {one.language: one.code for one in code_samples.find_all(made)}
        shell = f"curl() {{ printf '%s\\n' \"$@\"; }}; {code['curl']}"
        ran = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True)  # noqa: S603
        assert 'X-Tenant: it\'s "7"' in ran.stdout.splitlines()
        check_syntax(code, tmp_path)

    def test_curl_waits_for_no_body_of_head(self) -> None:
        made = code_samples.call(operation("HEAD /files/{path+}"), "https://api.example", "", "")

        (curl,) = (one.code for one in code_samples.find_all(made) if one.language == "curl")
        assert curl.startswith("curl -I ")
        assert "-X" not in curl

    def test_the_stage_that_takes_production_keys_is_called_first(self) -> None:
        sandbox = factories.deployment(stage="try", url="https://try.example", key_types=frozenset({"SANDBOX"}))
        real = factories.deployment(url="https://api.example/", key_types=frozenset({"PRODUCTION"}))

        api = factories.api(deployments=(sandbox, real))

        assert programs.urls(api) == ["https://api.example", "https://try.example"]
        assert programs.urls(api, "SANDBOX") == ["https://try.example", "https://api.example"]

    def test_programs_call_the_stage_that_takes_the_keys_beside_them(self) -> None:
        real = factories.deployment(url="https://api.example", key_types=frozenset({"PRODUCTION"}))
        sandbox = factories.deployment(stage="try", url="https://try.example", key_types=frozenset({"SANDBOX"}))
        api = factories.api(deployments=(real, sandbox))
        both = factories.application(client_ids={"SANDBOX": "key-s", "PRODUCTION": "key-p"})
        found = programs.credentials([factories.application(client_ids={"SANDBOX": "key-s"})])

        made = programs.samples_of(api, api.resources[0], "johnsorg", "https://auth.example", found[1])

        assert ("key-s" in found[0], found[1]) == (True, "SANDBOX")
        assert all("https://try.example" in one.code for one in made)
        assert programs.credentials([both])[1] == programs.credentials([])[1] == "PRODUCTION"

    def test_an_open_operation_asks_for_no_token(self) -> None:
        for one in code_samples.find_all(code_samples.call(operation("GET /health"), "https://api.example", "", "")):
            assert "CONSUMER" not in one.code

    def test_programs_are_valid(self, call: code_samples.SampleCall, tmp_path: Path) -> None:
        check_syntax({one.language: one.code for one in code_samples.find_all(call)}, tmp_path)

    def test_the_scope_is_one_that_opens_the_resource_and_that_members_may_ask_for(self) -> None:
        """Programs ask for the application itself, which has a role-bound scope only if it was granted."""
        api = factories.api(
            resources=(
                Resource(method="GET", path="/x", scopes=frozenset({"delete", "read"})),
                Resource(method="GET", path="/y", scopes=frozenset({"delete"})),
            )
        )
        theirs, own = programs.offered(api, "acme"), programs.offered(api, "johnsorg")

        assert (theirs, own) == (["read", "update"], ["read", "update", "delete"])
        assert programs.needed(api.resources[0], theirs) == programs.needed(api.resources[0], own) == {"read"}
        assert programs.needed(api.resources[1], theirs) == frozenset()
        assert programs.needed(api.resources[1], own) == {"delete"}
        assert [programs.needs_role(api, one) for one in (*api.resources, None)] == [False, True, False]


def test_a_collection_reads_its_document_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[Any] = []
    resolve = schema_shapes.resolve

    def record(document: Mapping[str, Any], value: Any) -> dict[str, Any]:
        resolved.append(value)
        return resolve(document, value)

    monkeypatch.setattr(api_reference, "resolve", record)
    operation = {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}}}}}

    made = api_exports.postman(
        {"paths": {f"/{one}": operation for one in range(300)}}, factories.api(), "https://auth.example", ()
    )

    assert len(made["item"]) == 300
    assert len(resolved) < 1000
