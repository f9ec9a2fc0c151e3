"""`gatehouse tiers`: the limits that applications and subscriptions choose from."""

from gatehouse.domain.apis import throttling_policies
from gatehouse_cli import commands, output
from gatehouse_cli.stack import Stack

app = commands.Group("Tiers: limits of calls.")


@app.command("list")
def list_all(connected: Stack) -> output.Answer:
    """List the tiers of the stack; change those of subscriptions by the parameter MoreTiers."""
    del connected  # which offers the tiers of its parameter
    levels = {"application": throttling_policies.APPLICATION, "subscription": throttling_policies.SUBSCRIPTION}
    rows = [
        {"level": level, "tier": one.name, "allows": one.description}
        for level, of in levels.items()
        for one in of.values()
    ]
    return output.Rows(rows)
