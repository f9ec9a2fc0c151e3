"""`gatehouse tiers`: the limits that applications and subscriptions choose from."""

import typer

from gatehouse.domain.apis import throttling_policies
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Tiers: limits of calls.", no_args_is_help=True)


@app.callback()
def tiers() -> None:
    """Tiers: limits of calls."""


@app.command("list")
@output.refusing
def list_all(*, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the tiers of the stack; change those of subscriptions by the parameter MoreTiers."""
    stack.connect(name)
    levels = {"application": throttling_policies.APPLICATION, "subscription": throttling_policies.SUBSCRIPTION}
    rows = [
        {"level": level, "tier": one.name, "allows": one.description}
        for level, of in levels.items()
        for one in of.values()
    ]
    output.rows(rows, is_json=is_json)
