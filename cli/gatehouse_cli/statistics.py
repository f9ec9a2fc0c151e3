"""`gatehouse statistics`: how many tokens the applications of an organisation got."""

from typing import Annotated

import typer

from gatehouse.domain.portal import statistics
from gatehouse_cli import applications, commands, moments, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.stack import Stack

app = commands.Group("Statistics of tokens.")

Application = Annotated[str, typer.Option(help="The id of an application; the whole organisation if not given.")]
Days = Annotated[int, typer.Option(min=1, max=statistics.DAYS_MAX, help="How many days, up to today.")]
Limit = Annotated[int, typer.Option(min=1, max=100, help="How many applications to print at most.")]


@app.command("show")
def show(
    connected: Stack,
    organisation: Organisation,
    *,
    application: Application = "",
    days: Days = statistics.DAYS_DEFAULT,
) -> output.Answer:
    """Show the tokens of each day by grant type."""
    key, wanted = connected.organisation(organisation).key, statistics.last_days(moments.now(), days)
    found = connected.statistics.find_day_counts(key, wanted, application)
    rows = [{"day": one.day, "grant_type": one.grant_type, "tokens": one.tokens} for one in found]
    if application and not rows:
        applications.find(connected, organisation, application)  # counts outlive their application
    return output.Rows(rows, empty=f"{application or key} got no tokens in {days} days")


@app.command("top-applications")
def top_applications(connected: Stack, organisation: Organisation, *, limit: Limit = 10) -> output.Answer:
    """List the applications that got the most tokens."""
    key = connected.organisation(organisation).key
    rows = [
        {"application_id": one.application_id, "name": one.name, "tokens": one.tokens, "users": one.registered_users}
        for one in connected.statistics.find_top_applications(key, limit)
    ]
    return output.Rows(rows, empty=f"no application of {key} got tokens")
