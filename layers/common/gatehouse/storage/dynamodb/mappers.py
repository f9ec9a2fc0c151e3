"""Items of the directory as domain values, and back. What an item lacks has the default of its type."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import msgspec

from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import plain_values
from gatehouse.storage.dynamodb import attribute_values
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.keys import Key

SUBSCRIPTIONLESS_API = "api#"
"""How the members of the item of subscriptionless APIs begin."""

RESTRICTED_SCOPE, RESTRICTED_API = "scope#", "api#"
"""How the members of the item of restrictions begin."""

type Values = dict[str, Any]


def read[T: msgspec.Struct](kind: type[T], values: Values) -> T:
    """Return the value of a type that plain values hold, with the values, sets and tuples within it.

    What the type does not know was written by a later release, before somebody went back to this one.
    """
    readers = _readers(kind)
    known: Values = {}
    for name, value in values.items():
        if name in readers:
            reader = readers[name]
            known[name] = value if reader is None else reader(value)
    return kind(**known)


def read_found[T: msgspec.Struct](kind: type[T], values: Values | None) -> T | None:
    """Return the same; None of nothing."""
    return None if values is None else read(kind, values)


def reader[T: msgspec.Struct](kind: type[T]) -> Callable[[Values], T]:
    """Return what reads values of a type."""
    return partial(read, kind)


def item(key: Key, value: msgspec.Struct, **more: Any) -> Item:
    """Return the item of a value, with more attributes."""
    return {**key, **attribute_values.render(plain_values.of(value) | more)}


@cache
def _readers(kind: type[msgspec.Struct]) -> dict[str, Callable[[Any], Any] | None]:
    """Return what reads each field of a type; None where the stored value is the field's."""
    return {name: _reader_of(kind.__annotations__[name]) for name in kind.__struct_fields__}


def _reader_of(hint: Any) -> Callable[[Any], Any] | None:
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not NoneType)
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind is frozenset:
        return frozenset
    if kind is tuple:
        part = _reader_of(parts[0])
        return tuple if part is None else lambda stored: tuple(map(part, stored))
    if kind is Mapping:
        part = _reader_of(parts[1])
        return None if part is None else lambda stored: {name: part(one) for name, one in stored.items()}
    if not isinstance(kind, type):
        return None
    return reader(kind) if issubclass(kind, msgspec.Struct) else kind if issubclass(kind, Enum) else None


def subscriptionless_ids(values: Values) -> list[str]:
    """Read the ids of an organisation's subscriptionless APIs."""
    return sorted(name.removeprefix(SUBSCRIPTIONLESS_API) for name in values if name.startswith(SUBSCRIPTIONLESS_API))


def parse_restrictions(organisation: str, values: Values | None) -> Restrictions:
    """Read what an organisation's administrators decide; without an item, nothing."""
    found = (values or {}).items()
    return Restrictions(
        organisation=organisation,
        scopes={
            name.removeprefix(RESTRICTED_SCOPE): frozenset(roles)
            for name, roles in found
            if name.startswith(RESTRICTED_SCOPE)
        },
        apis={
            name.removeprefix(RESTRICTED_API): read(ApiRestriction, one)
            for name, one in found
            if name.startswith(RESTRICTED_API)
        },
        revision=values.get("revision", 0) if values else 0,
    )
