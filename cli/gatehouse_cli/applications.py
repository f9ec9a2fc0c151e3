"""`gatehouse applications`: what has keys and subscribes to APIs."""

from functools import partial
from typing import Annotated, Literal

import typer

from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import paging
from gatehouse.domain.portal import application_administration, applications, client_scopes, transfers
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse_cli import arguments, commands, output
from gatehouse_cli.arguments import ApplicationId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

Owner = Annotated[str, typer.Argument(help="The username of the owner.")]
NewOwner = Annotated[str, typer.Argument(help="The username of the member to whom it is offered.")]
Group = Annotated[
    list[str] | None, typer.Option(help=f"A role that it is shared with, which the owner holds. {arguments.SEVERAL}")
]
TokenFormat = Annotated[Literal["opaque", "jwt"], typer.Option(help="The format of its tokens.")]

app = commands.Group("Applications: what has keys and subscribes to APIs.")


@app.command("list")
def list_all(
    connected: Stack,
    organisation: Organisation,
    *,
    owner: Annotated[str, typer.Option(help="The username of the owner; all owners if not given.")] = "",
) -> output.Answer:
    """List the applications of an organisation, or of one owner."""
    if owner:
        find = partial(applications.find_page, connected.applications, connected.owner(organisation, owner))
    else:
        find = partial(connected.applications.find_all_applications, connected.organisation(organisation).key)
    return output.Rows(
        [_row(one) for one in paging.read_all(find)], empty=f"{owner or organisation} has no applications"
    )


@app.command()
def show(connected: Stack, organisation: Organisation, application_id: ApplicationId) -> output.Answer:
    """Show an application, with the role-bound scopes that its own tokens may carry."""
    found = find(connected, organisation, application_id)
    return output.Fields(_row(found) | _details(found))


@app.command()
def create(
    connected: Stack,
    organisation: Organisation,
    owner: Owner,
    application: Annotated[str, typer.Argument(help="The application's name.")],
    *,
    description: Annotated[str, typer.Option(help="What the application is for.")] = "",
    tier: Annotated[str, typer.Option(help="An application tier, such as 50PerMin.")] = throttling_policies.UNLIMITED,
    group: Group = None,
    token_format: TokenFormat = "opaque",  # noqa: S107 - a format
) -> output.Answer:
    """Create an application that belongs to a member."""
    draft = ApplicationInput(
        name=application,
        description=description,
        throttling_policy=tier,
        groups=frozenset(filter(None, group or ())),
        token_format=token_format,
    )
    made = applications.create(connected.applications, connected.owner(organisation, owner), draft)
    return output.Fields(_row(made))


@app.command()
def update(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    *,
    new_name: Annotated[str | None, typer.Option("--name", help="The application's name.")] = None,
    description: Annotated[str | None, typer.Option(help="What the application is for.")] = None,
    tier: Annotated[str | None, typer.Option(help="An application tier, such as 50PerMin.")] = None,
    group: Group = None,
    token_format: Annotated[Literal["opaque", "jwt"] | None, typer.Option(help="The format of new tokens.")] = None,
) -> output.Answer:
    """Change an application in the name of its owner; what is not named stays as it is."""
    found = find(connected, organisation, application_id)
    draft = ApplicationInput(
        name=found.name if new_name is None else new_name,
        description=found.description if description is None else description,
        throttling_policy=tier or found.throttling_policy,
        groups=found.groups if group is None else frozenset(filter(None, group)),
        attributes=found.attributes,
        token_format=token_format or found.token_format,
    )
    owner = connected.acting_for(found)
    return output.Fields(_row(applications.change(connected.applications, owner, found, draft)))


@app.command("grant-scopes")
def grant_scopes(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    scope: Annotated[list[str] | None, typer.Argument(help="All role-bound scopes to grant; none revokes all.")] = None,
) -> output.Answer:
    """Grant role-bound scopes to the tokens that an application gets for itself."""
    caller = connected.operator(organisation)
    found = find(connected, organisation, application_id)
    subscribed = connected.subscribed(found)
    client_scopes.grant(connected.applications, caller, found, frozenset(scope or ()), subscribed)
    return output.Fields({"application_id": application_id, "scopes": sorted(scope or ())})


@app.command()
def revoke(connected: Stack, organisation: Organisation, application_id: ApplicationId) -> output.Answer:
    """Revoke every secret and every token of an application; its owner may add new secrets."""
    application = find(connected, organisation, application_id)
    application_administration.revoke(connected.key_sets, connected.operator(organisation), application)
    return output.Fields({"application_id": application_id, "revoked": True})


@app.command()
def delete(connected: Stack, organisation: Organisation, application_id: ApplicationId) -> output.Answer:
    """Delete an application with its keys, subscriptions and tokens."""
    application = find(connected, organisation, application_id)
    applications.delete(connected.applications, connected.operator(organisation), application)
    return output.Fields({"application_id": application_id, "deleted": True})


@app.command()
def transfer(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    owner: NewOwner,
) -> output.Answer:
    """Offer an application to a member, who owns it at once if the present owner can no longer sign in."""
    application, caller = find(connected, organisation, application_id), connected.operator(organisation)
    members = connected.portal_directory
    return output.Fields(_row(transfers.offer(connected.applications, members, caller, application, owner)))


@app.command()
def accept(
    connected: Stack,
    organisation: Organisation,
    owner: NewOwner,
    application_id: ApplicationId,
) -> output.Answer:
    """Accept an application in the name of the member to whom it was offered; its secrets and tokens end."""
    taken = transfers.accept(connected.applications, connected.owner(organisation, owner), application_id)
    return output.Fields(_row(taken))


@app.command()
def decline(
    connected: Stack,
    organisation: Organisation,
    owner: NewOwner,
    application_id: ApplicationId,
) -> output.Answer:
    """Decline an application in the name of the member to whom it was offered, or withdraw the offer of its owner."""
    kept = transfers.decline(connected.applications, connected.owner(organisation, owner), application_id)
    return output.Fields(_row(kept))


def find(connected: Stack, organisation: str, application_id: str) -> Application:
    """Return an application.

    Raises:
        OperatorError: There is none.
    """
    found = connected.applications.find_application(connected.organisation(organisation).key, application_id)
    if found is None:
        raise OperatorError(f"there is no application {application_id!r} in {organisation}")
    return found


def _details(one: Application) -> output.Row:
    return {
        "description": one.description,
        "tier": one.throttling_policy,
        "groups": sorted(one.groups),
        "attributes": [f"{name}={value}" for name, value in sorted(one.attributes.items())],
        "client_scopes": sorted(one.client_scopes),
    }


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
