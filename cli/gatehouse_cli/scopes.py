"""`gatehouse scopes`: which roles a scope demands, whichever APIs define it."""

from typing import Annotated

import typer

from gatehouse.domain.portal import api_restrictions
from gatehouse_cli import commands, output, spelling
from gatehouse_cli.arguments import Organisation, Scope
from gatehouse_cli.stack import Stack

app = commands.Group("Scopes that administrators bind to roles, for every API of the organisation.")


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the bound scopes, also those that no API defines at the moment."""
    found = connected.restrictions.find_restrictions(connected.organisation(organisation).key).scopes
    return output.Rows(
        [{"scope": scope, "roles": sorted(roles)} for scope, roles in sorted(found.items())],
        empty=f"{organisation} binds no scopes",
    )


@app.command()
def bind(
    connected: Stack,
    organisation: Organisation,
    scope: Scope,
    role: Annotated[
        list[str] | None,
        typer.Argument(help="A user needs one of these roles; without any, nobody may have the scope."),
    ] = None,
    *,
    undefined: Annotated[bool, typer.Option("--undefined", help="Bind a scope that no API defines yet.")] = False,
) -> output.Answer:
    """Bind a scope to roles; the gate follows within seconds, and publishing never changes it."""
    operator = connected.operator(organisation)
    if not undefined:
        spelling.check_scope(connected, operator.organisation, scope)
    api_restrictions.bind_scope(connected.restrictions, operator, scope, frozenset(role or ()))
    return output.Fields({"scope": scope, "roles": sorted(role or ())})


@app.command()
def unbind(connected: Stack, organisation: Organisation, scope: Scope) -> output.Answer:
    """Remove the binding of a scope: the documents of the APIs say who may have it."""
    api_restrictions.bind_scope(connected.restrictions, connected.operator(organisation), scope, None)
    return output.Fields({"scope": scope, "roles": "as the documents say"})
