"""`gatehouse scopes`: which roles a scope demands, whichever APIs define it."""

from typing import Annotated

import typer

from gatehouse_cli import output, stack
from gatehouse_cli.arguments import Organisation, Scope
from gatehouse_cli.output import Json, StackName

app = typer.Typer(
    help="Scopes that administrators bind to roles, for every API of the organisation.", no_args_is_help=True
)


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the bound scopes, also those that no API defines at the moment."""
    connected = stack.connect(name)
    found = connected.administration.store.find_restrictions(connected.organisation(organisation).key).scopes
    output.rows(
        [{"scope": scope, "roles": sorted(roles)} for scope, roles in sorted(found.items())],
        is_json=is_json,
        empty=f"{organisation} binds no scopes",
    )


@app.command()
@output.refusing
def bind(
    organisation: Organisation,
    scope: Scope,
    role: Annotated[
        list[str] | None,
        typer.Argument(help="A user needs one of these roles; without any, nobody may have the scope."),
    ] = None,
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Bind a scope to roles; the gate follows within seconds, and publishing never changes it."""
    connected = stack.connect(name)
    connected.administration.bind_scope(connected.operator(organisation), scope, frozenset(role or ()))
    output.one({"scope": scope, "roles": sorted(role or ())}, is_json=is_json)


@app.command()
@output.refusing
def unbind(organisation: Organisation, scope: Scope, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Remove the binding of a scope: the documents of the APIs say who may have it."""
    connected = stack.connect(name)
    connected.administration.bind_scope(connected.operator(organisation), scope, None)
    output.one({"scope": scope, "roles": "as the documents say"}, is_json=is_json)
