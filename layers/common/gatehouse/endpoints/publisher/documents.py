"""OpenAPI documents as people have them: the one loader and the one check of command line, API and pages.

`load` makes JSON values of YAML or JSON. `validate` holds these against the OpenAPI Initiative's schema of 3.0 or 3.1,
and against bounds. Neither follows a reference, looks at a default, or runs a regular expression of the document, so
what a document costs depends on its size alone.
Every refusal names the place, as a JSON Pointer or a line, and the reason.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib import resources
from math import isfinite
from typing import Any, NamedTuple, cast

from gatehouse.domain.apis import references
from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import schema_words, yaml_values
from gatehouse.endpoints.publisher.yaml_values import DEPTH_MAX, TooLargeError, YamlError
from gatehouse.endpoints.rest import json_values
from gatehouse.endpoints.rest.json_values import RepeatedKeyError

FILE_MAX_BYTES = 16 * 1024 * 1024
"""What is read of a file at all. What may be published is bounded as JSON without blanks: `documents.pack`."""

VALUES_MAX = 200_000
"""How many values and keys a document holds. Real ones have about one for each 15 bytes of JSON."""

YAML_VALUES_MAX = 100_000
"""How many are read from YAML, which takes several times the time of JSON; the command line sends JSON."""

_CONVERT = (
    "This is a Swagger 2.0 document; OpenAPI 3.0 and 3.1 are published. Convert it first, for example with "
    "`npx swagger2openapi FILE --outfile openapi.yaml` or `npx @scalar/cli document upgrade FILE`."
)
_BUNDLE = (
    "references to other files are not followed; bundle the document first, for example with `npx @redocly/cli bundle`"
)
_JSON = re.compile(r"""\{\s*["}]""")
"""How an object of JSON begins; YAML's flow style may begin so too, and then it is held to JSON's rules."""

_MARK = "\N{WHITE SQUARE}"
_SHOWN_CHARACTERS = 80
_NAMED = frozenset(
    {
        "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "examples", "headers", "links",
        "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses", "schemas",
        "securitySchemes", "variables", "webhooks",
    }
)  # fmt: skip
"""Keywords whose objects hold names of the author's, not keywords."""

_EXPLAINED_MAX = 2_000
"""How many values a part of a document may have whose errors are collected: some 0.15 ms for each error and level."""

_EXAMPLES = frozenset({"const", "default", "enum", "example", "value"})
"""Keywords whose values are anything, so that `$ref` in there is no reference."""

_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_ANCHORS = frozenset({"$anchor", "$dynamicAnchor"})
_DIALECTS = frozenset(
    {"https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"}
)

_REQUIRED = {
    "parameters": frozenset({"name", "in"}),
    "requestBodies": frozenset({"content"}),
    "requestBody": frozenset({"content"}),
    "responses": frozenset({"description"}),
    "securitySchemes": frozenset({"type"}),
}
"""What is at the end of a reference that stands for one of these."""

_NOTHING = "nothing is at that place; if it is in another file, bundle the document first"
_ANOTHER_KIND = "what is at that place is of another kind"
_KEYWORDS, _NAMES, _ANYTHING = range(3)
"""What an object's members may be: keywords of OpenAPI, names of the author's, or parts of an example."""

type _Trail = tuple["_Trail", str | int] | None
"""The way to a value, from its last name to its first."""

type _Visit = tuple[Any, _Trail, int, int, str, Any]
"""A list or an object that is to be looked at.

Its value, its place and its depth; what its members are; the keyword that it, or what it refers to, is an element of;
and what references in it begin at: the document, or a schema with an address (`$id`) of its own.
"""


class _Reference(NamedTuple):
    """A `$ref`, where it stands, and what it stands for."""

    text: str
    trail: _Trail
    kind: str
    base: Any


def load(content: bytes, yaml_values_max: int = YAML_VALUES_MAX) -> dict[str, Any]:
    """Return the document in a file, YAML or JSON, in UTF-8 or, with a byte order mark, in UTF-16.

    Args:
        content: The file.
        yaml_values_max: How many values and keys are read from YAML.

    Raises:
        InvalidInputError: It is no such file, or not one object; it is too large or too deep; a key stands twice.
    """
    if len(content) > FILE_MAX_BYTES:
        raise _refused(f"The document has {len(content)} bytes; at most {FILE_MAX_BYTES // 1024**2} MB are read.")
    text = _decode(content)
    start = text.lstrip()
    if not start:
        raise _refused("The document is empty.")
    if start.startswith("<"):
        raise _refused("This is HTML or XML, not an OpenAPI document. Was a web page saved instead of the file?")
    is_json = _JSON.match(start) is not None
    found: Any = _parse_json(text, yaml_values_max) if is_json else _parse_yaml(text, yaml_values_max)
    if not isinstance(found, dict):
        raise _refused("This is not an OpenAPI document: it holds no object with the member openapi.")
    return cast("dict[str, Any]", found)


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refused(f"The document is neither YAML nor JSON: byte {error.start} is no text in UTF-8.") from None
    if "\0" in text:
        raise _refused(f"The document is neither YAML nor JSON: byte {text.index('\0')} is NUL.")
    return text


def _parse_json(text: str, yaml_values_max: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=json_values.unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise _refused(f"The document is nested deeper than {DEPTH_MAX} levels.") from None
    except RepeatedKeyError:
        return _parse_yaml(text, yaml_values_max)  # which names the line
    except json.JSONDecodeError as error:
        raise _refused(f"The document is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except ValueError as error:
        raise _refused(f"The document is not JSON: {error!s:.160}.") from None


def _refuse_constant(constant: str) -> None:
    """Refuse NaN and Infinity, which are no JSON (RFC 8259 section 6)."""
    raise ValueError(f"{constant} is no number in JSON")


def _parse_yaml(text: str, values_max: int) -> Any:
    try:
        return yaml_values.parse(text, characters_max=FILE_MAX_BYTES, values_max=values_max)
    except TooLargeError as error:
        more = ", or send it as JSON, of which more is read" if values_max < VALUES_MAX else ""
        raise _refused(f"The document is too large: {error}. Publish it in parts{more}.") from None
    except YamlError as error:
        raise _refused(f"The document is neither YAML nor JSON: {error}.") from None


def validate(document: Mapping[str, Any]) -> None:
    """Refuse a document that is not valid OpenAPI 3.0 or 3.1.

    Raises:
        InvalidInputError: It says where and why.
    """
    version = document.get("openapi")
    if "swagger" in document and version is None:
        raise _refused(_CONVERT)
    known = next((one for one in ("3.0", "3.1") if isinstance(version, str) and version.startswith(f"{one}.")), None)
    if known is None:
        shown = "is missing" if version is None else f"is {json.dumps(version)[:_SHOWN_CHARACTERS]}"
        raise _refused(f"Only OpenAPI 3.0 and 3.1 documents are published; the member openapi {shown}. Use 3.1.x.")
    _Walk(document).check()
    _refuse_unstorable(document)
    dialect = document.get("jsonSchemaDialect", "")
    validator = _validator(known, is_standard=dialect == "" or dialect in _DIALECTS)
    if not validator.is_valid(document):
        raise _refused(_explain(document, validator))


class _Walk:
    """One pass over all values: how many, how deep, and where references stand."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._values = 0
        self._references: list[_Reference] = []
        self._ids: set[str] = set()
        self._anchors: set[str] = set()

    def check(self) -> None:
        """Refuse what is beyond the bounds, or refers to what is not in the document.

        Raises:
            InvalidInputError: Something is, or does.
        """
        self._walk()
        known: dict[tuple[str, str, int], str] = {}
        for one in self._references:
            problem = self._problem(one, known)
            if problem:
                raise _refused(f"{_place(one.trail)}: {one.text[:_SHOWN_CHARACTERS]!r}: {problem}.")

    def _walk(self) -> None:
        """Visit each list and each object; which of their members are keywords depends on where they stand."""
        left: list[_Visit] = [(self._document, None, 1, _KEYWORDS, "", self._document)]
        while left:
            value, trail, depth, mode, kind, base = left.pop()
            if depth > DEPTH_MAX:
                raise _refused(f"{_place(trail)}: the document is nested deeper than {DEPTH_MAX} levels.")
            is_object = _is_object(value)
            self._values += (2 if is_object else 1) * len(value)
            if self._values > VALUES_MAX:
                raise _refused(f"The document holds over {VALUES_MAX} values and keys.")
            if is_object and mode == _KEYWORDS:
                base = self._note(value, trail, kind, base)
            depth += 1
            for name, one in _members(value):
                if _holds(one):
                    inside, named = _inside(mode, kind, name if is_object else None, one)
                    left.append((one, (trail, name), depth, inside, named, base))

    def _note(self, value: dict[str, Any], trail: _Trail, kind: str, base: Any) -> Any:
        """Remember the references and names that stand in an object of keywords; return what references begin at."""
        if not value:
            return base
        if type(value.get("$id")) is str:
            self._ids.add(value["$id"].removesuffix("#"))
            base = value
        for name in _REFERENCES:
            if name in value and type(value[name]) is str:
                self._references.append(_Reference(value[name], (trail, name), kind, base))
        for name in _ANCHORS:
            if name in value and type(value[name]) is str:
                self._anchors.add(value[name])
        return base

    def _problem(self, reference: _Reference, known: dict[tuple[str, str, int], str]) -> str:
        """Return what is wrong with a reference, or nothing. However many lead to the next, each is looked at once."""
        text, passed = reference.text, dict[tuple[str, str, int], None]()
        while True:
            key = (text, reference.kind, id(reference.base))
            if key in passed:
                problem, after = "the references lead back to where they began", ""
            elif key in known:
                problem, after = known[key], ""
            else:
                problem, after = self._step(text, reference)
            passed[key] = None
            if not after:
                known.update(dict.fromkeys(passed, problem))
                return problem
            text = after

    def _step(self, text: str, reference: _Reference) -> tuple[str, str]:
        """Return what is wrong with one reference, or nothing; and the reference that it names, if it names one."""
        if not text.startswith(references.INSIDE):
            return "" if text.partition("#")[0] in self._ids else _BUNDLE, ""
        if text.removeprefix(references.INSIDE) in self._anchors:
            return "", ""
        try:
            found: Any = references.find(reference.base, text)
        except LookupError:
            return _NOTHING, ""
        if not isinstance(found, dict):
            return "" if isinstance(found, bool) else _ANOTHER_KIND, ""
        after: Any = cast("dict[str, Any]", found).get("$ref")
        if isinstance(after, str):
            return "", after
        return "" if _REQUIRED.get(reference.kind, frozenset()) <= found.keys() else _ANOTHER_KIND, ""


def _members(value: Any) -> Iterable[tuple[Any, Any]]:
    members: Iterable[tuple[Any, Any]] = (
        value.items() if _is_object(value) else cast("Iterable[tuple[Any, Any]]", enumerate(value))
    )
    return members


def _is_object(value: Any) -> bool:
    return type(value) is dict


def _holds(value: Any) -> bool:
    return type(value) is dict or type(value) is list


def _refuse_unstorable(document: Mapping[str, Any]) -> None:
    """Refuse what JSON in UTF-8 cannot spell: JSON's escapes can name half a character, and numbers can be too large.

    Raises:
        InvalidInputError: It names the place.
    """
    with suppress(ValueError):
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        return
    left: list[tuple[Any, _Trail]] = [(document, None)]
    while left:
        value, trail = left.pop()
        for name, one in _members(value):
            if _holds(one):
                left.append((one, (trail, name)))
            if type(one) is float and not isfinite(one):
                raise _refused(f"{_place((trail, name))}: the number is larger than readers of JSON take.")
            if type(one) is str and not texts.is_speakable(one):
                raise _refused(f"{_place((trail, name))}: the text names half a character (a lone surrogate).")
            if type(name) is str and not texts.is_speakable(name):
                raise _refused(f"{_place(trail)}: the text names half a character (a lone surrogate).")


def _inside(mode: int, kind: str, name: str | None, value: Any) -> tuple[int, str]:
    """Return what the members of a member are, and the keyword that it is an element of; in a list, it has no name."""
    if mode == _ANYTHING:
        return _ANYTHING, ""
    if mode == _NAMES or name is None:
        return _KEYWORDS, kind
    is_extension = name.startswith("x-") and name != "x-amazon-apigateway-any-method"
    if is_extension or name in _EXAMPLES or (name == "examples" and type(value) is list):
        return _ANYTHING, ""
    return (_NAMES if name in _NAMED and _is_object(value) else _KEYWORDS), name


def _place(trail: _Trail) -> str:
    names: list[str | int] = []
    while trail is not None:
        trail, name = trail
        names.append(name)
    return references.place(reversed(names))


@cache
def _validator(version: str, *, is_standard: bool) -> Any:
    """Return what holds documents against the schema of a version; formats are not looked at.

    The schema of 3.1 leaves JSON Schemas to their dialect, which is known if it is the standard one.
    """
    import jsonschema_rs

    schema = json.loads(
        resources.files("gatehouse.endpoints.publisher").joinpath(f"openapi-{version}.schema.json").read_text()
    )
    options: dict[str, Any] = {"validate_formats": False, "mask": _MARK, "offline": True}
    if version == "3.0" or not is_standard:
        return jsonschema_rs.validator_for(schema, **options)
    dialect = {"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
    based = {"$schema": dialect["$ref"], "$id": "urn:gatehouse:openapi-3.1", "$ref": schema["$id"]}
    based["$defs"] = {"schema": dialect}
    return jsonschema_rs.validator_for(based, registry=jsonschema_rs.Registry([(schema["$id"], schema)]), **options)


def _explain(document: Mapping[str, Any], validator: Any) -> str:
    """Return where the document is not valid, as deep as that can be told, and why.

    The library collects all errors with the values they are about. So it is asked about a small part alone.
    """
    import jsonschema_rs

    part, place = _invalid_part(document, validator)
    if not _is_small(part):
        return f"{place}: it is not valid OpenAPI {document['openapi']}, and too large to say where."
    try:
        validator.validate(part)
    except jsonschema_rs.ValidationError as error:
        found = _deepest(error)
        path: list[str | int] = list(found.instance_path)
        return f"{references.place(path)}: {schema_words.explain(found.kind, _show(part, path))}."
    return f"{place}: it is not valid OpenAPI {document['openapi']}."


def _invalid_part(document: Mapping[str, Any], validator: Any) -> tuple[Mapping[str, Any], str]:
    """Return a document with one path or component of this one that is not valid, or all but these; and its place."""
    frame = {"openapi": document["openapi"], "info": {"title": "", "version": ""}, "paths": {}}
    components = document.get("components")
    groups: list[tuple[tuple[str, ...], Any]] = [((name,), document.get(name)) for name in ("paths", "webhooks")]
    groups += [(("components", name), one) for name, one in _object(components).items()]
    for place, group in groups:
        names = list(_object(group))
        while names:
            half = names[: (len(names) + 1) // 2]
            is_in_half = not validator.is_valid({**frame, **_nested(place, {name: group[name] for name in half})})
            if is_in_half and len(half) == 1:
                return {**frame, **_nested(place, {half[0]: group[half[0]]})}, references.place((*place, half[0]))
            if not is_in_half and len(names) == 1:
                break
            names = half if is_in_half else names[len(half) :]
    others = {name: one for name, one in document.items() if name not in _LARGE or not isinstance(one, dict)}
    rest: dict[str, Any] = {"paths": {}, **others}
    return (document if validator.is_valid(rest) else rest), "the document"


_LARGE = frozenset({"components", "paths", "webhooks"})


def _nested(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    for name in reversed(place):
        value = {name: value}
    return value


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _is_small(document: Mapping[str, Any]) -> bool:
    """Say whether the library may collect everything that is wrong with the document."""
    left: list[Any] = [document]
    for _ in range(_EXPLAINED_MAX):
        if not left:
            return True
        one = left.pop()
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return False


def _show(document: Any, path: list[str | int]) -> str:
    """Return how a message names the value at a place; the library tells the key "007" as the number 7."""
    found = document
    for name in path:
        try:
            found = found[str(name) if isinstance(found, dict) else name]
        except LookupError:
            return "the value"
    if isinstance(found, dict | list):
        return "the object" if isinstance(found, dict) else "the list"
    return json.dumps(found, ensure_ascii=False)[:_SHOWN_CHARACTERS]


def _deepest(error: Any) -> Any:
    """Return the most telling of an error and its causes: where one of several schemas would do, of the one that fits.

    That is no `$ref`, which an object could have instead of its members, and no schema of another kind of object.
    """
    while True:
        branches = [branch for branch in getattr(error.kind, "context", ()) or () if branch]
        if not branches:
            return error
        fitting = min(branches, key=lambda branch: _unfitness(branch, error))
        error = next((one for one in fitting if _is_inside(one, error)), fitting[0])


def _unfitness(branch: list[Any], error: Any) -> tuple[bool, bool, bool, int]:
    """Compare schemas by how little a value was meant for each of them."""
    return (
        any(one.kind.name == "required" and one.kind.property == "$ref" for one in branch),
        any(one.instance_path[-1:] in _KINDS and _is_inside(one, error) for one in branch),
        not any(_is_inside(one, error) for one in branch),
        len(branch),
    )


_KINDS = (["in"], ["type"])
"""Members that say of which kind an object is: a parameter, a security scheme."""


def _is_inside(cause: Any, error: Any) -> bool:
    return len(cause.instance_path) > len(error.instance_path)


def _refused(text: str) -> InvalidInputError:
    return InvalidInputError(text, field="document")
