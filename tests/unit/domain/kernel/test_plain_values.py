"""Values as dicts: what is stored of them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.kernel import plain_values


class Part(msgspec.Struct, frozen=True):
    names: frozenset[str]


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    digest: bytes = b"\x00"
    parts: tuple[Part, ...] = ()
    by_name: Mapping[str, Part] = msgspec.field(default_factory=dict[str, Part])
    listed: Any = None


def test_values_within_values_become_dicts_and_sets_and_bytes_stay() -> None:
    part = Part(names=frozenset({"a"}))

    found = plain_values.of(Whole(parts=(part,), by_name={"x": part}, listed=[part]))

    plain = {"names": frozenset({"a"})}
    assert found == {"digest": b"\x00", "parts": (plain,), "by_name": {"x": plain}, "listed": [plain]}


def test_what_is_changed_afterwards_leaves_the_value_alone() -> None:
    whole = Whole(by_name={}, listed=[])

    found = plain_values.of(whole)
    found["by_name"]["x"] = 1
    found["listed"].append(1)

    assert whole == Whole(by_name={}, listed=[])
