"""What roles may be called."""

import re

from gatehouse.domain.kernel.refusals import InvalidInputError

ROLES_MAX = 50


_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")


def check_roles(roles: frozenset[str], field: str = "roles") -> frozenset[str]:
    """Return the roles.

    Args:
        roles: As they were sent.
        field: The input that they came in.

    Raises:
        InvalidInputError: One is malformed, or there are more than 50.
    """
    if len(roles) > ROLES_MAX or not all(_ROLE.fullmatch(role) for role in roles):
        raise InvalidInputError("A role is a word of letters, digits and . _ : / - (at most 50 roles).", field=field)
    return roles


def parse(text: str) -> frozenset[str]:
    """Return the roles in a text, separated by commas or spaces."""
    return frozenset(text.replace(",", " ").split())
