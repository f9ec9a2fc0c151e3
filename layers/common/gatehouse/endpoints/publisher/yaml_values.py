"""YAML as JSON values: the types of YAML 1.2's core schema, keys as text, within bounds.

PyYAML's parser (libyaml) reads the text. PyYAML's own constructor follows YAML 1.1, where `2024-01-01` is a date and
`on` is true, so the values are made here, from the parser's events. A merge key (`<<`) is understood as the tools of
OpenAPI understand it: what an object says itself goes before what it merges.

The library is only where APIs are published: in `functions/publisher` and on the operator's machine.
"""

import re
from math import isfinite
from typing import Any

DEPTH_MAX = 100
"""How deep lists and objects may be nested. The deepest of the real documents that were tried has 28 levels."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]{1,300}")
_OCTAL = re.compile(r"0o[0-7]{1,300}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MERGE = "<<"
_TAGS = "tag:yaml.org,2002:"
_TEXT, _OBJECT, _LIST, _NON_SPECIFIC = f"{_TAGS}str", f"{_TAGS}map", f"{_TAGS}seq", "!"
_PLAIN = frozenset(f"{_TAGS}{kind}" for kind in ("null", "bool", "int", "float"))
_TEXTS = frozenset({("openapi",), ("swagger",), ("info", "version")})
"""Places that hold text, however it looks: `version: 1.0` is no number there."""

_PLACE_MAX = max(map(len, _TEXTS))
_SHOWN_CHARACTERS = 80
_OVERHEAD_CHARACTERS = 4
"""What JSON adds to a value, about: quotes and a comma, or brackets."""

type _Place = tuple[str, ...] | None
type _Repeated = tuple[Any, int, int]


class YamlError(ValueError):
    """The text cannot be read as JSON values; the message says in which line, and why."""


class TooLargeError(YamlError):
    """The text holds more than the bounds allow."""


def parse(text: str, *, characters_max: int, values_max: int) -> Any:
    """Return the one document of a text.

    Args:
        text: YAML, of which JSON is nearly a part.
        characters_max: How much JSON may come of it, about, with everything that aliases repeat.
        values_max: How many values and keys, likewise.

    Raises:
        YamlError: It is no YAML, not exactly one document, or it holds what JSON cannot have: a key twice, a key that
            is no text, another type, an alias inside of what it repeats.
        TooLargeError: It is more than the bounds allow.
    """
    import yaml

    try:
        return _Reader(text, characters_max, values_max).read()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        raise YamlError(f"{_at(mark)}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise YamlError(f"it holds characters that YAML does not allow ({error!s:.100})") from None


class _Reader:
    """Reads one text from its first event to its last; the depth of its recursion is bounded by `DEPTH_MAX`."""

    def __init__(self, text: str, characters_max: int, values_max: int) -> None:
        import yaml
        from yaml import cyaml

        parser: Any = cyaml
        self._next: Any = parser.CParser(text).get_event
        self._scalar, self._object, self._list = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        self._object_end, self._list_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        self._document, self._alias = yaml.DocumentStartEvent, yaml.AliasEvent
        self._characters = self._values = 0
        self._characters_max, self._values_max = characters_max, values_max
        self._repeatable: dict[str, _Repeated | None] = {}

    def read(self) -> Any:
        self._next()  # the stream begins
        event = self._next()
        if type(event) is not self._document:
            raise YamlError("it is empty")
        found = self._value(self._next(), 0, ())
        self._next()  # the document ends
        event = self._next()
        if type(event) is self._document:
            raise YamlError(f"{_at(event.start_mark)}a second document begins; one file holds one document")
        return found

    def _value(self, event: Any, depth: int, place: _Place) -> Any:
        if type(event) is self._alias:
            return self._repeat(event)
        characters, values = self._characters, self._values
        if event.anchor is not None:
            self._repeatable[event.anchor] = None
        if type(event) is self._scalar:
            self._spend(event, len(event.value) + _OVERHEAD_CHARACTERS, 1)
            found = _resolve(event, place)
        else:
            found = self._collection(event, depth, place)
        if event.anchor is not None:
            self._repeatable[event.anchor] = found, self._characters - characters, self._values - values
        return found

    def _collection(self, event: Any, depth: int, place: _Place) -> Any:
        if depth >= DEPTH_MAX:
            raise YamlError(f"{_at(event.start_mark)}it is nested deeper than {DEPTH_MAX} levels")
        self._spend(event, _OVERHEAD_CHARACTERS, 1)
        is_object = type(event) is self._object
        if event.tag not in {None, _NON_SPECIFIC, _OBJECT if is_object else _LIST}:
            raise YamlError(_foreign(event))
        return self._members(depth + 1, place) if is_object else self._elements(depth + 1)

    def _elements(self, depth: int) -> list[Any]:
        found: list[Any] = []
        while type(event := self._next()) is not self._list_end:
            found.append(self._value(event, depth, None))
        return found

    def _members(self, depth: int, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        inside = place is not None and len(place) < _PLACE_MAX
        while type(event := self._next()) is not self._object_end:
            if type(event) is not self._scalar:
                raise YamlError(f"{_at(event.start_mark)}a key is no text")
            key: str = event.value
            self._spend(event, len(key) + _OVERHEAD_CHARACTERS, 1)
            if key == _MERGE and event.implicit[0]:
                merged += self._merge(depth)
                continue
            if key in found:
                raise YamlError(f"{_at(event.start_mark)}the key {key[:_SHOWN_CHARACTERS]!r} stands twice in an object")
            found[key] = self._value(self._next(), depth, (*place, key) if inside and place is not None else None)
        for one in merged:
            for key, value in one.items():
                found.setdefault(key, value)
        return found

    def _merge(self, depth: int) -> list[dict[str, Any]]:
        """Return what a merge key names: an object, or a list of them, of which the first goes before the others."""
        event = self._next()
        value = self._value(event, depth, None)
        several: list[Any] = [value] if isinstance(value, dict) else value
        if not isinstance(value, dict | list) or not all(isinstance(one, dict) for one in several):
            raise YamlError(f"{_at(event.start_mark)}a merge key (<<) names an object, or a list of objects")
        return several

    def _repeat(self, event: Any) -> Any:
        name = event.anchor
        if name not in self._repeatable:
            raise YamlError(f"{_at(event.start_mark)}the alias *{name[:_SHOWN_CHARACTERS]} repeats nothing before it")
        repeated = self._repeatable[name]
        if repeated is None:
            raise YamlError(
                f"{_at(event.start_mark)}the alias *{name[:_SHOWN_CHARACTERS]} is inside of what it repeats"
            )
        found, characters, values = repeated
        self._spend(event, characters, values)
        return found

    def _spend(self, event: Any, characters: int, values: int) -> None:
        self._characters += characters
        self._values += values
        if self._characters > self._characters_max:
            raise TooLargeError(
                f"{_at(event.start_mark)}it holds over {self._characters_max} characters, "
                "with everything that its aliases repeat"
            )
        if self._values > self._values_max:
            raise TooLargeError(
                f"{_at(event.start_mark)}it holds over {self._values_max} values and keys, "
                "with everything that its aliases repeat"
            )


def _resolve(event: Any, place: _Place) -> Any:
    text: str = event.value
    tag: str | None = event.tag
    if tag in {_TEXT, _NON_SPECIFIC} or (tag is None and not event.implicit[0]) or place in _TEXTS:
        return text
    if tag is not None and tag not in _PLAIN:
        raise YamlError(_foreign(event))
    found = _number(text) if text[:1] in _NUMERIC else _word(text)
    if _NO_NUMBER.fullmatch(text) or (isinstance(found, float) and not isfinite(found)):
        raise YamlError(f"{_at(event.start_mark)}{text[:_SHOWN_CHARACTERS]} is no number in JSON")
    return found


_NUMERIC = frozenset("+-.0123456789")


def _word(text: str) -> Any:
    return None if text in _NULLS else _FLAGS.get(text, text)


def _number(text: str) -> Any:
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def _foreign(event: Any) -> str:
    tag = event.tag.removeprefix(_TAGS)[:_SHOWN_CHARACTERS]
    return f"{_at(event.start_mark)}the type {tag} is none of JSON's"


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
