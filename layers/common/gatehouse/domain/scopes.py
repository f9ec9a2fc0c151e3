"""Scope strings and sets (RFC 6749 section 3.3)."""

import re

from gatehouse.domain.errors import InvalidScopeError

DEFAULT = "default"
"""What a token carries when nothing else was asked for or allowed, as in WSO2."""

OPENID, PROFILE, EMAIL = "openid", "profile", "email"
IDENTITY = frozenset({OPENID, PROFILE, EMAIL})
"""The scopes of OpenID Connect Core section 5.4 that we have."""

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")
_SCOPES_MAX = 100


def parse(scope: str) -> frozenset[str]:
    """Split a space-delimited scope parameter.

    Raises:
        InvalidScopeError: A value is empty, over 255 characters or outside the grammar, or there are over 100.
    """
    values = scope.split(" ")
    if len(values) > _SCOPES_MAX or not all(_SCOPE_TOKEN.fullmatch(value) for value in values):
        raise InvalidScopeError(f"scope outside the grammar: {scope[:300]!r}")
    return frozenset(values)


def parse_optional(scope: str | None) -> frozenset[str]:
    """Return what was asked for: the empty set if nothing was.

    Raises:
        InvalidScopeError: See `parse`.
    """
    return frozenset() if scope is None else parse(scope)


def render(scopes: frozenset[str]) -> str:
    """Join scopes in a stable order."""
    return " ".join(sorted(scopes))


def or_default(scopes: frozenset[str]) -> frozenset[str]:
    """Return the scopes, or `default` when none is left."""
    return scopes or frozenset({DEFAULT})
