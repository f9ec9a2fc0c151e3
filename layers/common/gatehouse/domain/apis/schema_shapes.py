"""Schemas of OpenAPI documents as people read them: a list of fields, and an example that fits.

Both are bounded: a schema may refer to itself, and a document may hold thousands of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from gatehouse.domain.apis import references
from gatehouse.domain.kernel import json_values

FIELDS_MAX = 200
_DEPTH_MAX = 8
_NODES_MAX = 500
_VALUES_SHOWN = 8
_TEXT_MAX_CHARACTERS = 600

_TEXTS_BY_FORMAT = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "email": "ada@example.com",
    "uri": "https://example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "byte": "R2F0ZWhvdXNl",
}
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "default")


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One member of an object, at whatever depth.

    Attributes:
        name: With the names of the objects that it is in, such as `lines[].item`.
        kind: Its type in words, such as `string (date-time)`.
        notes: Its limits and choices.
    """

    name: str
    kind: str
    is_required: bool
    description: str
    notes: tuple[str, ...]


def resolve(document: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return what a value is, or what it refers to within the document; empty if that is nowhere or no object."""
    found = value
    for _ in range(_DEPTH_MAX):
        known = json_values.members(found)
        reference = known.get("$ref")
        if not isinstance(reference, str):
            return known
        try:
            found = references.find(document, reference)
        except LookupError:
            return {}
    return {}


def fields(document: Mapping[str, Any], schema: Any) -> tuple[Field, ...]:
    """Return the members of a schema's objects, outer ones first, at most `FIELDS_MAX`."""
    found: list[Field] = []
    for one in _walk(document, schema, "", 0):
        if len(found) == FIELDS_MAX:
            break
        found.append(one)
    return tuple(found)


def describe(document: Mapping[str, Any], schema: Any) -> str:
    """Return a schema's type in words."""
    one = resolve(document, schema)
    for word, name in (("oneOf", "one of"), ("anyOf", "any of")):
        if json_values.elements(one.get(word)):
            kinds = dict.fromkeys(
                describe_briefly(document, each) for each in json_values.elements(one[word])[:_VALUES_SHOWN]
            )
            return f"{name} {', '.join(kinds)}"
    kinds = _types(one)
    if "array" in kinds:
        return f"array of {describe_briefly(document, one.get('items'))}"
    text = " or ".join(kinds) or ("object" if _members(document, one) else "any")
    return f"{text} ({one['format']})" if isinstance(one.get("format"), str) else text


def describe_briefly(document: Mapping[str, Any], schema: Any) -> str:
    """Return a schema's name, or its type where it has none."""
    reference = json_values.members(schema).get("$ref")
    if isinstance(reference, str):
        return reference.rpartition("/")[2][:_TEXT_MAX_CHARACTERS]
    one = resolve(document, schema)
    title = one.get("title")
    kinds = _types(one)
    return title if isinstance(title, str) else (" or ".join(kinds) or "object" if one else "any")


def example(document: Mapping[str, Any], schema: Any, *, is_answer: bool = False) -> Any:
    """Return a value that fits the schema, as far as its types and examples tell.

    Requests have no members that are only read, answers none that are only written.
    """
    return Examples(document, is_answer=is_answer).find(schema)


def notes(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the choices and limits of a schema, in words."""
    found = [f"{name}: {_short(schema[name])}" for name in _LIMITS if schema.get(name) is not None]
    choices = json_values.elements(schema.get("enum"))
    if choices:
        more = " …" if len(choices) > _VALUES_SHOWN else ""
        found.insert(0, f"one of: {', '.join(map(_short, choices[:_VALUES_SHOWN]))}{more}")
    if schema.get("const") is not None:
        found.insert(0, f"always {_short(schema['const'])}")
    flags = ("readOnly", "read only"), ("writeOnly", "write only"), ("deprecated", "deprecated")
    return (*found, *(text for name, text in flags if schema.get(name) is True))


def text(value: Any) -> str:
    """Return a text of the document, cut to what a page shows; nothing where it is no text."""
    return value[:_TEXT_MAX_CHARACTERS] if isinstance(value, str) else ""


def _walk(document: Mapping[str, Any], schema: Any, path: str, depth: int) -> Iterator[Field]:
    one = resolve(document, schema)
    if depth > _DEPTH_MAX:
        return
    if "array" in _types(one):
        yield from _walk(document, one.get("items"), f"{path}[]", depth + 1)
        return
    required = {
        name
        for part in _parts(document, one)
        for name in json_values.elements(part.get("required"))[:_NODES_MAX]
        if isinstance(name, str)
    }
    for name, member in _members(document, one).items():
        known = resolve(document, member)
        here = f"{path}.{name}" if path else name
        yield Field(
            name=here,
            kind=describe(document, member),
            is_required=name in required,
            description=text(known.get("description")),
            notes=notes(known),
        )
        yield from _walk(document, member, here, depth + 1)


def _members(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's members, with those of the schemas that all apply to it."""
    found: dict[str, Any] = {}
    for one in _parts(document, schema):
        found |= islice(json_values.members(one.get("properties")).items(), FIELDS_MAX)
    return found


def _parts(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Return the schemas that all apply to an object, each once and itself last, however they refer to each other.

    No more than `_NODES_MAX` references are followed.
    """
    found: dict[int, Mapping[str, Any]] = {}
    left, followed = [schema], 0
    while left:
        one = left.pop()
        if id(one) not in found:
            found[id(one)] = one
            named = json_values.elements(one.get("allOf"))[: _NODES_MAX - followed]
            followed += len(named)
            left += [resolve(document, each) for each in named]
    return reversed(found.values())


def _types(schema: Mapping[str, Any]) -> list[str]:
    """Return the types of a schema; of one that only names its choices, theirs."""
    kind: Any = schema.get("type")
    if kind is None:
        return list(dict.fromkeys(map(_type_of, json_values.elements(schema.get("enum"))[:FIELDS_MAX])))
    kinds = [kind] if isinstance(kind, str) else json_values.elements(kind)[:FIELDS_MAX]
    return [one for one in kinds if isinstance(one, str)]


def _type_of(value: Any) -> str:
    names = ((bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"))
    return next((name for kind, name in names if isinstance(value, kind)), "any")


def _short(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:80]


class Examples:
    """Makes examples, each within a number of values, and all of them together.

    Args:
        document: Of the schemas.
        is_answer: As `example` says.
        most: How many values all examples may have.
    """

    def __init__(self, document: Mapping[str, Any], *, is_answer: bool = False, most: int = _NODES_MAX) -> None:
        """Make nothing yet."""
        self._document = document
        self._left_out = "writeOnly" if is_answer else "readOnly"
        self._most = most
        self._left = 0

    def find(self, schema: Any) -> Any:
        """Return a value that fits a schema; None once there were too many."""
        self._left = allowed = min(_NODES_MAX, self._most)
        made = self._make(schema, 0)
        self._most -= allowed - max(self._left, 0)
        return made

    def _make(self, schema: Any, depth: int) -> Any:
        one = resolve(self._document, schema)
        self._left -= 1
        given = _given(one)
        if given is not None:
            return given
        if depth > _DEPTH_MAX or self._left < 0:
            return None
        for word in ("oneOf", "anyOf"):
            if json_values.elements(one.get(word)):
                return self._make(one[word][0], depth + 1)
        kind = next(iter(_types(one)), "")
        members = _members(self._document, one)
        if members or kind == "object":
            made = {
                name: self._make(member, depth + 1)
                for name, member in islice(members.items(), FIELDS_MAX)
                if resolve(self._document, member).get(self._left_out) is not True
            }
            return {name: value for name, value in made.items() if value is not None}
        if kind == "array":
            item = self._make(one.get("items"), depth + 1)
            return [] if item is None else [item]
        return _simple(kind, one)


def _given(schema: Mapping[str, Any]) -> Any:
    """Return the value that the schema itself names."""
    choices: Sequence[Any] = [
        *json_values.elements(schema.get("examples"))[:1],
        schema.get("default"),
        schema.get("const"),
    ]
    choices = [schema.get("example"), *choices, *json_values.elements(schema.get("enum"))[:1]]
    return next((one for one in choices if one is not None), None)


def _simple(kind: str, schema: Mapping[str, Any]) -> Any:
    least = schema.get("minimum")
    if kind in {"integer", "number"}:
        return least if isinstance(least, int | float) else 1
    if kind == "boolean":
        return True
    return _TEXTS_BY_FORMAT.get(str(schema.get("format")), "string") if kind == "string" else None
