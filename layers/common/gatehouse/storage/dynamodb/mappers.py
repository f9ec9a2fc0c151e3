"""Items of the directory as domain values, and back. What an item lacks has the default of its type."""

from collections.abc import Callable
from functools import partial
from typing import Any

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

    What the type does not know was written by a later release, before somebody went back to this one. An attribute of
    another type than the field's raises `msgspec.ValidationError`, which names its place.
    """
    return msgspec.convert(values, kind)


def read_found[T: msgspec.Struct](kind: type[T], values: Values | None) -> T | None:
    """Return the same; None of nothing."""
    return None if values is None else read(kind, values)


def reader[T: msgspec.Struct](kind: type[T]) -> Callable[[Values], T]:
    """Return what reads values of a type."""
    return partial(read, kind)


def item(key: Key, value: msgspec.Struct, **more: Any) -> Item:
    """Return the item of a value, with more attributes."""
    return {**key, **attribute_values.render(plain_values.of(value) | more)}


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
