"""What a flow did to the tables, in a form in which two runs can be compared although ids and times differ."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from tests.faults.world import Call, State

type Difference = Counter[tuple[Any, ...]]
"""Items that are new, changed or gone, each as a tuple of its kind, what became of it, and its canonical values."""

_PARTS = re.compile(r"[#\0 ]")
_DIGITS = re.compile(r"\d{10,}")
_TIME = 100_000_000
_MADE_UP_MIN = 16
"""Ids and secrets have at least as many characters."""
COUNTERS = frozenset(
    {
        "FAILURES",
        "FACTOR_FAILURES",
        "SOURCE",
        "MAILS",
        "SOURCE_FETCHES",
        "HOST_FETCHES",
        "SOURCE_REGISTRATIONS",
        "REGISTRATIONS",
    }
)
"""A repetition may count once more in them, as docs/retries.md says: their counts are compared by `counted`."""
_OF_THE_MOMENT = frozenset({"PUBLISHING_PLACES"})
"""What is going on at this moment: an execution that was lost keeps its place for seconds."""
_IGNORED = frozenset({"marker", "handing_to", "tries"})
"""Markers are random. `tries` counts the tries of a second factor: a repetition is one of the five. `handing_to` says
who is being handed an application: what is left of it after a conflict, the next one replaces."""


class Vocabulary:
    """The texts that a flow began with: whatever else it stores was made up by it."""

    def __init__(self, state: State, *calls: Call) -> None:
        self._known: set[str] = set()
        for item in state.items():
            self._known.update(text for text in _texts(item))
        for event in (call.event for call in calls):
            for one in (event.get("rawPath", ""), event.get("rawQueryString", ""), event.get("body", "")):
                text = str(one)
                self._known.update(value for _, value in parse_qsl(text))
                self._known.update(re.findall(r"[^\"/&=,{}\[\]:]+", unquote(text)))

    def canonical(self, text: str) -> str:
        return "#".join(self._part(one) for one in _PARTS.split(text))

    def _part(self, text: str) -> str:
        if _DIGITS.fullmatch(text):
            return "time"
        return text if text in self._known or len(text) < _MADE_UP_MIN else "*"


def difference(before: State, after: State, words: Vocabulary) -> Difference:
    """Return what became of the items between two states."""
    found: Difference = Counter()
    for name in after.stores:
        old, stored = _lasting(before.stores[name]), _lasting(after.stores[name])
        for key, item in stored.items():
            if key not in old and not _is_zero(key, item):
                found[_described(name, key, "new", item, words)] += 1
            elif key in old and old[key] != item:
                described = _described(name, key, "changed", item, words)
                found[described] += described != _described(name, key, "changed", old[key], words)
        for key in old.keys() - stored.keys():
            found[_described(name, key, "gone", {}, words)] += 1
    found += Counter()  # without what differs in nothing that counts
    if len(after.mails) != len(before.mails):
        found[("MAIL", "new", len(after.mails) - len(before.mails))] += 1
    if after.plans != before.plans:
        found[("PLANS", "changed", repr(after.plans))] += 1
    return found


def _lasting(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in stored.items() if key.partition("#")[0] not in _OF_THE_MOMENT}


def kinds(found: Difference) -> Counter[str]:
    """Count the new items by kind."""
    counted: Counter[str] = Counter()
    for one, count in found.items():
        if one[1] == "new":
            counted[one[0]] += count if one[0] != "MAIL" else one[2]
    return counted


def _is_zero(key: str, item: Any) -> bool:
    """Say whether a listing's length is 0, as it is where none is stored."""
    return key.startswith("COUNTER#") and item["total"]["N"] == "0"


def counted(state: State) -> int:
    """Add up the counters of failures and mails."""
    of_counters = (item for key, item in state.stores["grants"].items() if key.partition("#")[0] in COUNTERS)
    return sum(int(item["count"]["N"]) for item in of_counters)


def _described(store: str, key: str, what: str, item: Any, words: Vocabulary) -> tuple[Any, ...]:
    if store in {"texts", "stages"}:
        return (f"SECRET {store}", what, key if store == "stages" else "*")
    kind = key.partition("#")[0]
    left_out = {*_IGNORED, "pk", *(("count",) if kind in COUNTERS else ())}
    values = tuple((name, _canonical(value, words)) for name, value in sorted(item.items()) if name not in left_out)
    return (kind, what, words.canonical(key), values)


def _canonical(value: Mapping[str, Any], words: Vocabulary) -> Any:
    ((kind, content),) = value.items()
    if kind == "S":
        return words.canonical(content)
    if kind == "N":
        return "time" if abs(float(content)) >= _TIME else content
    if kind == "M":
        return tuple(sorted((words.canonical(name), str(_canonical(one, words))) for name, one in content.items()))
    if kind == "L":
        return tuple(_canonical(one, words) for one in content)
    if kind == "SS":
        return tuple(sorted(words.canonical(one) for one in content))
    return "*" if kind == "B" else str(content)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
        yield from _PARTS.split(value)
