"""`gatehouse users`, as administrators' pages have it: invitations, sign-ups, lock-outs and reset mails."""

from typing import Annotated

import typer

from gatehouse.domain.accounts.users import User
from gatehouse_cli import output, spelt_roles, stack
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack


@output.refusing
def show(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Show a member."""
    output.one(_row(stack.connect(name).user(organisation, username)), is_json=is_json)


@output.refusing
def invite(
    organisation: Organisation,
    username: Annotated[str, typer.Argument(help="The username of the new member, such as an e-mail address.")],
    *,
    email: Annotated[str, typer.Option(help="Where the invitation is sent; the username if not given.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role of the member. May be given several times.")] = None,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Create a member, who is mailed a link to choose a password."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    issuer = connected.issuer(caller.organisation)
    made = connected.administration.invite(caller, username, email, frozenset(role or ()), issuer)
    spelt_roles.warn_of_slips(connected, caller.organisation, made.roles)
    output.one(_row(made), is_json=is_json)


@output.refusing
def approve(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Approve a member who signed up, and tell them by mail."""
    connected = stack.connect(name)
    member = _waiting(connected, organisation, username)
    caller = connected.operator(organisation)
    approved = connected.administration.enable(caller, member, connected.issuer(caller.organisation))
    output.one(_row(approved), is_json=is_json)


@output.refusing
def reject(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Reject a member who signed up; the account stays disabled."""
    connected = stack.connect(name)
    member = _waiting(connected, organisation, username)
    output.one(_row(connected.administration.reject(connected.operator(organisation), member)), is_json=is_json)


@output.refusing
def unlock(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Forget the failed sign-ins that lock the account of a member."""
    connected = stack.connect(name)
    member = connected.user(organisation, username)
    connected.administration.unlock(connected.operator(organisation), member)
    output.one({"username": member.username, "locked": False}, is_json=is_json)


@output.refusing
def resend_invitation(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Send the invitation of a member again; its link works for 7 days."""
    connected = stack.connect(name)
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    connected.administration.resend(caller, member, connected.issuer(caller.organisation))
    output.one({"username": member.username, "mailed": member.email or member.username}, is_json=is_json)


@output.refusing
def reset_password(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Mail a member a link to choose another password; the present one works until then."""
    connected = stack.connect(name)
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    connected.administration.reset(caller, member, connected.issuer(caller.organisation))
    output.one({"username": member.username, "mailed": member.email or member.username}, is_json=is_json)


def _waiting(connected: Stack, organisation: str, username: str) -> User:
    member = connected.user(organisation, username)
    if not member.awaits_approval:
        raise OperatorError(f"{member.username!r} does not await approval")
    return member


def _row(one: User) -> output.Row:
    return {
        "username": one.username,
        "user_id": one.user_id,
        "display_name": one.display_name,
        "email": one.email,
        "roles": sorted(one.roles),
        "active": one.is_active,
        "awaits_approval": one.awaits_approval,
        "factors": sorted(one.factors),
    }
