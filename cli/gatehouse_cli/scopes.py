"""`gatehouse scopes`: which roles a scope demands, whichever APIs define it."""

from typing import Annotated

import typer

from gatehouse.domain.portal.administration import Administration
from gatehouse.storage.administration import DynamoDBAdministration
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import Stack

app = typer.Typer(
    help="Scopes that administrators bind to roles, for every API of the organisation.", no_args_is_help=True
)


@app.command("list")
@output.refusing
def list_all(organisation: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the bound scopes, also those that no API defines at the moment."""
    connected = stack.connect(name)
    found = _administration(connected).store.find_restrictions(connected.organisation(organisation).key).scopes
    output.rows([{"scope": scope, "roles": sorted(roles)} for scope, roles in sorted(found.items())], is_json=is_json)


@app.command()
@output.refusing
def bind(
    organisation: str,
    scope: str,
    role: Annotated[list[str] | None, typer.Argument(help="One of them is needed; none opens it to nobody.")] = None,
    *,
    name: StackName = "gatehouse",
) -> None:
    """Bind a scope to roles; the gate follows within seconds, and publishing never changes it."""
    connected = stack.connect(name)
    _administration(connected).bind_scope(connected.operator(organisation), scope, frozenset(role or ()))


@app.command()
@output.refusing
def unbind(organisation: str, scope: str, *, name: StackName = "gatehouse") -> None:
    """Leave a scope to the documents of the APIs."""
    connected = stack.connect(name)
    _administration(connected).bind_scope(connected.operator(organisation), scope, None)


def _administration(connected: Stack) -> Administration:
    return Administration(DynamoDBAdministration(connected.tables))
