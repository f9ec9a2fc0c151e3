"""Scope strings and sets (RFC 6749 section 3.3)."""

import msgspec

from gatehouse.domain.kernel.errors import InvalidScopeError

DEFAULT = "default"
"""What a token carries when nothing else was asked for or allowed, as in WSO2."""

OPENID, PROFILE, EMAIL, OFFLINE_ACCESS = "openid", "profile", "email", "offline_access"
IDENTITY = frozenset({OPENID, PROFILE, EMAIL, OFFLINE_ACCESS})
"""The scopes of OpenID Connect Core sections 5.4 and 11 that we have."""

_SCOPE_MAX_CHARACTERS = 255
_NOT_OF_SCOPES = frozenset(' "\\')
"""What is printable ASCII and no `NQCHAR` (RFC 6749 appendix A)."""
SCOPES_MAX = 100
"""How many scopes a request or a resource may name."""
_DROPPED_MAX_CHARACTERS = 1_000


OPENID_CONNECT = IDENTITY | {"address", "phone"}
"""All scopes of OpenID Connect Core sections 5.4 and 11: they ask for claims of the user, and open no API."""

_BUILT_IN_PREFIX = "apim:"


def is_reserved(name: str) -> bool:
    """Say whether the name belongs to Gatehouse: of a built-in API, or of tokens without a scope."""
    return name == DEFAULT or name.startswith(_BUILT_IN_PREFIX)


def parse(scope: str) -> frozenset[str]:
    """Split a space-delimited scope parameter.

    Raises:
        InvalidScopeError: A value is empty, over 255 characters or outside the grammar, or there are over 100.
    """
    values = scope.split(" ")
    if len(values) > SCOPES_MAX or not all(map(is_scope, values)):
        raise InvalidScopeError(f"scope outside the grammar: {scope[:300]!r}")
    return frozenset(values)


def is_scope(value: str) -> bool:
    """Say whether it is one scope (`scope-token`), of at most 255 characters."""
    is_ascii = 0 < len(value) <= _SCOPE_MAX_CHARACTERS and value.isascii() and value.isprintable()
    return is_ascii and _NOT_OF_SCOPES.isdisjoint(value)


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


def dropped(requested: frozenset[str], granted: frozenset[str]) -> frozenset[str]:
    """Return what was asked for and not granted, as much of it as is worth its place in a grant (1,000 characters)."""
    kept: set[str] = set()
    characters = 0
    for name in sorted(requested - granted, key=lambda name: (len(name), name)):
        characters += len(name)
        if characters > _DROPPED_MAX_CHARACTERS:
            break
        kept.add(name)
    return frozenset(kept)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A scope as an API defines it.

    Attributes:
        roles: Of the document: users with any of them may have the scope; empty means everyone.
        restricted_to: Of the administrators: one of these roles is needed as well. Empty opens it to nobody, None
            restricts nothing.
    """

    name: str
    display_name: str = ""
    roles: frozenset[str] = frozenset()
    restricted_to: frozenset[str] | None = None

    @property
    def is_bound(self) -> bool:
        """Whether roles decide who may have it."""
        return bool(self.roles) or self.restricted_to is not None

    @property
    def demands(self) -> tuple[frozenset[str], ...]:
        """The sets of roles of each of which the user must hold one."""
        of_document = (self.roles,) if self.roles else ()
        return of_document if self.restricted_to is None else (*of_document, self.restricted_to)

    @property
    def roles_shown(self) -> frozenset[str]:
        """The roles that are shown for it: the administrators' go before the document's."""
        return self.roles if self.restricted_to is None else self.restricted_to
