"""`gatehouse applications` and `gatehouse keys`."""

from typing import Annotated, Literal

import typer

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.portal import application_affairs, applications, key_sets, transfers
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(help="Applications: what has keys and subscribes.", no_args_is_help=True)
keys = typer.Typer(help="Keys of an application: consumer key and secret.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(
    organisation: Annotated[str, typer.Argument(help="The organisation key.")],
    *,
    owner: Annotated[str, typer.Option(help="The username of the owner; all owners if not given.")] = "",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """List the applications of an organisation, or of one owner."""
    connected = stack.connect(name)
    key, found, cursor = connected.organisation(organisation).key, list[Application](), ""
    caller = connected.owner(organisation, owner) if owner else None
    while True:
        window = Window(limit=LIMIT_MAX, cursor=cursor)
        page = (
            applications.find_page(connected.subscriptions, caller, window)
            if caller
            else connected.subscriptions.find_all_applications(key, window)
        )
        found += page.items
        cursor = page.next
        if not cursor:
            break
    output.rows([_row(one) for one in found], is_json=is_json)


@app.command()
@output.refusing
def create(
    organisation: str,
    owner: str,
    application: Annotated[str, typer.Argument(help="Its name.")],
    *,
    token_format: Annotated[Literal["opaque", "jwt"], typer.Option(help="What its tokens look like.")] = "opaque",  # noqa: S107 - a format
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Make an application of a user's."""
    connected = stack.connect(name)
    draft = ApplicationInput(name=application, token_format=token_format)
    made = applications.create(connected.subscriptions, connected.owner(organisation, owner), draft)
    output.one(_row(made), is_json=is_json)


@app.command()
@output.refusing
def revoke(organisation: str, application_id: str, *, name: StackName = "gatehouse") -> None:
    """End every secret and every token of an application; its owner may make new secrets."""
    connected = stack.connect(name)
    application = find(connected, organisation, application_id)
    application_affairs.revoke(connected.key_sets, connected.operator(organisation), application)


@app.command()
@output.refusing
def delete(organisation: str, application_id: str, *, name: StackName = "gatehouse") -> None:
    """Delete an application with its keys, subscriptions and tokens."""
    connected = stack.connect(name)
    application = find(connected, organisation, application_id)
    applications.delete(connected.subscriptions, connected.operator(organisation), application)


@app.command()
@output.refusing
def transfer(
    organisation: str, application_id: str, owner: str, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Offer an application to a member; it is theirs at once if its owner can no longer sign in."""
    connected = stack.connect(name)
    application, caller = find(connected, organisation, application_id), connected.operator(organisation)
    members = DynamoDBPortalDirectory(connected.tables)
    output.one(_row(transfers.offer(connected.subscriptions, members, caller, application, owner)), is_json=is_json)


@app.command()
@output.refusing
def accept(
    organisation: str, owner: str, application_id: str, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Accept an application for the member to whom it was offered; its secrets and tokens end."""
    connected = stack.connect(name)
    taken = transfers.accept(connected.subscriptions, connected.owner(organisation, owner), application_id)
    output.one(_row(taken), is_json=is_json)


@app.command()
@output.refusing
def decline(organisation: str, owner: str, application_id: str, *, name: StackName = "gatehouse") -> None:
    """Decline an application for the member to whom it was offered, or withdraw it for its owner."""
    connected = stack.connect(name)
    transfers.decline(connected.subscriptions, connected.owner(organisation, owner), application_id)


@keys.command("list")
@output.refusing
def list_keys(organisation: str, application_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List an application's keys; secrets are shown once, when they are made."""
    connected = stack.connect(name)
    found = key_sets.find_all(connected.key_sets, find(connected, organisation, application_id))
    output.rows(
        [
            {
                "key_type": one.key_type,
                "consumer_key": one.client_id,
                "grant_types": sorted(one.grant_types),
                "secrets": len(one.secrets),
                "active": one.is_active,
            }
            for one in found
        ],
        is_json=is_json,
    )


@keys.command("delete")
@output.refusing
def delete_keys(
    organisation: str,
    application_id: str,
    key_type: Annotated[str, typer.Argument(help="PRODUCTION or SANDBOX.")],
    *,
    name: StackName = "gatehouse",
) -> None:
    """Delete one key set of an application, whoever owns it; its tokens are dead within seconds."""
    connected = stack.connect(name)
    application = find(connected, organisation, application_id)
    client = key_sets.find(connected.key_sets, application, application.client_ids.get(key_type, ""))
    key_sets.delete(connected.key_sets, connected.operator(organisation), application, client)


@keys.command()
@output.refusing
def generate(
    organisation: str,
    application_id: str,
    *,
    key_type: Annotated[Literal["PRODUCTION", "SANDBOX"], typer.Option()] = "PRODUCTION",
    grant_type: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    callback: Annotated[list[str] | None, typer.Option(help="A redirect URI; may be given several times.")] = None,
    public: Annotated[bool, typer.Option(help="A public client: no secret, always PKCE.")] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Make an application's keys, and show the secret once."""
    connected = stack.connect(name)
    application = find(connected, organisation, application_id)
    caller = connected.operator(organisation)
    draft = key_sets.KeySetInput(
        grant_types=frozenset(grant_type or ("client_credentials",)),
        redirect_uris=tuple(callback or ()),
        is_public=public,
    )
    uris_max = key_sets.find_uris_max(connected.key_sets, caller, draft)
    made, secret = key_sets.make(caller, application, key_type, draft, label="", secret_expires_in=0, uris_max=uris_max)
    entry = caller.entry("keys.generate", made.client_id, key_type)
    if not connected.key_sets.add_key_set(caller.organisation, application, made, None, entry):
        raise OperatorError(f"the application has {key_type} keys already")
    shown = {"consumer_key": made.client_id, "consumer_secret": secret.plain if secret else "", "key_type": key_type}
    output.one(shown, is_json=is_json)


def find(connected: Stack, organisation: str, application_id: str) -> Application:
    """Return an application.

    Raises:
        OperatorError: There is none.
    """
    found = connected.subscriptions.find_application(connected.organisation(organisation).key, application_id)
    if found is None:
        raise OperatorError(f"there is no application {application_id!r} in {organisation}")
    return found


def _row(one: Application) -> output.Row:
    return {
        "application_id": one.application_id,
        "name": one.name,
        "owner": one.owner,
        "offered_to": one.pending_owner,
        "token_format": one.token_format,
        "keys": sorted(one.client_ids),
        "subscriptions": [subscription.api_id for subscription in one.subscriptions],
    }
