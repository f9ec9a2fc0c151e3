"""`gatehouse users` and `gatehouse roles`: who is in an organisation, and what each may do."""

from collections import Counter
from collections.abc import Sequence
from copy import replace
from typing import Annotated

import typer

from gatehouse.domain.accounts import jobs, links, password_policy, passwords, usernames, users
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, role_names
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.storage.directory_writer import AlreadyExistsError
from gatehouse_cli import output, spelt_roles, stack
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.output import Json, StackName

app = typer.Typer(help="Users: the members of an organisation.", no_args_is_help=True)
roles = typer.Typer(help="Roles that users have and scopes need.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the users."""
    connected = stack.connect(name)
    found = connected.users(connected.organisation(organisation).key)
    output.rows([_row(one) for one in found], is_json=is_json, empty=f"{organisation} has no users")


@app.command()
@output.refusing
def create(
    organisation: Organisation,
    username: Username,
    *,
    role: Annotated[list[str] | None, typer.Option(help="A role of the user. May be given several times.")] = None,
    password: Annotated[
        str,
        typer.Option(prompt=True, hide_input=True, envvar="GATEHOUSE_PASSWORD", help="The password of the new user."),
    ],
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Create a user; the password is asked for, or taken from GATEHOUSE_PASSWORD."""
    connected = stack.connect(name)
    found = connected.organisation(organisation)
    spelling = usernames.normalise(username.strip(" "))
    if spelling is None or not usernames.can_be_typed(spelling, found.key):
        raise stack.OperatorError(f"{username!r} cannot be a username: nobody could type it at the sign-in")
    refusal = password_policy.refusal(password, username=spelling, organisation=found)
    if refusal:
        raise stack.OperatorError(refusal)
    made = User(
        organisation=found.key,
        user_id=digests.generate_id(),
        username=spelling,
        password_hash=passwords.hash_password(password),
        roles=role_names.check_roles(frozenset(role or ())),
    )
    try:
        connected.registry.add_user(made)
    except AlreadyExistsError:
        raise stack.OperatorError(f"there is a user {spelling!r} already") from None
    spelt_roles.warn_of_slips(connected, found.key, made.roles)
    output.one(_row(made), is_json=is_json)


@app.command()
@output.refusing
def disable(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Disable a user, as an administrator does: all tokens and sessions end, and no new ones begin."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    blocked = users.end_everything(users.block(user, "administrator"))
    changed = _change(connected, user, blocked, "member.disable")
    page = connected.applications.find_applications(user.organisation, user.user_id, Window(limit=LIMIT_MAX))
    for one in page.items:
        typer.echo(
            f"still works: application {one.application_id} ({one.name}); "
            "gatehouse applications revoke, transfer or delete it",
            err=True,
        )
    output.one(_row(changed), is_json=is_json)


@app.command()
@output.refusing
def enable(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Enable a disabled user; what disabling ended stays ended."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    changed = _change(connected, user, users.unblock(user, "administrator"), "member.enable")
    output.one(_row(changed), is_json=is_json)


@app.command("reset-factors")
@output.refusing
def reset_factors(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Remove every second factor of a user who lost them, even of the last administrator; all sessions end."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    new = replace(users.end_everything(user), factors=frozenset())
    entry = connected.operator(user.organisation).entry("member.reset-factors", user.username)
    notice = jobs.notice(new, "factors removed", connected.issuer(user.organisation), stack.now_ms())
    stored = connected.second_factors.reset(user.organisation, user, new, entry, notice)
    if stored is None:
        raise stack.OperatorError(f"{user.username!r} was changed at the same moment; run the command again")
    output.one(_row(stored), is_json=is_json)


@app.command("enrolment-link")
@output.refusing
def enrolment_link(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Print a link with which a user sets up the first second factor, where no mail can bring it.

    The link works for an hour, and only for somebody who signs in with the user's password.
    """
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    if user.factors:
        raise stack.OperatorError(f"{user.username!r} has a second factor: it is changed on the account page")
    secret = links.generate_secret()
    connected.links.add_link(user.organisation, links.enrolment(user, secret, stack.now_ms() // 1000))
    url = f"{connected.issuer(user.organisation)}/account/enrol?link={secret}"
    output.one({"username": user.username, "url": url}, is_json=is_json)


@app.command()
@output.refusing
def delete(
    organisation: Organisation,
    username: Username,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Delete a user: all tokens and sessions end. Applications of theirs stay, and so do the applications' tokens."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    if not yes:
        typer.confirm(f"Delete {user.username}@{user.organisation}?", abort=True, err=True)
    if not connected.registry.remove_user(user):
        raise stack.OperatorError(f"{user.username!r} was changed at the same moment; run the command again")
    output.one(_row(user), is_json=is_json)


@roles.command("list")
@output.refusing
def list_roles(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the roles that users have, and those that scopes need."""
    connected = stack.connect(name)
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
    output.rows(found, is_json=is_json, empty=f"{organisation} has no roles")


@roles.command("set")
@output.refusing
def set_roles(
    organisation: Organisation,
    username: Username,
    role: Annotated[
        list[str] | None, typer.Argument(help="All roles of the user from now on; none removes all.")
    ] = None,
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Replace the roles of a user; lost roles stop working at once, new ones start with the next token or refresh."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    wanted = role_names.check_roles(frozenset(role or ()))
    changed = _change(connected, user, replace(user, roles=wanted), "member.roles", sorted(wanted))
    spelt_roles.warn_of_slips(connected, user.organisation, wanted)
    output.one(_row(changed), is_json=is_json)


def _change(connected: stack.Stack, old: User, new: User, action: str, detail: Sequence[str] = ()) -> User:
    entry = connected.operator(old.organisation).entry(action, old.username, " ".join(detail))
    stored = connected.accounts.change_user(old.organisation, old, new, entry)
    if stored is None:
        raise stack.OperatorError(f"{old.username!r} was changed at the same moment; run the command again")
    return stored


def _row(one: User) -> output.Row:
    return {
        "username": one.username,
        "user_id": one.user_id,
        "roles": sorted(one.roles),
        "active": one.is_active,
        "factors": sorted(one.factors),
    }
