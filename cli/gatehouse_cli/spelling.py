"""Names that an operator may have misspelt: of scopes, APIs and roles that are used for the first time."""

from collections.abc import Iterable
from difflib import get_close_matches

import typer

from gatehouse.domain.portal import known_roles
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


def check_scope(connected: Stack, organisation: str, scope: str) -> None:
    """See that an API defines a scope, or that it is bound.

    Raises:
        OperatorError: Neither is so.
    """
    apis = connected.publishing.find_apis_of(organisation)
    if not connected.restrictions.find_restrictions(organisation).knows_scope(scope, apis):
        meant = _suggest(scope, {name for one in apis for name in one.scopes})
        raise OperatorError(f"no API of {organisation} defines the scope {scope!r}{meant}; --undefined binds it anyway")


def check_api(connected: Stack, organisation: str, api_id: str) -> None:
    """See that an API exists, or that something is decided about its id.

    Raises:
        OperatorError: Neither is so.
    """
    api = connected.directory.find_api(organisation, api_id)
    if not connected.restrictions.find_restrictions(organisation).knows_api(api_id, api):
        meant = _suggest(api_id, {one.api_id for one in connected.publishing.find_apis_of(organisation)})
        raise OperatorError(f"{organisation} has no API {api_id!r}{meant}; --unpublished restricts it anyway")


def warn_of_new_roles(connected: Stack, organisation: str, wanted: frozenset[str]) -> None:
    """Warn on standard error of a new role that resembles one which the organisation's APIs ask for."""
    known = known_roles.find(connected.publishing.find_apis_of(organisation))
    for name in sorted(wanted - known):
        if meant := known_roles.find_similar(name, known):
            typer.echo(f"gatehouse: the role {name} is new in {organisation}. Did you mean {meant}?", err=True)


def _suggest(typed: str, names: Iterable[str]) -> str:
    near = get_close_matches(typed, sorted(names), n=1)
    return f", but {near[0]!r}" if near else ""
