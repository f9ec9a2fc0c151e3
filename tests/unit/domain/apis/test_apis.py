"""How the resource of a call is found, on values."""

import pytest

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Resource
from tests import factories

ROUTES = (
    Resource(method="GET", path="/orders/{id}"),
    Resource(method="ANY", path="/orders/{id}"),
    Resource(method="GET", path="/files/{path+}"),
    Resource(method="GET", path="/files/{name}"),
    Resource(method="GET", path="/items/"),
    Resource(method="GET", path="/"),
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        pytest.param("GET", "/orders/{id}", 0, id="as published"),
        pytest.param("get", "/orders/{id}", 0, id="method in another case"),
        pytest.param("GET", "/orders/{orderId}", 0, id="variable of another name"),
        pytest.param("DELETE", "/orders/{id}", 1, id="any method"),
        pytest.param("GET", "/files/{proxy+}", 2, id="greedy variable"),
        pytest.param("GET", "/files/{proxy}", 3, id="plain variable"),
        pytest.param("GET", "/items", 4, id="published with a slash at the end, which API Gateway drops"),
        pytest.param("GET", "/items/", 4, id="slash at the end"),
        pytest.param("GET", "/", 5, id="the root"),
        pytest.param("POST", "/files/{proxy+}", None, id="no such method"),
        pytest.param("GET", "/orders", None, id="no such path"),
        pytest.param("GET", "/orders/1", None, id="a value instead of the variable"),
    ],
)
def test_a_resource_is_found_by_the_shape_of_its_path(method: str, path: str, found: int | None) -> None:
    resource = apis.find_resource(factories.api(resources=ROUTES), method, path)

    assert resource == (None if found is None else ROUTES[found])
