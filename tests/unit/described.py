"""Answers of the JSON APIs against their own OpenAPI documents: described to the last field, and nothing missing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jsonschema_rs

from gatehouse.endpoints.rest.json_api import JsonApi, match

OPTIONAL = frozenset({"total", "confirmation"})
"""Fields that an answer may lack: nobody counts the audit log, and most errors cannot be confirmed away."""


def check(api: JsonApi, method: str, path: str, response: Mapping[str, Any]) -> None:
    """Fail if the document of the API does not say that this answer is possible, with exactly these fields."""
    place = path.removeprefix(api.base)
    found = [one for one in api.operations if one.method == method and match(one.path, place) is not None]
    if not found:
        return  # nothing of the table: 404, 405, the document itself
    known = _known(api)
    described = known.document["paths"][found[0].path][method.lower()]["responses"]
    assert str(response["statusCode"]) in described, (method, path, response)
    content = described[str(response["statusCode"])].get("content")
    body = response["body"]
    if content is None:
        assert response["isBase64Encoded"] or body == "", (method, path, response)
        return
    known.validator(json.dumps(content["application/json"]["schema"])).validate(json.loads(body))


@dataclass(frozen=True)
class _Known:
    """A document and its validators by their schema: an API is built for each test, its document is the same."""

    document: Any
    validators: dict[str, Any] = field(default_factory=dict[str, Any])

    def validator(self, schema: str) -> Any:
        if schema not in self.validators:
            whole = {**json.loads(schema), "components": self.document["components"]}
            self.validators[schema] = jsonschema_rs.Draft6Validator(whole)
        return self.validators[schema]


_KNOWN: dict[Any, _Known] = {}


def _known(api: JsonApi) -> _Known:
    made_of = (
        api.base,
        *((one.method, one.path, one.takes, one.gives, one.statuses, one.query) for one in api.operations),
    )
    if made_of not in _KNOWN:
        _KNOWN[made_of] = _Known(_close(json.loads(json.dumps(api.public["/openapi.json"]()))))
    return _KNOWN[made_of]


def _close(described: Any) -> Any:
    """Return a description in which objects have all their fields and no others, and `nullable` is JSON Schema's."""
    if isinstance(described, list):
        return [_close(one) for one in cast("list[Any]", described)]
    if not isinstance(described, dict):
        return described
    schema = cast("dict[str, Any]", described)
    closed: dict[str, Any] = {name: _close(one) for name, one in schema.items() if name != "nullable"}
    if "properties" in schema and schema.get("type") == "object":
        closed["required"] = sorted(schema["properties"].keys() - OPTIONAL)
        closed["additionalProperties"] = False
    return {"anyOf": [{"type": "null"}, closed]} if schema.get("nullable") else closed
