"""What is read of an OpenAPI document, and what is refused."""

from typing import Any

import pytest

from gatehouse.domain.apis import openapi, references
from gatehouse.domain.apis.apis import Resource
from tests.unit.domain.apis.openapi_documents import document, only, parse


def defining(scopes: dict[str, str], bound: dict[str, list[str]] | None = None) -> dict[str, Any]:
    flow = {"authorizationUrl": "https://a", "tokenUrl": "https://a", "scopes": scopes}
    scheme = {"type": "oauth2", "flows": {"authorizationCode": flow}, "x-scopes-bindings": bound or {}}
    return document({}, components={"securitySchemes": {"gatehouse": scheme}})


def test_every_scope_of_every_requirement_opens_the_resource() -> None:
    found = only({"security": [{"gatehouse": ["read", "write"]}, {"other": ["admin"]}]})

    assert found == Resource(method="GET", path="/news", scopes=frozenset({"read", "write", "admin"}))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param({"security": []}, "none", id="open by the operation"),
        pytest.param({"security": [{}, {"gatehouse": []}]}, "none", id="security is optional"),
        pytest.param({"x-auth-type": "None"}, "none", id="WSO2's None"),
        pytest.param({"x-auth-type": "Application"}, "application", id="WSO2's Application"),
        pytest.param({"x-auth-type": "Application User"}, "user", id="WSO2's Application User"),
        pytest.param({"x-auth-type": "Application & Application User"}, "any", id="WSO2's both"),
        pytest.param({"x-wso2-disable-security": True}, "none", id="WSO2's switch"),
        pytest.param({}, "any", id="the document's own"),
        pytest.param({"x-auth-type": None}, "any", id="an extension without a value says nothing"),
        pytest.param({"x-scope": None}, "any", id="nor does the other"),
    ],
)
def test_who_may_call_a_resource(operation: Any, expected: str) -> None:
    assert only(operation, security=[{"gatehouse": []}]).security == expected


@pytest.mark.parametrize("operation", [{}, {"x-auth-type": None, "x-scope": None}, {"x-wso2-disable-security": False}])
def test_an_operation_that_says_nothing_is_unsecured(operation: Any) -> None:
    assert openapi.find_unsecured(document({"/a": {"get": operation}})) == (("GET", "/a"),)


def test_x_scope_is_a_scope() -> None:
    assert only({"x-scope": "news_read, news_write"}).scopes == {"news_read", "news_write"}


def test_an_x_scope_that_contradicts_the_operations_security_is_refused() -> None:
    with pytest.raises(openapi.OpenApiError, match="x-scope"):
        only({"security": [{"gatehouse": ["manage"]}], "x-scope": "read"})


def test_an_x_scope_goes_before_the_documents_security() -> None:
    assert only({"x-scope": "manage"}, security=[{"gatehouse": ["read"]}]).scopes == {"manage"}


def test_a_route_for_any_method_is_read_as_aws_exports_it() -> None:
    (found,) = parse(document({"/$default": {"x-amazon-apigateway-any-method": {"x-scope": "all"}}})).resources

    assert (found.method, found.path) == ("ANY", "/$default")


def test_a_path_item_may_be_referred_to() -> None:
    item = {"get": {"x-scope": "read"}}
    found = parse(
        document({"/news": {"$ref": "#/components/pathItems/News"}}, components={"pathItems": {"News": item}})
    )

    assert [one.path for one in found.resources] == ["/news"]


def test_path_items_may_be_referred_to_over_any_number_of_hops_and_escapes() -> None:
    items: dict[str, Any] = {f"P{one}": {"$ref": f"#/components/pathItems/P{one + 1}"} for one in range(500)}
    items |= {"P500": {"$ref": "#/paths/~1a%7Bid%7D~1b"}, "P7": {"put": {}, **items["P7"]}}
    paths: dict[str, Any] = {f"/p{one}": {"$ref": "#/components/pathItems/P0"} for one in range(300)}
    paths |= {"/b": {"$ref": "#/components/pathItems/P8", "delete": {}}, "/a{id}/b": {"get": {}}}

    found = list(openapi._operations(document(paths, components={"pathItems": items})))

    assert sorted(method for path, method, _, _ in found if path == "/p299") == ["GET", "PUT"]
    assert sorted(method for path, method, _, _ in found if path == "/b") == ["DELETE", "GET"]


def test_a_reference_of_a_path_is_followed_once_however_many_paths_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = list[str]()
    find = references.find
    monkeypatch.setattr(references, "find", lambda found, text: followed.append(text) or find(found, text))
    items: dict[str, Any] = {f"P{one}": {"$ref": f"#/components/pathItems/P{one + 1}"} for one in range(500)}
    paths = {f"/p{one}": {"$ref": "#/components/pathItems/P0"} for one in range(900)}

    found = parse(document(paths, components={"pathItems": {**items, "P500": {"get": {}}}}))

    assert len(found.resources) == 900
    assert len(followed) == 501


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            document({"/a": {"get": {"security": [{"x": ["read all"]}]}}}),
            "/paths/~1a: GET: 'read all' is no scope",
            id="a scope with a blank",
        ),
        pytest.param(
            document({"/a": {"get": {"security": [{"x": [""]}]}}}),
            "/paths/~1a: GET: '' is no scope",
            id="an empty scope",
        ),
        pytest.param(
            document({"/a": {"get": {"x-scope": "read all"}}}), "/paths/~1a: GET: 'read all'", id="x-scope with a blank"
        ),
        pytest.param(
            document(
                {"/a": {"get": {}}},
                components={"securitySchemes": {"x": {"type": "oauth2", "flows": {"password": {"scopes": {"": ""}}}}}},
            ),
            "the scope '': '' is no scope",
            id="an empty scope in a flow",
        ),
        pytest.param(
            document({"/a": {"get": {}}}, **{"x-wso2-security": {"apim": {"x-wso2-scopes": [{"key": "é"}]}}}),
            "'é' is no scope",
            id="a scope of WSO2 outside of ASCII",
        ),
        pytest.param(
            document({"/a": {"get": {"x-scope": ",".join(f"s{one}" for one in range(101))}}}),
            "/paths/~1a: GET: at most 100 scopes",
            id="101 scopes",
        ),
        pytest.param(document({"/a": {"trace": {}}}), "/paths: no path has an operation", id="no route"),
        pytest.param(document({"/a": {"summary": "a"}}), "/paths: no path has an operation", id="no method"),
        pytest.param(
            document({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}),
            "the references lead back",
            id="a circle of paths",
        ),
        pytest.param(
            document({"/a": {"$ref": "#/paths/~1a/get/responses"}}), "nothing is at that place", id="a path to nowhere"
        ),
        pytest.param(document({"/a": {"$ref": "#/info/title"}}), "/paths/~1a: ", id="a path that is a text"),
        pytest.param(document({"/a": {"get": {"x-scope": 3}}}), "/paths/~1a/get: a value", id="x-scope is a number"),
        pytest.param(
            document({"/a": {"get": {}}}, tags=[{}]), "/tags: the member 'name' is missing", id="a nameless tag"
        ),
        pytest.param(
            document({"/a": {"get": {}}}, components={"securitySchemes": {"x": {"flows": [1]}}}),
            "/components/securitySchemes: a value",
            id="flows in a list",
        ),
        pytest.param(
            document({f"/a{one}": {"get": {}, "put": {}} for one in range(501)}), "/paths: over 1000", id="1,002 routes"
        ),
        pytest.param(document({}, info={"title": "T", "version": "1" * 65}), "/info/version: ", id="a long version"),
        pytest.param(
            document({}, info={"title": "T", "version": "1\n"}), "/info/version: ", id="a version in two lines"
        ),
        pytest.param(document({}, info={"title": "", "version": "1"}), "/info/title: ", id="no title"),
        pytest.param(
            document({}, info={"title": "T", "version": "1", "description": "é" * 16_385}),
            "/info/description: it has 32770 bytes; the store shows at most 32768",
            id="a long description",
        ),
        pytest.param(
            document({}, tags=[{"name": f"t{one}"} for one in range(201)]), "/tags: at most 200", id="201 tags"
        ),
        pytest.param(document({}, tags=[{"name": "t" * 201}]), "/tags: at most 200", id="a long tag"),
        pytest.param(document({"/" + "a" * 1_024: {"get": {}}}), "at most 1024 characters", id="a long path"),
        pytest.param(document({"/a" * 51: {"get": {}}}), "in 50 segments", id="a deep path"),
        pytest.param(
            document(
                {f"/a{one}": {"get": {"x-scope": [f"s{one}-{each}" for each in range(100)]}} for one in range(130)}
            ),
            "over 1000 scopes",
            id="13,000 scopes",
        ),
        pytest.param(defining({f"s{one}": "" for one in range(1001)}), "over 1000 scopes", id="1,001 unused scopes"),
        pytest.param(defining({"s": "t" * 1_001}), "the scope 's': its text", id="a long text of a scope"),
        pytest.param(defining({"s": "\0"}), "without NUL", id="NUL in the text of a scope"),
        pytest.param(
            defining({}, {"s": [f"r{one}" for one in range(51)]}), "at most 50 roles", id="51 roles of a scope"
        ),
        pytest.param(defining({}, {"s": ["r" * 256]}), "at most 50 roles", id="a long role"),
    ],
)
def test_a_refusal_names_the_place_and_the_reason(found: Any, said: str) -> None:
    with pytest.raises(openapi.OpenApiError) as caught:
        parse(found)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="a list"),
        pytest.param({"swagger": "2.0"}, id="Swagger 2"),
        pytest.param({"openapi": "4.0.0", "info": {"title": "x", "version": "1"}, "paths": {}}, id="OpenAPI 4"),
        pytest.param(document({"/a/{b}.json": {"get": {}}}), id="a variable that is a part of a segment"),
        pytest.param(document({"/a/{b+}/c": {"get": {}}}), id="a greedy variable in the middle"),
        pytest.param(document({"/a*": {"get": {}}}), id="a wildcard"),
        pytest.param(document({"/a/{b}": {"get": {}}, "/a/{c}": {"get": {}}}), id="one route twice"),
        pytest.param(document({"/a": {"get": {"x-scope": 'quo"te'}}}), id="a scope outside the grammar"),
        pytest.param(document({"/a": {"get": {"x-auth-type": "Anyone"}}}), id="an unknown kind of security"),
        pytest.param(document({"/a": {"$ref": "other.yaml"}}), id="another file"),
        pytest.param(
            document({"/a": {"$ref": "#/paths/~1a"}}) | {"paths": {"/a": {"$ref": "#/nowhere"}}}, id="dangling"
        ),
    ],
)
def test_what_cannot_be_published_is_refused(found: Any) -> None:
    with pytest.raises(openapi.OpenApiError):
        parse(found)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/Accounts/{Sid}.json", id="a suffix, as Twilio has it"),
        pytest.param("/files/{file_id}/thumbnail.{extension}", id="a prefix, as Box has it"),
        pytest.param("/return/{id}:cancel", id="a verb, as ShipBob has it"),
        pytest.param("/Values/ToString({id})", id="a call, as NSwag has it"),
        pytest.param("/{a}{b}", id="two in one segment"),
        pytest.param("/{proxy+}/more", id="a greedy variable in between"),
    ],
)
def test_a_path_that_api_gateway_cannot_serve_is_refused_with_what_to_change(path: str) -> None:
    with pytest.raises(openapi.OpenApiError) as refused:
        parse(document({path: {"get": {"security": []}}}))

    assert str(refused.value).startswith(f"{references.place(('paths', path))}: ")
    assert "A path variable takes a whole segment" in str(refused.value) or "stands last" in str(refused.value)


def test_a_document_of_webhooks_alone_has_no_routes() -> None:
    assert parse({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "webhooks": {}}).resources == ()
