"""What a JSON schema demands, in words for publishers: the library's messages speak of its keywords."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_SHOWN_CHARACTERS = 80
_VALUES_SHOWN = 10


def explain(kind: Any, subject: str) -> str:
    """Return what is wrong with a value, without a full stop.

    Args:
        kind: What the library says of a violated keyword (`ValidationErrorKind`).
        subject: What the value is called: itself if it is short, else "the object" or "the list".
    """
    said = _WORDS.get(str(kind.name))
    return said(kind, subject) if said else f"{subject} is not what OpenAPI's schema demands ({kind.name})"


def _required(kind: Any, _: str) -> str:
    return f"{_show(kind.property)} is missing"


def _type(kind: Any, subject: str) -> str:
    return f"{subject} is not of type {_list(kind.types, 'or')}"


def _enum(kind: Any, subject: str) -> str:
    return f"{subject} is not one of {_list(kind.options, 'or')}"


def _unexpected(kind: Any, _: str) -> str:
    names: list[str] = list(kind.unexpected)
    return f"{_list(names, 'and')} {'is' if len(names) == 1 else 'are'} not expected there"


def _amount(word: str, noun: str) -> Callable[[Any, str], str]:
    return lambda kind, subject: f"{subject} has {word} than {kind.limit} {noun}{'' if kind.limit == 1 else 's'}"


def _bound(words: str) -> Callable[[Any, str], str]:
    return lambda kind, subject: f"{subject} is {words} {kind.limit}"


_WORDS: Mapping[str, Callable[[Any, str], str]] = MappingProxyType(
    {
        "required": _required,
        "type": _type,
        "enum": _enum,
        "const": lambda kind, subject: f"{subject} is not {_show(kind.expected_value)}",
        "additionalProperties": _unexpected,
        "falseSchema": lambda _, subject: f"{subject} is not expected there",
        "unevaluatedProperties": _unexpected,
        "pattern": lambda kind, subject: f"{subject} does not match the pattern {_show(kind.pattern)}",
        "propertyNames": lambda _, subject: f"{subject} has a name that is not allowed there",
        "uniqueItems": lambda _, subject: f"{subject} holds a value twice",
        "not": lambda _, subject: f"{subject} is what must not be there",
        "anyOf": lambda _, subject: f"{subject} is none of what may be there",
        "oneOf": lambda _, subject: f"{subject} is not exactly one of what may be there",
        "minItems": _amount("fewer", "item"),
        "maxItems": _amount("more", "item"),
        "minProperties": _amount("fewer", "member"),
        "maxProperties": _amount("more", "member"),
        "minLength": _amount("fewer", "character"),
        "maxLength": _amount("more", "character"),
        "minimum": _bound("less than"),
        "maximum": _bound("more than"),
        "exclusiveMinimum": _bound("not more than"),
        "exclusiveMaximum": _bound("not less than"),
    }
)


def _list(values: Any, word: str) -> str:
    shown = [_show(one) for one in list(values)[:_VALUES_SHOWN]]
    if len(values) > _VALUES_SHOWN:
        shown.append("others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:_SHOWN_CHARACTERS]
