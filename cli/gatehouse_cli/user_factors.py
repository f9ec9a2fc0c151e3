"""`gatehouse users …`: a user's sign-in methods, remembered browsers, sign-ins and e-mail address."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from gatehouse.domain.accounts import addresses, factors, jobs, passkeys, remembered_browsers, second_factors, users
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import names
from gatehouse.domain.portal import own_factors
from gatehouse_cli import output, stack
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

APP = "app"

_CHANGED = "changed at the same moment; run the command again"


@output.refusing
def list_factors(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List a user's second factors, each with the id that the other commands take."""
    connected = stack.connect(name)
    found = _find(connected, connected.user(organisation, username))
    listed = [
        {"id": one.passkey_id, "kind": "passkey", "name": one.name, "since": _day(one.since), "used": _day(one.used_at)}
        for one in found.passkeys
    ]
    if found.app_secret:
        listed.append({"id": APP, "kind": "app", "name": "", "since": _day(found.app_since), "used": ""})
    output.rows(listed, is_json=is_json)


@output.refusing
def rename_passkey(
    organisation: Organisation,
    username: Username,
    passkey: Annotated[str, typer.Argument(help="Its id, as `users list-factors` shows it.")],
    new_name: Annotated[str, typer.Argument(help="What to call it.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Rename a passkey; nothing that was issued ends."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    chosen = names.parse(new_name, passkeys.NAME_MAX_CHARACTERS)
    if chosen is None:
        raise OperatorError(passkeys.NAME_RULE)
    before = _find(connected, user)
    renamed = next((one for one in before.passkeys if one.passkey_id == passkey), None)
    if renamed is None:
        raise OperatorError(f"{user.username!r} has no passkey {passkey!r}")
    after = second_factors.rename_passkey(before, renamed, chosen)
    entry = connected.operator(user.organisation).entry("factor.rename", user.username, f"passkey {chosen}")
    if not connected.second_factors.replace_factors(user.organisation, user.username, before, after, entry):
        raise OperatorError(f"the factors of {user.username!r} were {_CHANGED}")
    output.one({"id": passkey, "name": chosen}, is_json=is_json)


@output.refusing
def remove_factor(
    organisation: Organisation,
    username: Username,
    factor: Annotated[str, typer.Argument(help="The id of a passkey, as `users list-factors` shows it; or: app.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Remove one second factor of a user; all sessions and tokens end, and a mail tells."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    before = _find(connected, user)
    passkey = next((one for one in before.passkeys if one.passkey_id == factor), None)
    if passkey is None and not (factor == APP and before.app_secret):
        raise OperatorError(f"{user.username!r} has no factor {factor!r}")
    after = second_factors.without_passkey(before, passkey) if passkey else second_factors.without_app(before)
    new = second_factors.with_factors(user, after)
    detail = f"passkey {passkey.name}" if passkey else "authenticator app"
    entry = connected.operator(user.organisation).entry("factor.remove", user.username, detail)
    told = jobs.notice(new, "factors removed", connected.issuer(user.organisation), stack.now_ms())
    changed = connected.second_factors.change_factors(
        user.organisation, (user, new), (before, after), entry, None, told
    )
    if changed is None:
        raise OperatorError(f"{user.username!r} was {_CHANGED}")
    output.one({"username": changed.username, "factors": sorted(changed.factors)}, is_json=is_json)


@output.refusing
def list_browsers(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List the browsers that skip a user's second factor."""
    connected = stack.connect(name)
    user, here = connected.user(organisation, username), connected.organisation(organisation)
    now = stack.now_ms() // 1000
    found = connected.remembered_browsers.find_browsers(user.organisation, user.user_id)
    alive = [one for one in found if remembered_browsers.is_alive(one, user, here, now)]
    listed = [
        {"id": one.browser_id, "device": one.device, "since": _day(one.since), "until": _day(one.expires_at)}
        for one in sorted(alive, key=lambda one: -one.since)
    ]
    output.rows(listed, is_json=is_json)


@output.refusing
def forget_browser(
    organisation: Organisation,
    username: Username,
    browser: Annotated[str, typer.Argument(help="Its id, as `users list-browsers` shows it.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Let a browser skip a user's second factor no more."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    found = connected.remembered_browsers.find_browsers(user.organisation, user.user_id)
    forgotten = next((one for one in found if one.browser_id == browser), None)
    if forgotten is None:
        raise OperatorError(f"{user.username!r} has no remembered browser {browser!r}")
    connected.remembered_browsers.forget_browser(user.organisation, forgotten.digest)
    output.one({"id": browser, "device": forgotten.device}, is_json=is_json)


@output.refusing
def list_sign_ins(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List a user's last 20 sign-ins of 90 days."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    listed = [
        {
            "at": datetime.fromtimestamp(one.at, UTC).isoformat(),
            "device": one.device,
            "address": one.source,
            "methods": factors.amr(one.methods),
        }
        for one in connected.sign_in_history.find_sign_ins(user.organisation, user.user_id)
    ]
    output.rows(listed, is_json=is_json)


@output.refusing
def change_email(
    organisation: Organisation,
    username: Username,
    address: Annotated[str, typer.Argument(help="The new address.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Mail a link to a user's new e-mail address; it is theirs when they open the link, signed in."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    if not addresses.is_address(address):
        raise OperatorError(f"{address!r} is no e-mail address such as anna@example.com")
    if not connected.parameters.get("MailFrom"):
        raise OperatorError("this stack sends no mails: set MailFrom (gatehouse parameters set)")
    job = own_factors.new_address(user, address, connected.issuer(user.organisation), stack.now_ms())
    connected.jobs.enqueue(user.organisation, job)
    output.one({"username": user.username, "mailed": address}, is_json=is_json)


@output.refusing
def list_identities(
    organisation: Organisation, username: Username, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List the identities at identity providers that can sign in to a user's account."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    listed = [
        {"provider": one.provider_id, "email": one.email, "since": _day(one.linked_at)}
        for one in connected.federated_links.find_links(user.organisation, user.user_id)
    ]
    output.rows(listed, is_json=is_json)


@output.refusing
def unlink_identity(
    organisation: Organisation,
    username: Username,
    provider: Annotated[str, typer.Argument(help="The id of the identity provider.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Unlink a user's identity at a provider; all sessions and tokens end, and a mail tells."""
    connected = stack.connect(name)
    user = connected.user(organisation, username)
    links = connected.federated_links.find_links(user.organisation, user.user_id)
    found = next((one for one in links if one.provider_id == provider), None)
    if found is None:
        raise OperatorError(f"{user.username!r} has no identity of {provider!r}")
    if user.password_hash is None and len(links) == 1:
        raise OperatorError(f"it is the only way in which {user.username!r} signs in")
    ended = users.end_everything(user)
    entry = connected.operator(user.organisation).entry("member.unlink-identity", user.username, provider)
    told = jobs.notice(ended, "identity unlinked", connected.issuer(user.organisation), stack.now_ms())
    if connected.federated_links.remove_link(user.organisation, found, user, ended, entry, told) is None:
        raise OperatorError(f"{user.username!r} was {_CHANGED}")
    output.one({"username": user.username, "unlinked": provider}, is_json=is_json)


def register(app: typer.Typer) -> None:
    """Add the commands to the group of users."""
    app.command("list-factors")(list_factors)
    app.command("rename-passkey")(rename_passkey)
    app.command("remove-factor")(remove_factor)
    app.command("list-browsers")(list_browsers)
    app.command("forget-browser")(forget_browser)
    app.command("list-sign-ins")(list_sign_ins)
    app.command("change-email")(change_email)
    app.command("list-identities")(list_identities)
    app.command("unlink-identity")(unlink_identity)


def _find(connected: Stack, user: User) -> SecondFactors:
    return connected.second_factors.find_factors(user.organisation, user.user_id)[0]


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat() if at else ""
