"""`gatehouse restrictions`: what administrators decide about APIs, whatever publishers say."""

from typing import Annotated, Literal

import typer

from gatehouse.domain.apis.restrictions import ApiRestriction
from gatehouse_cli import output, stack
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Restrictions of APIs by administrators; publishing never changes them.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the restricted APIs, also those that nobody publishes at the moment."""
    connected = stack.connect(name)
    found = connected.administration.store.find_restrictions(connected.organisation(organisation).key).apis
    rows = [_row(api_id, one) for api_id, one in sorted(found.items())]
    output.rows(rows, is_json=is_json, empty=f"{organisation} restricts no APIs")


@app.command("set")
@output.refusing
def restrict(
    organisation: Organisation,
    api_id: ApiId,
    *,
    blocked: Annotated[bool, typer.Option("--blocked", help="Refuse every call of the API.")] = False,
    visibility: Annotated[
        Literal["ORGANISATION", "CHOSEN", "ALL"], typer.Option(help="The most that its publisher may share it with.")
    ] = "ALL",
    visible_to: Annotated[
        list[str] | None, typer.Option(help="An organisation that CHOSEN means. May be given several times.")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help="A role whose members find it; everyone if not given. May be given several times."),
    ] = None,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Restrict an API; what is not named is not restricted any more."""
    connected = stack.connect(name)
    wanted = ApiRestriction(
        blocked_by="administrator" if blocked else "",
        visibility=visibility,
        visible_to=frozenset(visible_to or ()),
        visible_roles=frozenset(role or ()),
    )
    made = connected.administration.restrict_api(connected.operator(organisation), api_id, wanted)
    output.one(_row(api_id, made), is_json=is_json)


def _row(api_id: str, one: ApiRestriction) -> output.Row:
    return {
        "api_id": api_id,
        "blocked": one.is_blocked,
        "visibility": one.visibility,
        "visible_to": sorted(one.visible_to),
        "roles": sorted(one.visible_roles),
    }
