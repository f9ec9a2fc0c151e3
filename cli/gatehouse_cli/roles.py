"""`gatehouse roles`: what members may do."""

from collections import Counter
from typing import Annotated

import typer

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import builtin
from gatehouse.domain.portal import members
from gatehouse_cli import commands, output, spelling
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.stack import Stack

app = commands.Group("Roles that users have and scopes need.")


@app.command("list")
def list_roles(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the roles that users have, and those that scopes need."""
    key = connected.organisation(organisation).key
    held = Counter(role for user in connected.users(key) for role in user.roles)
    asked = {
        role
        for api in connected.publishing.find_apis_of(key)
        for one in api.scopes.values()
        for roles in one.demands
        for role in roles
    }
    found = [{"role": role, "users": held[role], "by_scopes": role in asked} for role in sorted({*held, *asked})]
    return output.Rows(found, empty=f"{organisation} has no roles")


@app.command("set")
def set_roles(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    role: Annotated[
        list[str] | None, typer.Argument(help="All roles of the user from now on; none removes all.")
    ] = None,
) -> output.Answer:
    """Replace the roles of a user; lost roles stop working at once, new ones start with the next token or refresh."""
    user = connected.user(organisation, username)
    changed = members.change_roles(connected.members, connected.operator(organisation), user, frozenset(role or ()))
    spelling.warn_of_new_roles(connected, user.organisation, changed.roles)
    if builtin.ADMIN not in changed.roles:
        warn_of_no_administrator(connected, user)
    return output.Fields({"username": changed.username, "roles": sorted(changed.roles)})


def warn_of_no_administrator(connected: Stack, changed: User) -> None:
    """Say that a change of a user left an organisation without administrators."""
    if builtin.ADMIN not in changed.roles:
        return
    if not any(one.is_active and builtin.ADMIN in one.roles for one in connected.users(changed.organisation)):
        advice = f"gatehouse roles set {changed.organisation} USERNAME {builtin.ADMIN}"
        typer.echo(f"warning: {changed.organisation} has no administrator now; appoint one: {advice}", err=True)
