"""`gatehouse users …`: a user's sign-in methods, remembered browsers, sign-ins and e-mail address."""

from typing import Annotated

import typer

from gatehouse.domain.accounts import addresses, factors
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import account_security
from gatehouse_cli import commands, moments, output
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

APP = "app"


def list_factors(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List a user's second factors, each with the id that the other commands take."""
    found = connected.account_security.find(connected.owner(organisation, username))
    return output.Rows(_rows(found), f"{username} has no second factors")


def rename_passkey(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    passkey: Annotated[str, typer.Argument(help="Its id, as `users list-factors` shows it.")],
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
) -> output.Answer:
    """Rename a passkey; sessions and tokens stay valid."""
    renamed = connected.account_security.rename_passkey(connected.owner(organisation, username), passkey, new_name)
    return output.Fields({"id": passkey, "name": renamed.name})


def remove_factor(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    factor: Annotated[str, typer.Argument(help="The id of a passkey, as `users list-factors` shows it; or: app.")],
) -> output.Answer:
    """Remove one second factor of a user; this ends all sessions, revokes all tokens and mails the user."""
    owner, own = connected.owner(organisation, username), connected.account_security
    if factor not in {one["id"] for one in _rows(own.find(owner))}:
        raise OperatorError(f"{owner.username!r} has no factor {factor!r}")
    if factor == APP:
        own.remove_app(owner, connected.issuer(owner.organisation))
    else:
        own.remove_passkey(owner, factor, connected.issuer(owner.organisation))
    return output.Fields({"username": owner.username, "factors": sorted(own.find(owner).kinds)})


def list_browsers(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the browsers that skip a user's second factor."""
    listed = [
        {
            "id": one.browser_id,
            "device": one.device,
            "since": moments.day(one.since),
            "until": moments.day(one.skips_until),
        }
        for one in connected.account_security.find_browsers(connected.owner(organisation, username))
    ]
    return output.Rows(listed, f"{username} has no remembered browsers")


def forget_browser(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    browser: Annotated[str, typer.Argument(help="Its id, as `users list-browsers` shows it.")],
) -> output.Answer:
    """Require the second factor in a browser again."""
    owner = connected.owner(organisation, username)
    try:
        found = connected.account_security.forget_browser(owner, browser)
    except NotFoundError:
        raise OperatorError(f"{owner.username!r} has no remembered browser {browser!r}") from None
    return output.Fields({"id": browser, "device": found.device})


def list_sign_ins(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List a user's last 20 sign-ins of 90 days."""
    listed = [
        {
            "at": moments.moment(one.at * 1000),
            "device": one.device,
            "address": one.source,
            "methods": factors.amr(one.methods),
        }
        for one in connected.account_security.find_sign_ins(connected.owner(organisation, username))
    ]
    return output.Rows(listed, f"{username} has no sign-ins in the last 90 days")


def change_email(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    address: Annotated[str, typer.Argument(help="The new address.")],
) -> output.Answer:
    """Mail a link to a user's new e-mail address; the address changes when they open the link, signed in."""
    user = connected.user(organisation, username)
    if not addresses.is_address(address):
        raise OperatorError(f"{address!r} is no e-mail address such as anna@example.com")
    if not connected.parameters.get("MailFrom"):
        raise OperatorError("this stack sends no mails: set MailFrom (gatehouse parameters set)")
    job = account_security.new_address(user, address, connected.issuer(user.organisation), moments.now_ms())
    entry = connected.operator(organisation).entry("member.request-email", user.username, address)
    connected.jobs.enqueue(user.organisation, job, entry)
    return output.Fields({"username": user.username, "mailed": address})


def list_identities(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the identities at identity providers that can sign in to a user's account."""
    listed = [
        {"provider": one.provider_id, "email": one.email, "since": moments.day(one.linked_at)}
        for one in connected.account_security.find_identities(connected.owner(organisation, username))
    ]
    return output.Rows(listed, f"{username} has no identities at identity providers")


def unlink_identity(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    provider: Annotated[str, typer.Argument(help="The id of the identity provider.")],
) -> output.Answer:
    """Unlink a user's identity at a provider; this ends all sessions, revokes all tokens and mails the user."""
    owner = connected.owner(organisation, username)
    connected.account_security.unlink_identity(owner, provider, connected.issuer(owner.organisation))
    return output.Fields({"username": owner.username, "unlinked": provider})


def register(app: commands.Group) -> None:
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


def _rows(found: SecondFactors) -> list[output.Row]:
    listed = [
        {
            "id": one.passkey_id,
            "kind": "passkey",
            "name": one.name,
            "since": moments.day(one.since),
            "used": moments.day(one.used_at),
        }
        for one in found.passkeys
    ]
    if found.app_secret:
        listed.append({"id": APP, "kind": "app", "name": "", "since": moments.day(found.app_since), "used": ""})
    return listed
