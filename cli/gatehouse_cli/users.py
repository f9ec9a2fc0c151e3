"""`gatehouse users`: the members of an organisation, their invitations, sign-ups, lock-outs and reset mails."""

from functools import partial
from typing import Annotated

import typer

from gatehouse.domain.accounts import links, password_policy, passwords, usernames
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, paging, role_names
from gatehouse.domain.portal import members
from gatehouse_cli import commands, moments, output, questions, roles, spelling
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.errors import OperatorError, changed_meanwhile
from gatehouse_cli.stack import Stack

app = commands.Group("Users: the members of an organisation.")


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the users."""
    found = connected.users(connected.organisation(organisation).key)
    return output.Rows([row(one) for one in found], empty=f"{organisation} has no users")


@app.command()
def create(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    *,
    role: Annotated[list[str] | None, typer.Option(help="A role of the user. May be given several times.")] = None,
    password: Annotated[
        str, typer.Option(envvar="GATEHOUSE_PASSWORD", help="The password of the new user; asked for if not given.")
    ] = "",
) -> output.Answer:
    """Create a user; the password is asked for, or taken from GATEHOUSE_PASSWORD."""
    found, caller = connected.organisation(organisation), connected.operator(organisation)
    normalised = usernames.normalise(username.strip(" "))
    if normalised is None or not usernames.can_be_typed(normalised, found.key):
        raise OperatorError(f"{username!r} cannot be a username: the sign-in page does not accept it")
    password = questions.secret(password, "password", "GATEHOUSE_PASSWORD", is_new=True)
    refusal = password_policy.refusal(password, username=normalised, organisation=found)
    if refusal:
        raise OperatorError(refusal)
    made = User(
        organisation=found.key,
        user_id=digests.generate_id(),
        username=normalised,
        password_hash=passwords.hash_password(password),
        roles=role_names.check_roles(frozenset(role or ())),
    )
    entry = caller.entry("member.create", normalised, " ".join(sorted(made.roles)))
    if not connected.accounts.create_user(found.key, made, entry):
        raise OperatorError(f"there is a user {normalised!r} already")
    spelling.warn_of_new_roles(connected, found.key, made.roles)
    return output.Fields(row(made))


@app.command()
def disable(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Disable a user, as an administrator does: all tokens and sessions end, and no new ones are issued."""
    user = connected.user(organisation, username)
    changed = members.disable(connected.members, connected.operator(organisation), user)
    roles.warn_of_no_administrator(connected, user)
    for one in paging.read_all(partial(connected.applications.find_applications, user.organisation, user.user_id)):
        typer.echo(
            f"still works: application {one.application_id} ({one.name}); "
            "gatehouse applications revoke, transfer or delete it",
            err=True,
        )
    return output.Fields(row(changed))


@app.command()
def enable(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Enable a disabled user; revoked sessions and tokens stay revoked."""
    user = connected.user(organisation, username)
    issuer = connected.issuer(user.organisation)
    changed = members.enable(connected.members, connected.operator(organisation), user, issuer)
    return output.Fields(row(changed))


@app.command("reset-factors")
def reset_factors(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Remove every second factor of a user who lost them, even of the last administrator; all sessions end."""
    user = connected.user(organisation, username)
    issuer = connected.issuer(user.organisation)
    changed = members.reset_factors(connected.members, connected.operator(organisation), user, issuer)
    return output.Fields(row(changed))


@app.command("create-enrolment-link")
def create_enrolment_link(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Print a link to set up the first second factor, for deployments that send no mails.

    The link works for an hour, and only after a sign-in with the user's password.
    """
    user = connected.user(organisation, username)
    if user.factors:
        raise OperatorError(f"{user.username!r} has a second factor: it is changed on the account page")
    secret = digests.generate_secret()
    entry = connected.operator(organisation).entry("factor.enrolment-link", user.username)
    connected.operator_changes.add_link(links.enrolment(user, secret, moments.now()), entry)
    url = f"{connected.issuer(user.organisation)}/account/enrol?link={secret}"
    return output.Fields({"username": user.username, "url": url})


@app.command()
def delete(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> output.Answer:
    """Delete a user: all tokens and sessions end. Their applications stay, with their tokens."""
    user = connected.user(organisation, username)
    questions.confirm(f"Delete {user.username}@{user.organisation}?", is_confirmed=yes)
    entry = connected.operator(organisation).entry("member.delete", user.username)
    if not connected.directory_writer.remove_user(user, entry):
        raise changed_meanwhile(f"{user.username!r}")
    roles.warn_of_no_administrator(connected, user)
    return output.Fields({"username": user.username, "deleted": True})


@app.command()
def show(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Show a member."""
    return output.Fields(_details(connected.user(organisation, username)))


@app.command()
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
    return output.Fields(_details(made))


@app.command()
def approve(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Approve a member who signed up, and tell them by mail."""
    member = _waiting(connected, organisation, username)
    caller = connected.operator(organisation)
    approved = members.enable(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields(_details(approved))


@app.command()
def reject(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Reject a member who signed up; the account stays disabled."""
    member = _waiting(connected, organisation, username)
    return output.Fields(_details(members.reject(connected.members, connected.operator(organisation), member)))


@app.command()
def unlock(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Forget the failed sign-ins that lock the account of a member."""
    member = connected.user(organisation, username)
    members.unlock(connected.members, connected.operator(organisation), member)
    return output.Fields({"username": member.username, "locked": False})


@app.command()
def resend_invitation(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Send the invitation of a member again; its link works for 7 days."""
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    members.resend_invitation(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields({"username": member.username, "mailed": member.email or member.username})


@app.command()
def reset_password(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Mail a member a link to choose another password; the present one works until then."""
    member, caller = connected.user(organisation, username), connected.operator(organisation)
    members.reset_password(connected.members, caller, member, connected.issuer(caller.organisation))
    return output.Fields({"username": member.username, "mailed": member.email or member.username})


def row(one: User) -> output.Row:
    """Return what lists and changes show of a user."""
    shown = _details(one)
    return {name: shown[name] for name in ("username", "user_id", "roles", "active", "factors")}


def _waiting(connected: Stack, organisation: str, username: str) -> User:
    member = connected.user(organisation, username)
    if not member.awaits_approval:
        raise OperatorError(f"{member.username!r} does not await approval")
    return member


def _details(one: User) -> output.Row:
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
