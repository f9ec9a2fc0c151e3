"""Roles as an operator types them: a new one is created, and one that looks like a misspelt one is named."""

import typer

from gatehouse.domain.portal import known_roles
from gatehouse_cli.stack import Stack


def warn_of_slips(connected: Stack, organisation: str, wanted: frozenset[str]) -> None:
    """Say on the standard error which new role resembles one that the organisation's APIs ask for."""
    known = known_roles.find(connected.publishing.find_apis_of(organisation))
    for name in sorted(wanted - known):
        if meant := known_roles.find_similar(name, known):
            typer.echo(f"gatehouse: the role {name} is new in {organisation}. Did you mean {meant}?", err=True)
