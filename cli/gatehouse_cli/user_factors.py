"""`gatehouse users …`: a user's sign-in methods, remembered browsers, sign-ins and e-mail address."""

from typing import Annotated

import typer

from gatehouse.domain.accounts import addresses, factors, jobs, passkeys, remembered_browsers, second_factors, users
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import names
from gatehouse.domain.portal import own_factors
from gatehouse_cli import commands, moments, output
from gatehouse_cli.arguments import Organisation, Username
from gatehouse_cli.errors import OperatorError, changed_meanwhile
from gatehouse_cli.stack import Stack

APP = "app"


def list_factors(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List a user's second factors, each with the id that the other commands take."""
    found = _find(connected, connected.user(organisation, username))
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
    return output.Rows(listed, f"{username} has no second factors")


def rename_passkey(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    passkey: Annotated[str, typer.Argument(help="Its id, as `users list-factors` shows it.")],
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
) -> output.Answer:
    """Rename a passkey; sessions and tokens stay valid."""
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
        raise changed_meanwhile(f"the factors of {user.username!r}")
    return output.Fields({"id": passkey, "name": chosen})


def remove_factor(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    factor: Annotated[str, typer.Argument(help="The id of a passkey, as `users list-factors` shows it; or: app.")],
) -> output.Answer:
    """Remove one second factor of a user; this ends all sessions, revokes all tokens and mails the user."""
    user = connected.user(organisation, username)
    before = _find(connected, user)
    passkey = next((one for one in before.passkeys if one.passkey_id == factor), None)
    if passkey is None and not (factor == APP and before.app_secret):
        raise OperatorError(f"{user.username!r} has no factor {factor!r}")
    after = second_factors.without_passkey(before, passkey) if passkey else second_factors.without_app(before)
    new = second_factors.with_factors(user, after)
    detail = f"passkey {passkey.name}" if passkey else "authenticator app"
    entry = connected.operator(user.organisation).entry("factor.remove", user.username, detail)
    told = jobs.notice(new, "factors removed", connected.issuer(user.organisation), moments.now_ms())
    changed = connected.second_factors.change_factors(
        user.organisation, (user, new), (before, after), entry, None, told
    )
    if changed is None:
        raise changed_meanwhile(f"{user.username!r}")
    return output.Fields({"username": changed.username, "factors": sorted(changed.factors)})


def list_browsers(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the browsers that skip a user's second factor."""
    user, here = connected.user(organisation, username), connected.organisation(organisation)
    now = moments.now()
    found = connected.remembered_browsers.find_browsers(user.organisation, user.user_id)
    alive = [one for one in found if remembered_browsers.is_alive(one, user, here, now)]
    listed = [
        {
            "id": one.browser_id,
            "device": one.device,
            "since": moments.day(one.since),
            "until": moments.day(one.skips_until),
        }
        for one in sorted(alive, key=lambda one: -one.since)
    ]
    return output.Rows(listed, f"{username} has no remembered browsers")


def forget_browser(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    browser: Annotated[str, typer.Argument(help="Its id, as `users list-browsers` shows it.")],
) -> output.Answer:
    """Require the second factor in a browser again."""
    user = connected.user(organisation, username)
    found = connected.remembered_browsers.find_browsers(user.organisation, user.user_id)
    forgotten = next((one for one in found if one.browser_id == browser), None)
    if forgotten is None:
        raise OperatorError(f"{user.username!r} has no remembered browser {browser!r}")
    connected.remembered_browsers.forget_browser(user.organisation, forgotten.digest)
    return output.Fields({"id": browser, "device": forgotten.device})


def list_sign_ins(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List a user's last 20 sign-ins of 90 days."""
    user = connected.user(organisation, username)
    listed = [
        {
            "at": moments.moment(one.at * 1000),
            "device": one.device,
            "address": one.source,
            "methods": factors.amr(one.methods),
        }
        for one in connected.sign_in_history.find_sign_ins(user.organisation, user.user_id)
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
    job = own_factors.new_address(user, address, connected.issuer(user.organisation), moments.now_ms())
    connected.jobs.enqueue(user.organisation, job)
    return output.Fields({"username": user.username, "mailed": address})


def list_identities(connected: Stack, organisation: Organisation, username: Username) -> output.Answer:
    """List the identities at identity providers that can sign in to a user's account."""
    user = connected.user(organisation, username)
    listed = [
        {"provider": one.provider_id, "email": one.email, "since": moments.day(one.linked_at)}
        for one in connected.federated_links.find_links(user.organisation, user.user_id)
    ]
    return output.Rows(listed, f"{username} has no identities at identity providers")


def unlink_identity(
    connected: Stack,
    organisation: Organisation,
    username: Username,
    provider: Annotated[str, typer.Argument(help="The id of the identity provider.")],
) -> output.Answer:
    """Unlink a user's identity at a provider; this ends all sessions, revokes all tokens and mails the user."""
    user = connected.user(organisation, username)
    links = connected.federated_links.find_links(user.organisation, user.user_id)
    found = next((one for one in links if one.provider_id == provider), None)
    if found is None:
        raise OperatorError(f"{user.username!r} has no identity of {provider!r}")
    if user.password_hash is None and len(links) == 1:
        raise OperatorError(f"it is the only way in which {user.username!r} signs in")
    ended = users.end_everything(user)
    entry = connected.operator(user.organisation).entry("member.unlink-identity", user.username, provider)
    told = jobs.notice(ended, "identity unlinked", connected.issuer(user.organisation), moments.now_ms())
    if connected.federated_links.remove_link(user.organisation, found, user, ended, entry, told) is None:
        raise changed_meanwhile(f"{user.username!r}")
    return output.Fields({"username": user.username, "unlinked": provider})


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


def _find(connected: Stack, user: User) -> SecondFactors:
    return connected.second_factors.find_factors(user.organisation, user.user_id)[0]
