"""Which roles an organisation uses, so that a new one is a decision and no slip of the keyboard."""

import difflib
from collections.abc import Iterable

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel import builtin, role_names
from gatehouse.domain.kernel.refusals import InvalidInputError


def find(found: Iterable[Api], held: Iterable[str] = ()) -> frozenset[str]:
    """Return the roles that mean something: the built-in ones, those that APIs ask for, and those held already."""
    roles = {builtin.ADMIN, builtin.PUBLISHER, *held}
    for api in found:
        roles |= api.visible_roles
        for scope in api.scopes.values():
            roles |= scope.roles_shown
    return frozenset(roles - {builtin.EVERYONE})


def check(wanted: frozenset[str], known: frozenset[str], *, may_create: bool) -> frozenset[str]:
    """Return the wanted roles, if each is known or may be created.

    Raises:
        InvalidInputError: A role is malformed, or new.
    """
    role_names.check_roles(wanted)
    new = sorted(wanted - known)
    if not new or may_create:
        return wanted
    close = find_similar(new[0], known)
    meant = f" Did you mean {close}?" if close else ""
    raise InvalidInputError(
        f"The role {new[0]} is not used in your organisation yet.{meant} To use a new role, tick Create new roles.",
        field="roles",
    )


def find_similar(name: str, known: frozenset[str]) -> str:
    """Return the known role that somebody may have meant by a new one; empty if there is none."""
    return next(iter(difflib.get_close_matches(name, sorted(known - {name}), n=1)), "")
