"""`gatehouse users`: the members of an organisation."""

from collections.abc import Sequence
from copy import replace
from functools import partial
from typing import Annotated

import typer

from gatehouse.domain.accounts import jobs, links, password_policy, passwords, usernames, users
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, paging, role_names
from gatehouse.storage.directory_writer import AlreadyExistsError
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
    found = connected.organisation(organisation)
    normalised = usernames.normalise(username.strip(" "))
    if normalised is None or not usernames.can_be_typed(normalised, found.key):
        raise OperatorError(f"{username!r} cannot be a username: the sign-in page does not accept it")
    password = questions.secret(password, "password", "GATEHOUSE_PASSWORD")
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
    try:
        connected.directory_writer.add_user(made)
    except AlreadyExistsError:
        raise OperatorError(f"there is a user {normalised!r} already") from None
    spelling.warn_of_new_roles(connected, found.key, made.roles)
    return output.Fields(row(made))


@app.command()
def disable(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Disable a user, as an administrator does: all tokens and sessions end, and no new ones are issued."""
    user = connected.user(organisation, username)
    blocked = users.end_everything(users.block(user, "administrator"))
    changed = change(connected, user, blocked, "member.disable")
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
    changed = change(connected, user, users.unblock(user, "administrator"), "member.enable")
    return output.Fields(row(changed))


@app.command("reset-factors")
def reset_factors(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Remove every second factor of a user who lost them, even of the last administrator; all sessions end."""
    user = connected.user(organisation, username)
    new = replace(users.end_everything(user), factors=frozenset())
    entry = connected.operator(user.organisation).entry("member.reset-factors", user.username)
    notice = jobs.notice(new, "factors removed", connected.issuer(user.organisation), moments.now_ms())
    stored = connected.second_factors.reset(user.organisation, user, new, entry, notice)
    if stored is None:
        raise changed_meanwhile(f"{user.username!r}")
    return output.Fields(row(stored))


@app.command("create-enrolment-link")
def create_enrolment_link(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """Print a link to set up the first second factor, for deployments that send no mails.

    The link works for an hour, and only after a sign-in with the user's password.
    """
    user = connected.user(organisation, username)
    if user.factors:
        raise OperatorError(f"{user.username!r} has a second factor: it is changed on the account page")
    secret = digests.generate_secret()
    connected.links.add_link(user.organisation, links.enrolment(user, secret, moments.now()))
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
    if not connected.directory_writer.remove_user(user):
        raise changed_meanwhile(f"{user.username!r}")
    roles.warn_of_no_administrator(connected, user)
    return output.Fields({"username": user.username, "deleted": True})


def change(connected: Stack, old: User, new: User, action: str, detail: Sequence[str] = ()) -> User:
    """Store a changed user with an entry of the audit log.

    Raises:
        OperatorError: Something else changed the user meanwhile.
    """
    entry = connected.operator(old.organisation).entry(action, old.username, " ".join(detail))
    stored = connected.accounts.change_user(old.organisation, old, new, entry)
    if stored is None:
        raise changed_meanwhile(f"{old.username!r}")
    return stored


def row(one: User) -> output.Row:
    """Return what lists and changes show of a user."""
    return {
        "username": one.username,
        "user_id": one.user_id,
        "roles": sorted(one.roles),
        "active": one.is_active,
        "factors": sorted(one.factors),
    }
