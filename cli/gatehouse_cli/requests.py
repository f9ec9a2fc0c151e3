"""`gatehouse requests`: what awaits an administrator's decision."""

import shlex
from functools import partial

from gatehouse.domain.kernel import paging
from gatehouse_cli import commands, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.stack import Stack

app = commands.Group("Requests that await a decision: sign-ups and subscriptions.")


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the pending requests, with the command that approves each."""
    key = connected.organisation(organisation).key
    members = paging.read_all(partial(connected.members.find_waiting_members, key))
    waiting = paging.read_all(partial(connected.subscriptions.find_waiting_subscriptions, key))
    rows = [
        {
            "kind": "member",
            "id": one.username,
            "wants": "to sign in",
            "approve": f"gatehouse users approve {key} {shlex.quote(one.username)}",
        }
        for one in members
    ] + [
        {
            "kind": "subscription",
            "id": one.reference(key),
            "wants": f"{one.application_name} to {one.subscription.api_id}, "
            f"{one.subscription.requested_tier or one.subscription.tier}",
            "approve": f"gatehouse subscriptions approve {key} {one.reference(key)}",
        }
        for one in waiting
    ]
    return output.Rows(rows, empty=f"{organisation} has no pending requests")
