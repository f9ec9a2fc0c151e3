"""`gatehouse users`, as administrators' pages have it: invitations, sign-ups, lock-outs and reset mails."""

from typing import Annotated

import typer

from gatehouse.domain.accounts.users import User
from gatehouse.domain.portal import members
from gatehouse_cli import output, spelling
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


def show(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Show a member."""
    return output.Fields(_row(connected.user(organisation, username)))


def invite(
    connected: Stack,
    organisation: Organisation,
    username: Annotated[str, typer.Argument(help="The username of the new member, such as an e-mail address.")],
    *,
    email: Annotated[str, typer.Option(help="Where the invitation is sent; the username if not given.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role of the member. May be given several times.")] = None,
) -> output.Answer:
    """Create a member, who is mailed a link to choose a password."""
    caller = connected.operator(organisation)
    issuer = connected.issuer(caller.organisation)
    made = members.invite(connected.members, caller, username, email, frozenset(role or ()), issuer)
    spelling.warn_of_new_roles(connected, caller.organisation, made.roles)
    return output.Fields(_row(made))


def approve(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Approve a member who signed up, and tell them by mail."""
    member = _waiting(connected, organisation, username)
    caller = connected.operator(organisation)
    approved = members.enable(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields(_row(approved))


def reject(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Reject a member who signed up; the account stays disabled."""
    member = _waiting(connected, organisation, username)
    return output.Fields(_row(members.reject(connected.members, connected.operator(organisation), member)))


def unlock(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Forget the failed sign-ins that lock the account of a member."""
    member = connected.user(organisation, username)
    members.unlock(connected.members, connected.operator(organisation), member)
    return output.Fields({"username": member.username, "locked": False})


def resend_invitation(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Send the invitation of a member again; its link works for 7 days."""
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    members.resend(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields({"username": member.username, "mailed": member.email or member.username})


def reset_password(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Mail a member a link to choose another password; the present one works until then."""
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    members.reset(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields({"username": member.username, "mailed": member.email or member.username})


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
