"""Which scopes an OpenAPI document defines and demands, by WSO2's extensions too."""

from typing import Any

import pytest

from gatehouse.domain.apis import openapi
from gatehouse.domain.kernel.scopes import Scope
from tests.unit.domain.apis.openapi_documents import document, oauth, only, parse


def test_scopes_have_the_roles_of_either_extension() -> None:
    flow = {"scopes": {"read": "Read"}, "x-scopes-bindings": {"read": "employee, manager"}}
    schemes = {"default": {"type": "oauth2", "flows": {"implicit": flow}}}
    wso2 = {"apim": {"x-wso2-scopes": [{"key": "write", "name": "Write", "roles": "manager"}]}}

    found = parse(document({}, components={"securitySchemes": schemes}, **{"x-wso2-security": wso2})).scopes

    assert found == {
        "read": Scope(name="read", display_name="Read", roles=frozenset({"employee", "manager"})),
        "write": Scope(name="write", display_name="Write", roles=frozenset({"manager"})),
    }


MANAGERS = {"scopes": {"topsecret": "Secrets"}, "x-scopes-bindings": {"topsecret": "manager"}}
UNBOUND = {"scopes": {"topsecret": ""}}


def wso2(*stated: Any) -> Any:
    return {"apim": {"x-wso2-scopes": list(stated)}}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"components": oauth(MANAGERS, UNBOUND)}, id="a second flow without the binding"),
        pytest.param({"components": oauth(UNBOUND, MANAGERS)}, id="a first flow without the binding"),
        pytest.param(
            {"components": oauth(MANAGERS, {**UNBOUND, "x-scopes-bindings": {"topsecret": "employee"}})},
            id="flows for different roles",
        ),
        pytest.param(
            {
                "components": {
                    "securitySchemes": {"a": {"flows": {"implicit": MANAGERS}}, "b": {"flows": {"x": UNBOUND}}}
                }
            },
            id="another scheme",
        ),
        pytest.param(
            {"components": oauth(MANAGERS, **{"x-scopes-bindings": {"topsecret": "employee"}})},
            id="a scheme and its flow",
        ),
        pytest.param(
            {"components": oauth(MANAGERS), "x-wso2-security": wso2({"key": "topsecret", "roles": ""})},
            id="WSO2's list against a flow",
        ),
        pytest.param(
            {"x-wso2-security": wso2({"key": "topsecret", "roles": "manager"}, {"key": "topsecret", "roles": ""})},
            id="WSO2's list against itself",
        ),
    ],
)
def test_a_scope_that_is_defined_twice_for_different_roles_is_refused(more: Any) -> None:
    with pytest.raises(openapi.OpenApiError, match="topsecret"):
        parse(document({}, **more))


@pytest.mark.parametrize(
    "components",
    [
        pytest.param(oauth(UNBOUND, UNBOUND, **{"x-scopes-bindings": {"topsecret": "manager"}}), id="by the scheme"),
        pytest.param(oauth(MANAGERS, MANAGERS), id="by each flow"),
        pytest.param(oauth({"scopes": {}, "x-scopes-bindings": {"topsecret": "manager"}}), id="without a definition"),
    ],
)
def test_a_binding_counts_wherever_it_is_stated(components: Any) -> None:
    found = parse(document({"/a": {"get": {"x-scope": "topsecret"}}}, components=components)).scopes

    assert found["topsecret"].roles == {"manager"}


@pytest.mark.parametrize("name", ["apim:admin", "apim:new", "default"])
def test_s17_a_publisher_cannot_define_a_reserved_scope(name: str) -> None:
    with pytest.raises(openapi.OpenApiError, match="no API can define it"):
        parse(document({}, components=oauth({"scopes": {name: "Read your orders"}})))


@pytest.mark.parametrize("demanded", [["apim:admin"], ["read", "apim:new"], ["default"]])
@pytest.mark.parametrize("spelling", ["security", "x-scope"])
def test_s17_an_operation_cannot_demand_a_reserved_scope(demanded: list[str], spelling: str) -> None:
    operation = {"security": [{"gatehouse": demanded}]} if spelling == "security" else {"x-scope": demanded}

    with pytest.raises(openapi.OpenApiError, match=r"^/paths/~1news: GET: .* is reserved for Gatehouse"):
        only(operation)


OPENID_CONNECT = ["address", "email", "offline_access", "openid", "phone", "profile"]


def test_s17_scopes_of_openid_connect_never_become_scopes_of_an_api() -> None:
    flow = {"scopes": {"read": "Read", **dict.fromkeys(OPENID_CONNECT, "Harmless")}}
    bound = {**flow, "x-scopes-bindings": {"openid": "manager", "read": "employee"}}
    paths = {"/news": {"get": {"security": [{"default": ["openid", "read"]}]}}}

    found = parse(document(paths, components=oauth(flow | {"scopes": {"openid": ""}}, bound)))

    assert found.scopes == {"read": Scope(name="read", display_name="Read", roles=frozenset({"employee"}))}
    assert [one.scopes for one in found.resources] == [{"read"}]
    assert [one.partition(":")[0] for one in found.warnings] == [", ".join(OPENID_CONNECT), "GET /news"]


@pytest.mark.parametrize("demanded", [["openid"], ["email", "profile"]])
def test_an_operation_that_demands_only_scopes_of_openid_connect_is_refused(demanded: list[str]) -> None:
    with pytest.raises(openapi.OpenApiError, match=f"it demands only {', '.join(demanded)}, which is for signing in"):
        only({"security": [{"gatehouse": demanded}]})


def test_an_open_operation_may_name_any_scope() -> None:
    assert only({"security": [{}, {"gatehouse": ["openid", "apim:admin"]}]}).security == "none"


def test_warnings_about_openid_connect_are_few() -> None:
    operation = {"security": [{"gatehouse": ["openid", "read"]}]}

    found = parse(document({f"/news/{number}": {"get": operation} for number in range(13)})).warnings

    assert len(found) == 11
    assert found[-1] == "3 more operations like these."


def test_a_document_without_scopes_of_openid_connect_has_no_warnings() -> None:
    assert parse(document({"/news": {"get": {"security": [{"gatehouse": ["read"]}]}}})).warnings == ()
