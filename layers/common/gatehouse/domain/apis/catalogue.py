"""The catalogue: which APIs are shown to whom, and WSO2's query language over them.

Bare text matches the name; `attribute:value` matches an attribute, with `*` as wildcard.
The same attribute twice means either, different ones mean both.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from gatehouse.domain.apis import apis, patterns
from gatehouse.domain.apis.apis import Api, Document
from gatehouse.domain.kernel.caller import Caller

_TERM = re.compile(r'(?:(\w+):)?("[^"]*"|\S+)')
_TERMS_MAX = 20
_ATTRIBUTES: Mapping[str, Callable[[Api], tuple[str, ...]]] = {
    "name": lambda api: (api.name,),
    "version": lambda api: (api.version,),
    "context": lambda api: (f"/{api.api_id}/{api.version}",),
    "status": lambda api: (api.lifecycle,),
    "provider": lambda api: (api.organisation,),
    "description": lambda api: (api.description,),
    "doc": lambda api: tuple(text for one in api.documents for text in (one.name, one.summary)),
    "tag": lambda api: tuple(api.tags),
}
_CONTAINED = frozenset({"name", "description", "context", "doc"})
_SHOWN = frozenset({"PUBLISHED", "DEPRECATED"})


def is_seen(api: Api, caller: Caller) -> bool:
    """Say whether the store may show the API to the caller, whatever its state."""
    if caller.is_anonymous:
        return api.organisation == caller.organisation and not api.visible_roles
    if not apis.is_visible(api, caller.organisation):
        return False
    is_for_all = api.organisation != caller.organisation or not api.visible_roles
    return is_for_all or caller.is_publisher or not api.visible_roles.isdisjoint(caller.groups)


def listed(found: tuple[Api, ...], caller: Caller) -> tuple[Api, ...]:
    """Return those that the store lists to the caller, by name."""
    seen = (api for api in found if api.lifecycle in _SHOWN and is_seen(api, caller))
    return tuple(sorted(seen, key=lambda api: (api.name, api.version, api.organisation, api.api_id)))


def search(found: tuple[Api, ...], query: str) -> tuple[Api, ...]:
    """Return the APIs that the query names; all for an empty one."""
    wanted = _parse(query)
    return tuple(api for api in found if _fits(api, wanted))


def search_documents(found: tuple[Api, ...], query: str) -> tuple[tuple[Api, Document], ...]:
    """Return the documents that the query names by bare text or `doc:`; other attributes are their API's."""
    wanted = _parse(query)
    texts = [wanted.pop(name) for name in ("name", "doc") if name in wanted]
    if not texts:
        return ()
    return tuple(
        (api, one)
        for api in found
        if _fits(api, wanted)
        for one in api.documents
        if all(any(_matches((one.name, one.summary), text, is_part=True) for text in each) for each in texts)
    )


def _parse(query: str) -> dict[str, list[str]]:
    """Return the wanted values by attribute."""
    wanted: dict[str, list[str]] = {}
    for attribute, value in _TERM.findall(query)[:_TERMS_MAX]:
        name = attribute.lower() or "name"
        wanted.setdefault("tag" if name == "tags" else name, []).append(_spelling(value.strip('"')))
    return wanted


def _spelling(text: str) -> str:
    """Return a text as it is compared: "é" is spelled in two ways, and small or large."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _fits(api: Api, wanted: dict[str, list[str]]) -> bool:
    return all(any(_is(api, name, one) for one in values) for name, values in wanted.items())


def _is(api: Api, attribute: str, value: str) -> bool:
    read = _ATTRIBUTES.get(attribute)
    return read is not None and _matches(read(api), value, is_part=attribute in _CONTAINED)


def _matches(given: tuple[str, ...], value: str, *, is_part: bool) -> bool:
    texts = list(map(_spelling, given))
    if "*" in value:
        return any(patterns.fits(value, text) for text in texts)
    return any(value in text if is_part else value == text for text in texts)
