"""The reference of an API: its operations with parameters, bodies and answers, read from its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from gatehouse.domain.apis import routes, schema_shapes
from gatehouse.domain.apis.schema_shapes import Examples, Field, resolve, text
from gatehouse.domain.kernel import json_values

_METHODS = {**{one.lower(): one for one in routes.METHODS}, "x-amazon-apigateway-any-method": routes.ANY_METHOD}
"""How a document spells the methods: AWS's export has a name of its own for the route of any method."""

_EXAMPLE_MAX_CHARACTERS = 20_000
PARAMETERS_MAX = 200
"""How many of an operation are shown: a document may refer to one of them a hundred thousand times."""

_REQUESTS_VALUES_MAX = 50_000
"""How many values the examples of all requests have that are found at once."""

_ANSWERS_MAX = 30
_MEDIA_TYPES_MAX = 5


class OperationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as a list shows it. `method` may be `ANY`."""

    method: str
    path: str
    summary: str
    tag: str
    is_deprecated: bool

    @property
    def name(self) -> str:
        """Such as `GET /orders`."""
        return f"{self.method} {self.path}"

    @property
    def sent_method(self) -> str:
        """The method of a request: of a route for any method, one to begin with."""
        return "GET" if self.method == routes.ANY_METHOD else self.method


class ParameterReference(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter. `place` is path, query, header or cookie."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str
    notes: tuple[str, ...]
    example: Any


class BodyReference(msgspec.Struct, frozen=True, kw_only=True):
    """A body in one media type; `example` is text."""

    media_type: str
    kind: str
    fields: tuple[Field, ...]
    example: str


class ReplyReference(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, by its status."""

    status: str
    description: str
    contents: tuple[BodyReference, ...]


class OperationReference(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a page shows of an operation."""

    summary: OperationSummary
    description: str
    parameters: tuple[ParameterReference, ...]
    body: tuple[BodyReference, ...]
    is_body_required: bool
    replies: tuple[ReplyReference, ...]


def find_summaries(document: Mapping[str, Any]) -> tuple[OperationSummary, ...]:
    """Return every operation, in the order of the document."""
    return tuple(_summary(method, path, one) for path, method, _, one in _operations(document))


def find_operation(document: Mapping[str, Any], name: str) -> OperationReference | None:
    """Return the operation of a name such as `GET /orders`; None if there is none."""
    for path, method, item, one in _operations(document):
        if f"{method} {path}" == name:
            body = resolve(document, one.get("requestBody"))
            return OperationReference(
                summary=_summary(method, path, one),
                description=text(one.get("description")),
                parameters=_parameters(document, item, one, Examples(document)),
                body=_contents(document, body.get("content")),
                is_body_required=body.get("required") is True,
                replies=_replies(document, one.get("responses")),
            )
    return None


def find_requests(document: Mapping[str, Any], most: int) -> Iterator[OperationReference]:
    """Yield so many operations at most, without fields of bodies and without answers, reading the document once."""
    examples = Examples(document, most=_REQUESTS_VALUES_MAX)
    for path, method, item, one in islice(_operations(document), most):
        body = resolve(document, one.get("requestBody"))
        bodies = list(json_values.members(body.get("content")).items())[:_MEDIA_TYPES_MAX]
        yield OperationReference(
            summary=_summary(method, path, one),
            description=text(one.get("description")),
            parameters=_parameters(document, item, one, examples),
            body=tuple(_sent(document, name, json_values.members(media), examples) for name, media in bodies),
            is_body_required=body.get("required") is True,
            replies=(),
        )


def _sent(document: Mapping[str, Any], media_type: str, media: Mapping[str, Any], examples: Examples) -> BodyReference:
    given = _media_example(document, media)
    value = examples.find(media.get("schema")) if given is None else given
    return BodyReference(media_type=media_type[:200], kind="", fields=(), example=_render(value, media_type))


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for path, value in json_values.members(document.get("paths")).items():
        item = resolve(document, value)
        for spelled, method in _METHODS.items():
            if isinstance(item.get(spelled), dict):
                yield path, method, item, item[spelled]


def _summary(method: str, path: str, one: Mapping[str, Any]) -> OperationSummary:
    tags = json_values.elements(one.get("tags"))
    return OperationSummary(
        method=method,
        path=path,
        summary=text(one.get("summary")),
        tag=text(tags[0]) if tags else "",
        is_deprecated=one.get("deprecated") is True,
    )


def _parameters(
    document: Mapping[str, Any], item: Mapping[str, Any], one: Mapping[str, Any], examples: Examples
) -> tuple[ParameterReference, ...]:
    """Return the parameters of an operation, at most `PARAMETERS_MAX`; its own replace those of its path."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for value in (*json_values.elements(item.get("parameters")), *json_values.elements(one.get("parameters"))):
        known = resolve(document, value)
        name, place = text(known.get("name")), text(known.get("in"))
        if name and place:
            found[name, place] = known
    order = ("path", "query", "header", "cookie")
    by_place = sorted(found.items(), key=lambda each: order.index(each[0][1]) if each[0][1] in order else 9)
    return tuple(
        _parameter(document, name, place, known, examples) for (name, place), known in by_place[:PARAMETERS_MAX]
    )


def _parameter(
    document: Mapping[str, Any], name: str, place: str, known: Mapping[str, Any], examples: Examples
) -> ParameterReference:
    content = json_values.members(known.get("content"))
    schema: Any = known.get("schema") or (
        json_values.members(next(iter(content.values()))).get("schema") if content else None
    )
    given = _media_example(document, known)
    return ParameterReference(
        name=name,
        place=place,
        kind=schema_shapes.describe(document, schema),
        is_required=known.get("required") is True or place == "path",
        description=text(known.get("description")),
        notes=schema_shapes.notes(resolve(document, schema)),
        example=examples.find(schema) if given is None else given,
    )


def _contents(document: Mapping[str, Any], content: Any, *, is_answer: bool = False) -> tuple[BodyReference, ...]:
    return tuple(
        _content(document, media_type, json_values.members(media), is_answer=is_answer)
        for media_type, media in list(json_values.members(content).items())[:_MEDIA_TYPES_MAX]
    )


def _content(
    document: Mapping[str, Any], media_type: str, media: Mapping[str, Any], *, is_answer: bool
) -> BodyReference:
    schema: Any = media.get("schema")
    given = _media_example(document, media)
    value = schema_shapes.example(document, schema, is_answer=is_answer) if given is None else given
    return BodyReference(
        media_type=media_type[:200],
        kind=schema_shapes.describe_briefly(document, schema) if schema is not None else "",
        fields=schema_shapes.fields(document, schema),
        example=_render(value, media_type),
    )


def _media_example(document: Mapping[str, Any], media: Mapping[str, Any]) -> Any:
    """Return the first example that stands beside a schema."""
    if media.get("example") is not None:
        return media["example"]
    named = json_values.members(media.get("examples"))
    return resolve(document, next(iter(named.values()))).get("value") if named else None


def _render(value: Any, media_type: str) -> str:
    if value is None:
        return ""
    is_text = isinstance(value, str) and "json" not in media_type.lower()
    return (value if is_text else json.dumps(value, ensure_ascii=False, indent=2))[:_EXAMPLE_MAX_CHARACTERS]


def _replies(document: Mapping[str, Any], responses: Any) -> tuple[ReplyReference, ...]:
    found: list[ReplyReference] = []
    for status, value in list(json_values.members(responses).items())[:_ANSWERS_MAX]:
        known = resolve(document, value)
        contents = _contents(document, known.get("content"), is_answer=True)
        found.append(ReplyReference(status=str(status), description=text(known.get("description")), contents=contents))
    return tuple(found)
