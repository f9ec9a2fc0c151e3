"""Whatever a publisher sends is published or refused, not a failure."""

import copy
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.endpoints.rest.operations import Operation
from tests import hostile
from tests.unit.endpoints.publisher.conftest import Publisher
from tests.unit.endpoints.publisher.parcels import DOCUMENT
from tests.unit.endpoints.tables_of_operations import ALL

pytestmark = pytest.mark.hypothesis  # `make faults` tries more examples, also of those inside a test

KEYWORDS = (
    "openapi", "info", "paths", "components", "security", "tags", "x-scope", "x-auth-type", "x-wso2-security",
    "schemas", "$ref", "allOf", "get", "post", "responses", "200", "description", "parameters", "content",
    "schema", "default", "securitySchemes", "flows", "scopes", "x-scopes-bindings", "x-wso2-tags", "title",
    "version", "$id", "$anchor", "x-gatehouse-check-revocation", "x-wso2-disable-security", "/orders", "/{a}",
    "/{a+}", "/$default", "servers",
)  # fmt: skip
FIELDS = (
    "document", "apiId", "lifecycle", "visibility", "visibleTo", "visibleRoles", "tiers", "deployments",
    "content", "checkRevocation", "confirmation", "name", "type", "summary", "sourceType", "sourceUrl",
)  # fmt: skip


def _inside(value: Any) -> list[Any]:
    members: list[Any] = list(value.values() if isinstance(value, dict) else value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    return [one for one in members if isinstance(one, dict | list) and one]


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """An OpenAPI document in some places of which something hostile stands."""
    found: Any = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 4))):
        here: Any = found
        way: Any = found
        for _ in range(draw(st.integers(0, 5))):
            inside = _inside(way)
            if not inside:
                break
            way = here = draw(st.sampled_from(inside))
        value = draw(st.one_of(hostile.objects(KEYWORDS), hostile.values))
        if isinstance(here, dict):
            here[draw(st.one_of(st.sampled_from([*here] or ["x"]), st.sampled_from(KEYWORDS), hostile.texts))] = value
        else:
            here.append(value)
    return found


@hostile.many
@given(documents())
def test_a_hostile_document_is_published_or_refused(publisher: Publisher, document: Any) -> None:
    as_object = publisher.call("POST", "/apis", {"document": document})
    as_text = publisher.call("POST", "/apis", {"document": json.dumps(document, ensure_ascii=False)})

    assert as_object.status < 500
    assert as_text.status < 500


@pytest.mark.parametrize("operation", ALL["publisher v1"], ids=lambda one: f"{one.method} {one.path}")
def test_every_operation_of_publishers_refuses_hostile_input(publisher: Publisher, operation: Operation) -> None:
    @hostile.few
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        path = "/".join(
            quote(hostile.encode(data.draw(hostile.texts)) or b"x", safe="") if part.startswith("{") else part
            for part in operation.path.split("/")
        )
        body = data.draw(st.one_of(hostile.objects(FIELDS).map(json.dumps), hostile.json_texts))
        scope = "apim:api_publish apim:api_view apim:subscription_block apim:admin"

        assert publisher.send(operation.method, path, body, scope=scope).status < 500

    attack()


@hostile.many
@given(st.data())
def test_hostile_yaml_is_published_or_refused(publisher: Publisher, data: st.DataObject) -> None:
    lines = ["openapi: 3.0.3", "info: {title: T, version: 1}", "paths: {}"]
    more = data.draw(
        st.lists(
            st.one_of(st.text(max_size=40), st.sampled_from(["a: &a [*a]", "<<: *a", "? [a]", "!!python/x y"])),
            max_size=3,
        )
    )

    assert publisher.call("POST", "/apis", {"document": "\n".join([*lines, *more])}).status < 500
