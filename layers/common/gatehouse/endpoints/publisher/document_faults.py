"""Where an OpenAPI document breaks the schema of OpenAPI, in words that name the place."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.domain.apis import references
from gatehouse.domain.kernel import json_values
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import schema_words

MARK = "\N{WHITE SQUARE}"


SHOWN_CHARACTERS = 80


_EXPLAINED_MAX = 2_000
"""How many values a part of a document may have whose errors are collected: some 0.15 ms for each error and level."""


def explain(document: Mapping[str, Any], validator: Any) -> str:
    """Return where the document is not valid, as deep as that can be told, and why.

    The library collects all errors with the values they are about. So it is asked about a small part alone.
    """
    import jsonschema_rs

    part, place = _invalid_part(document, validator)
    invalid = f"{place}: it is not valid OpenAPI {document['openapi'][:SHOWN_CHARACTERS]}"
    if not _is_small(part):
        return f"{invalid}, and too large to say where."
    try:
        validator.validate(part)
    except jsonschema_rs.ValidationError as error:
        found = _deepest(error)
        path: list[str | int] = list(found.instance_path)
        return f"{references.place(path)}: {schema_words.explain(found.kind, _show(part, path))}."
    return f"{invalid}."


def _invalid_part(document: Mapping[str, Any], validator: Any) -> tuple[Mapping[str, Any], str]:
    """Return a document with one path or component of this one that is not valid, or all but these; and its place."""
    frame = {"openapi": document["openapi"], "info": {"title": "", "version": ""}, "paths": {}}
    components = document.get("components")
    groups: list[tuple[tuple[str, ...], Any]] = [((name,), document.get(name)) for name in ("paths", "webhooks")]
    groups += [(("components", name), one) for name, one in json_values.members(components).items()]
    for place, group in groups:
        names = list(json_values.members(group))
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
    return json.dumps(found, ensure_ascii=False)[:SHOWN_CHARACTERS]


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


def refused(text: str) -> InvalidInputError:
    """Return the refusal of a document."""
    return InvalidInputError(text, field="document")
