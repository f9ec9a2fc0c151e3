"""`gatehouse audit-entries`: who did what in an organisation, and when."""

from itertools import islice
from typing import Annotated

import typer

from gatehouse.domain.kernel import paging
from gatehouse.domain.kernel.audit import Entry, parse_wanted
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse_cli import commands, moments, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("The audit log: who changed what, and when.")


@app.command("list")
def list_all(
    connected: Stack,
    organisation: Organisation,
    *,
    actor: Annotated[str, typer.Option(help="Only those of this username.")] = "",
    action: Annotated[str, typer.Option(help="How the action begins, such as member.")] = "",
    since: Annotated[str, typer.Option(help="The first day, such as 2026-11-01, in UTC.")] = "",
    until: Annotated[str, typer.Option(help="The last day.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many entries to print at most.")] = 100,
) -> output.Answer:
    """List the entries of the audit log, newest first."""
    key, log = connected.organisation(organisation).key, connected.audit_log
    wanted = parse_wanted(actor, action, _day(since, "--since"), _day(until, "--until"))
    entries = paging.read_all(lambda window: log.find_entries(key, window, wanted), min(limit, paging.LIMIT_MAX))
    return output.Rows([_row(one) for one in islice(entries, limit)], empty=f"{key} has no such audit entries")


def _day(given: str, option: str) -> str:
    """Return a day as the log is searched; the option is named, which the JSON API calls otherwise.

    Raises:
        OperatorError: It is none.
    """
    try:
        parse_wanted("", "", given, "")
    except InvalidInputError:
        raise OperatorError(f"{option}: {given!r} is no day such as 2026-11-29") from None
    return given


def _row(one: Entry) -> output.Row:
    return {
        "time": moments.moment(one.at_ms),
        "actor": one.actor,
        "action": one.action,
        "target": one.target,
        "detail": one.detail,
    }
