"""The MCP example: its contract and its deployment agree, and its server speaks the protocol."""

import importlib.util
import json
from typing import Any
from urllib.parse import urljoin

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests import hostile, http_events, template

FOLDER = template.ROOT / "examples" / "orders-mcp"
_SPEC = importlib.util.spec_from_file_location("orders_mcp_server", FOLDER / "server" / "app.py")
assert _SPEC
assert _SPEC.loader
app: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(app)


@pytest.fixture(autouse=True)
def empty() -> None:
    app.ORDERS.clear()


def send(body: Any, scope: str = "read update delete", resource: str = "/mcp", method: str = "POST") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    event = http_events.rest(method, resource, body=text, authorizer={"scope": scope})
    answer = app.handler(event, None)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"] or "null")


def request(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_the_template_deploys_the_routes_of_the_contract() -> None:
    paths = yaml.safe_load((FOLDER / "openapi.yaml").read_text())["paths"]
    events = template.load(FOLDER / "template.yaml")["Resources"]["Server"]["Properties"]["Events"].values()

    published = {(path, method.upper()) for path, item in paths.items() for method in item}
    assert {(one["Properties"]["Path"], one["Properties"]["Method"]) for one in events} == published


def test_each_scope_of_a_tool_has_its_route() -> None:
    paths = yaml.safe_load((FOLDER / "openapi.yaml").read_text())["paths"]

    demanded = {path: item["post"]["security"] for path, item in paths.items()}
    for tool in app.TOOLS.values():
        path = "/mcp" if tool.scope == "read" else f"/mcp/{tool.scope}"
        assert demanded[path] == [{"gatehouse": [tool.scope]}]


@pytest.mark.parametrize(("asked", "answered"), [("2025-06-18", "2025-06-18"), ("1999-01-01", "2025-11-25")])
def test_it_agrees_on_a_version_of_the_protocol(asked: str, answered: str) -> None:
    status, _, body = send(request("initialize", protocolVersion=asked))

    assert (status, body["result"]["protocolVersion"]) == (200, answered)
    assert send({"jsonrpc": "2.0", "method": "notifications/initialized"})[0] == 202
    assert send(request("ping"))[2]["result"] == {}


def test_tools_are_listed_and_called() -> None:
    listed = send(request("tools/list"))[2]["result"]["tools"]
    send(request("tools/call", name="create_order", arguments={"item": "tea"}))
    found = send(request("tools/call", name="list_orders"))[2]["result"]["content"][0]["text"]
    send(request("tools/call", name="delete_order", arguments={"id": "1"}))

    assert [one["name"] for one in listed] == ["list_orders", "create_order", "delete_order"]
    assert json.loads(found) == [{"id": "1", "item": "tea"}]
    assert app.ORDERS == []


def test_a_tool_whose_scope_is_missing_leads_to_the_route_that_asks_for_it() -> None:
    called = request("tools/call", name="create_order", arguments={"item": "tea"})

    status, headers, _ = send(called, scope="read")

    assert (status, headers["Location"], app.ORDERS) == (308, "mcp/update", [])
    assert send(called, scope="read update", resource="/mcp/update")[0] == 200


@pytest.mark.parametrize(
    ("resource", "path", "scope"),
    [
        pytest.param("/mcp", "/orders/mcp", "read", id="the address of the server"),
        pytest.param("/mcp", "/orders/mcp/", "read", id="with a slash"),
        pytest.param("/mcp/update", "/orders/mcp/update", "update", id="the route of another scope"),
        pytest.param("/mcp/update", "/orders/mcp/update/", "update", id="that with a slash"),
    ],
)
def test_the_route_of_a_scope_is_relative_to_the_address_that_was_called(resource: str, path: str, scope: str) -> None:
    body = json.dumps(request("tools/call", name="delete_order", arguments={"id": "1"}))
    event = http_events.rest("POST", resource, body=body, authorizer={"scope": scope}, path=path)

    answer = app.handler(event, None)

    assert urljoin(f"https://api.example{path}", answer["headers"]["Location"]) == (
        "https://api.example/orders/mcp/delete"
    )


def test_an_order_keeps_an_id_of_its_own() -> None:
    for item in ("tea", "milk"):
        send(request("tools/call", name="create_order", arguments={"item": item}))
    send(request("tools/call", name="delete_order", arguments={"id": "1"}))
    send(request("tools/call", name="create_order", arguments={"item": "jam"}))

    send(request("tools/call", name="delete_order", arguments={"id": "2"}))

    assert app.ORDERS == [{"id": "3", "item": "jam"}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param("{", 400, -32700, id="no JSON"),
        pytest.param("[" * 5000, 400, -32700, id="nested deeply"),
        pytest.param([request("ping")], 400, -32600, id="a batch"),
        pytest.param({"id": 1, "method": 1}, 400, -32600, id="no method"),
        pytest.param(request("server/discover"), 200, -32601, id="an unknown method"),
        pytest.param(request("tools/call", name="nothing"), 200, -32602, id="an unknown tool"),
        pytest.param(request("tools/call", name="create_order", arguments=[]), 200, -32602, id="no arguments"),
        pytest.param(request("tools/call", name="create_order", arguments={"item": 1}), 200, -32602, id="a number"),
    ],
)
def test_what_it_does_not_know_is_an_error_of_json_rpc(body: Any, status: int, code: int) -> None:
    answered, _, error = send(body)

    assert (answered, error["error"]["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_are_no_streams_and_no_sessions(method: str) -> None:
    assert send("", method=method)[0] == 405


@hostile.many
@example(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_order","arguments":{"item":"\\ud800"}}}'
)
@given(
    st.one_of(
        hostile.json_texts,
        hostile.objects(("jsonrpc", "id", "method", "params", "name", "arguments")).map(json.dumps),
        st.builds(
            lambda method, params: json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
            st.sampled_from(["initialize", "ping", "tools/list", "tools/call", "resources/list"]),
            st.one_of(hostile.values, hostile.objects(("name", "arguments", "protocolVersion", "item", "id"))),
        ),
        st.builds(
            lambda name, arguments: json.dumps(request("tools/call", name=name, arguments=arguments)),
            st.sampled_from(sorted(app.TOOLS)),
            st.one_of(hostile.values, hostile.objects(("item", "id", "order_id"))),
        ),
    )
)
def test_a_hostile_message_has_an_answer(text: str) -> None:
    status, _, body = send(text)

    assert status in {200, 202, 400}
    assert body is None or body["jsonrpc"] == "2.0"
