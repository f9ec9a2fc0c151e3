"""Scopes in words that the person who is asked understands."""

from collections.abc import Iterable

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel import builtin, scopes

_IDENTITY = {
    "openid": "Know who you are",
    "profile": "See your name and username",
    "email": "See your e-mail address",
    scopes.OFFLINE_ACCESS: "Keep this access while you are away",
    scopes.DEFAULT: "Use the service in your name",
}


def describe(granted: frozenset[str], apis: Iterable[Api]) -> list[tuple[str, str]]:
    """Return each scope with what it allows, in a stable order; a scope nobody described stands for itself."""
    defined = {name: scope.display_name for api in apis for name, scope in api.scopes.items()}
    known = defined | {name: scope.display_name for name, scope in builtin.SCOPES.items()} | _IDENTITY
    return [(name, known.get(name) or name) for name in sorted(granted)]
