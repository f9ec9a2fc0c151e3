"""What administrators decide of scopes and APIs, whichever documents define them: roles, blocks and visibility."""

import re
from copy import replace
from typing import Protocol

from gatehouse.domain.accounts import organisations
from gatehouse.domain.apis import restriction_sizes
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import role_names, scopes
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError

_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")
_CHANGED = "It changed meanwhile. Look at it again."


class RestrictionStore(Protocol):
    """Where an organisation's restrictions are kept; every change and its audit entry are one transaction."""

    def find_restrictions(self, organisation: str) -> Restrictions:
        """Return what is decided about APIs and scopes, read strongly."""
        ...

    def restrict_scope(
        self, organisation: str, name: str, old: frozenset[str] | None, new: frozenset[str] | None, entry: Entry
    ) -> bool:
        """Bind a scope to roles, or to none (None: no longer bound); False if its binding is not the old one."""
        ...

    def restrict_api(
        self, organisation: str, api_id: str, old: ApiRestriction, new: ApiRestriction, entry: Entry
    ) -> bool:
        """Store what is decided about an API; False if something else was decided meanwhile."""
        ...


def bind_scope(
    store: RestrictionStore, caller: Caller, name: str, roles: frozenset[str] | None, found: Restrictions | None = None
) -> None:
    """Bind a scope of the organisation to roles, whichever APIs define it now or later.

    Args:
        caller: An administrator.
        name: As the documents of the APIs spell it.
        roles: One of them is needed; with none, nobody may have the scope. None leaves it to the documents.
        found: The decisions as they were found; None reads them. The scope must still be bound as it was.

    Raises:
        InvalidInputError: The name or a role is malformed, or too much is restricted.
        ConflictError: It was bound meanwhile.
    """
    if not _SCOPE.fullmatch(name) or scopes.is_reserved(name) or name in scopes.OPENID_CONNECT:
        raise InvalidInputError("That is no name of a scope of an API.", field="scope")
    decided = found or store.find_restrictions(caller.organisation)
    old, new = decided.scopes.get(name), None if roles is None else role_names.check_roles(roles)
    if old == new:
        return
    left = {one: of for one, of in decided.scopes.items() if one != name}
    restriction_sizes.check(decided, replace(decided, scopes=left if new is None else {**left, name: new}))
    entry = caller.entry("scope.roles", name, f"{_describe_roles(old)} to {_describe_roles(new)}")
    if not store.restrict_scope(caller.organisation, name, old, new, entry):
        raise ConflictError(_CHANGED)


def restrict_api(
    store: RestrictionStore, caller: Caller, api_id: str, new: ApiRestriction, found: ApiRestriction | None = None
) -> ApiRestriction:
    """Decide about an API, whether or not it exists at the moment.

    With the decision as it was found, nobody may have decided since.

    Raises:
        InvalidInputError: A role or an organisation is malformed, or too much is restricted.
        ConflictError: Something else was decided meanwhile.
    """
    new = replace(new, visible_to=organisations.check_chosen(new.visible_to))
    role_names.check_roles(new.visible_roles, "visibleRoles")
    decided = store.find_restrictions(caller.organisation)
    old = found or decided.of_api(api_id)
    if old == new:
        return new
    restriction_sizes.check_api(decided, api_id, new)
    entry = caller.entry("api.restrict", api_id, f"{_describe_restriction(old)} to {_describe_restriction(new)}")
    if not store.restrict_api(caller.organisation, api_id, old, new, entry):
        raise ConflictError(_CHANGED)
    return new


def _describe_roles(roles: frozenset[str] | None) -> str:
    return "not bound" if roles is None else " ".join(sorted(roles)) or "nobody"


def _describe_restriction(one: ApiRestriction) -> str:
    blocked = f"blocked by a {one.blocked_by}" if one.is_blocked else "not blocked"
    shared = " ".join([one.visibility, *sorted(one.visible_to)])
    return f"{blocked}, visible to {shared}, roles {' '.join(sorted(one.visible_roles)) or 'everyone'}"
