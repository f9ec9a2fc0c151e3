"""References of an OpenAPI document: each leads to a place within it that is of the right kind."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from gatehouse.domain.apis import references
from gatehouse.endpoints.publisher import document_faults
from gatehouse.endpoints.publisher.document_faults import SHOWN_CHARACTERS
from gatehouse.endpoints.publisher.yaml_values import DEPTH_MAX

VALUES_MAX = 200_000
"""How many values and keys a document holds. Real ones have about one for each 15 bytes of JSON."""


_BUNDLE = (
    "references to other files are not followed; bundle the document first, for example with `npx @redocly/cli bundle`"
)
_REQUIRED = {
    "parameters": frozenset({"name", "in"}),
    "requestBodies": frozenset({"content"}),
    "requestBody": frozenset({"content"}),
    "responses": frozenset({"description"}),
    "securitySchemes": frozenset({"type"}),
}
"""What is at the end of a reference that stands for one of these."""

_KEYWORDS, _NAMES, _ANYTHING = range(3)
"""What an object's members may be: keywords of OpenAPI, names of the author's, or parts of an example."""


_NAMED = frozenset(
    {
        "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "examples", "headers", "links",
        "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses", "schemas",
        "securitySchemes", "variables", "webhooks",
    }
)  # fmt: skip
"""Keywords whose objects hold names of the author's, not keywords."""


_EXAMPLES = frozenset({"const", "default", "enum", "example", "value"})
"""Keywords whose values are anything, so that `$ref` in there is no reference."""


_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


_ANCHORS = frozenset({"$anchor", "$dynamicAnchor"})


_NOTHING = "nothing is at that place; if it is in another file, bundle the document first"


_ANOTHER_KIND = "what is at that place is of another kind"


type Trail = tuple["Trail", str | int] | None
"""The way to a value, from its last name to its first."""


type _Visit = tuple[Any, Trail, int, int, str, Any]
"""A list or an object that is to be looked at.

Its value, its place and its depth; what its members are; the keyword that it, or what it refers to, is an element of;
and what references in it begin at: the document, or a schema with an address (`$id`) of its own.
"""


class _Reference(NamedTuple):
    """A `$ref`, where it stands, and what it stands for."""

    text: str
    trail: Trail
    kind: str
    base: Any


class DocumentWalk:
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
                raise document_faults.refused(f"{place(one.trail)}: {one.text[:SHOWN_CHARACTERS]!r}: {problem}.")

    def _walk(self) -> None:
        """Visit each list and each object; which of their members are keywords depends on where they stand."""
        left: list[_Visit] = [(self._document, None, 1, _KEYWORDS, "", self._document)]
        while left:
            value, trail, depth, mode, kind, base = left.pop()
            if depth > DEPTH_MAX:
                raise document_faults.refused(f"{place(trail)}: the document is nested deeper than {DEPTH_MAX} levels.")
            is_object = _is_object(value)
            self._values += (2 if is_object else 1) * len(value)
            if self._values > VALUES_MAX:
                raise document_faults.refused(f"The document holds over {VALUES_MAX} values and keys.")
            if is_object and mode == _KEYWORDS:
                base = self._note(value, trail, kind, base)
            depth += 1
            for name, one in members(value):
                if holds(one):
                    inside, named = _inside(mode, kind, name if is_object else None, one)
                    left.append((one, (trail, name), depth, inside, named, base))

    def _note(self, value: dict[str, Any], trail: Trail, kind: str, base: Any) -> Any:
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


def members(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return the members of an object or the elements of a list, each with its name or number."""
    return cast("Iterable[tuple[Any, Any]]", value.items() if _is_object(value) else enumerate(value))


def _is_object(value: Any) -> bool:
    return type(value) is dict


def holds(value: Any) -> bool:
    """Say whether a value is an object or a list."""
    return type(value) is dict or type(value) is list


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


def place(trail: Trail) -> str:
    """Return the JSON Pointer of a place."""
    names: list[str | int] = []
    while trail is not None:
        trail, name = trail
        names.append(name)
    return references.place(reversed(names))
