"""`gatehouse restrictions`: what administrators decide about APIs, whatever publishers say."""

from typing import Annotated, Literal

import typer

from gatehouse.domain.apis.restrictions import ApiRestriction
from gatehouse.domain.portal import api_restrictions
from gatehouse_cli import commands, output, spelling
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.stack import Stack

app = commands.Group("Restrictions of APIs by administrators; publishing never changes them.")


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the restricted APIs, also those that nobody publishes at the moment."""
    found = connected.restrictions.find_restrictions(connected.organisation(organisation).key).apis
    rows = [_row(api_id, one) for api_id, one in sorted(found.items())]
    return output.Rows(rows, empty=f"{organisation} restricts no APIs")


@app.command("set")
def restrict(
    connected: Stack,
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
    unpublished: Annotated[
        bool, typer.Option("--unpublished", help="Restrict an API id that nobody uses yet.")
    ] = False,
) -> output.Answer:
    """Restrict an API; what is not named is not restricted any more."""
    operator = connected.operator(organisation)
    if not unpublished:
        spelling.check_api(connected, operator.organisation, api_id)
    wanted = ApiRestriction(
        blocked_by="administrator" if blocked else "",
        visibility=visibility,
        visible_to=frozenset(visible_to or ()),
        visible_roles=frozenset(role or ()),
    )
    made = api_restrictions.restrict_api(connected.restrictions, operator, api_id, wanted)
    return output.Fields(_row(api_id, made))


def _row(api_id: str, one: ApiRestriction) -> output.Row:
    return {
        "api_id": api_id,
        "blocked": one.is_blocked,
        "visibility": one.visibility,
        "visible_to": sorted(one.visible_to),
        "roles": sorted(one.visible_roles),
    }
