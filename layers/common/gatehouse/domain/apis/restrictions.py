"""What administrators decide about APIs, whatever their publishers publish.

A restriction of an API follows its id, and one of a scope its name in the organisation. So they outlive a new version,
another name and a deletion. Publishing reads them and never writes them: an API as it is published and the restrictions
of its organisation together are what the gate and the store see (`apply`).
"""

from collections.abc import Iterable, Mapping
from copy import replace
from typing import Literal

import msgspec

from gatehouse.domain.apis.apis import Api, Visibility
from gatehouse.domain.kernel.scopes import Scope

type Source = Literal["", "publisher", "administrator"]

NOBODY = frozenset({""})
"""Roles that nobody holds: no role has an empty name."""

SIZE_MAX_BYTES = 250 * 1024
"""How much an organisation's restrictions may take together: DynamoDB takes 400 KB in an item."""

_OPEN_LIFECYCLES = frozenset({"PUBLISHED", "DEPRECATED"})


class ApiRestriction(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided about one API.

    Attributes:
        blocked_by: Who blocked it. An administrator lifts any block, a publisher only a publisher's.
        visibility: How far it may be shared at most; CHOSEN means with `visible_to` at most.
        visible_roles: Whose holders alone may find it in the store; empty means everyone.
    """

    blocked_by: Source = ""
    visibility: Visibility = "ALL"
    visible_to: frozenset[str] = frozenset()
    visible_roles: frozenset[str] = frozenset()

    @property
    def is_blocked(self) -> bool:
        """Whether every call is refused."""
        return self.blocked_by != ""

    @property
    def limits_visibility(self) -> bool:
        """Whether fewer may see it than its publisher would like."""
        return self.visibility != "ALL" or bool(self.visible_roles)


UNRESTRICTED = ApiRestriction()


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """All restrictions of an organisation.

    Attributes:
        scopes: The roles of each bound scope. One without roles opens to nobody; one that is missing is not bound.
        apis: By API id, whether or not the API exists at the moment.
        revision: How often they were changed.
    """

    organisation: str
    scopes: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict[str, frozenset[str]])
    apis: Mapping[str, ApiRestriction] = msgspec.field(default_factory=dict[str, ApiRestriction])
    revision: int = 0

    def of_api(self, api_id: str) -> ApiRestriction:
        """Return what is decided about an API."""
        return self.apis.get(api_id, UNRESTRICTED)

    def knows_scope(self, name: str, apis: Iterable[Api]) -> bool:
        """Say whether one of the APIs defines a scope, or it is bound already; otherwise its name may be misspelt."""
        return name in self.scopes or any(name in one.scopes for one in apis)

    def knows_api(self, api_id: str, api: Api | None) -> bool:
        """Say whether an API exists, or something is decided about its id; otherwise the id may be misspelt."""
        return api is not None or api_id in self.apis

    def size_bytes(self) -> int:
        """Return about how much they take when they are stored."""
        texts = [text for name, roles in self.scopes.items() for text in (name, *roles)]
        for api_id, one in self.apis.items():
            texts += [api_id, *one.visible_to, *one.visible_roles]
        return sum(len(text.encode()) + 8 for text in texts) + 60 * len(self.apis)


def apply(api: Api, restrictions: Restrictions | None) -> Api:
    """Return the API as the gate and the store see it: as it is published, and nowhere looser than is decided."""
    if restrictions is None or restrictions.organisation != api.organisation:
        return api
    bound = restrictions.scopes.keys() & api.scopes.keys()
    restriction = restrictions.of_api(api.api_id)
    if not bound and restriction == UNRESTRICTED:
        return api
    is_blocked = restriction.is_blocked and api.lifecycle in _OPEN_LIFECYCLES
    visibility, visible_to = _narrow(api, restriction)
    scopes = {name: replace(api.scopes[name], restricted_to=restrictions.scopes[name]) for name in bound}
    return replace(
        api,
        scopes={**api.scopes, **scopes},
        lifecycle="BLOCKED" if is_blocked else api.lifecycle,
        visibility=visibility,
        visible_to=visible_to,
        visible_roles=_narrow_roles(api.visible_roles, restriction.visible_roles),
    )


def scope(name: str, restrictions: Restrictions) -> Scope:
    """Return a scope of which only the restriction is known, since no API defines it any more."""
    return Scope(name=name, restricted_to=restrictions.scopes.get(name))


def _narrow(api: Api, limit: ApiRestriction) -> tuple[Visibility, frozenset[str]]:
    if limit.visibility == "ALL" or api.visibility == "ORGANISATION":
        return api.visibility, api.visible_to
    if limit.visibility == "ORGANISATION":
        return "ORGANISATION", frozenset()
    return "CHOSEN", limit.visible_to if api.visibility == "ALL" else api.visible_to & limit.visible_to


def _narrow_roles(stated: frozenset[str], limit: frozenset[str]) -> frozenset[str]:
    if not stated or not limit:
        return stated or limit
    return (stated & limit) or NOBODY
