"""`gatehouse apis publish --dry-run` and `gatehouse apis compare`: what would change, or changed."""

from collections.abc import Sequence
from typing import Annotated

import typer

from gatehouse.domain.apis import previews
from gatehouse.domain.apis.differences import Difference
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.endpoints.publisher import documents
from gatehouse_cli import output
from gatehouse_cli.stack import Stack


def show(connected: Stack, organisation: str, draft: ApiDraft) -> output.Answer:
    """Print what publishing the draft would do: what differs, and on standard error what it opens and would ask."""
    documents.validate(draft.document)
    found = previews.find(connected.publishing, connected.operator(organisation), draft)
    for change in found.api.opened:
        typer.echo(f"would open: {change}", err=True)
    for warning in found.api.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if found.question is not None:
        typer.echo(f"would ask: {found.question.description}", err=True)
        for change in found.question.changes:
            typer.echo(f"  {change}", err=True)
    if found.before is None:
        typer.echo(f"{found.api.api_id} is new.", err=True)
    return output.Rows(_rows(found.differences), "nothing would change")


def compare(
    connected: Stack,
    organisation: Annotated[str, typer.Argument(help="The organisation key.")],
    old: Annotated[str, typer.Argument(help="The id of the API to compare with, such as its version before.")],
    new: Annotated[str, typer.Argument(help="The id of the other API.")],
) -> output.Answer:
    """Show what differs between two APIs, such as two versions of one: settings, routes, scopes and stages."""
    _, _, found = previews.compare(connected.publishing, connected.operator(organisation), old, new)
    return output.Rows(_rows(found), f"{old} and {new} do not differ")


def _rows(found: Sequence[Difference]) -> list[output.Row]:
    return [
        {"kind": one.kind, "name": one.name, "before": one.before or "-", "after": one.after or "-"} for one in found
    ]
