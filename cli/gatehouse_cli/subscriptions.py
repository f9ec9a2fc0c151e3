"""`gatehouse subscriptions`: which application may call which API, with which tier, in which state."""

from functools import partial
from typing import Annotated

import typer

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel import paging
from gatehouse.domain.portal import subscription_blocks, subscription_decisions, subscriptions
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse_cli import applications, commands, output
from gatehouse_cli.arguments import ApiId, ApplicationId, Organisation, SubscriptionId
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Subscriptions of applications to APIs.")

Tier = Annotated[str, typer.Option(help="A tier that the API offers, such as Gold; see `tiers list`.")]


@app.command("list")
def list_all(
    connected: Stack,
    organisation: Organisation,
    api_id: Annotated[str, typer.Argument(help="The API's id; none with --application.")] = "",
    *,
    application: Annotated[str, typer.Option(help="The id of an application, instead of an API.")] = "",
) -> output.Answer:
    """List the subscriptions to an API, or those of an application."""
    if bool(api_id) == bool(application):
        raise OperatorError("name an API, or an application with --application")
    key = connected.organisation(organisation).key
    if application:
        owned = applications.find(connected, organisation, application)
        found = [subscriptions.with_application(owned, one) for one in owned.subscriptions]
    else:
        found = [*paging.read_all(partial(connected.subscriptions.find_subscriptions_of_api, key, api_id))]
        if not found:
            connected.api(organisation, api_id)  # refuses an id that was misspelt
    empty = f"{api_id or application} has no subscriptions"
    return output.Rows([_row(one, key) for one in found], empty=empty)


@app.command()
def create(
    connected: Stack,
    organisation: Organisation,
    application_id: ApplicationId,
    api_id: ApiId,
    *,
    tier: Tier = "Unlimited",
    api_organisation: Annotated[str, typer.Option(help="The organisation of the API, if it is another one.")] = "",
) -> output.Answer:
    """Subscribe an application to an API."""
    application = applications.find(connected, organisation, application_id)
    api = _find_api(connected, api_organisation or organisation, api_id, application.organisation)
    caller = connected.operator(organisation)
    made = subscriptions.subscribe(connected.subscriptions, caller, application, api, tier, is_approved=True)
    return output.Fields(_row(made, caller.organisation))


@app.command("change-tier")
def change_tier(
    connected: Stack,
    organisation: Organisation,
    subscription_id: SubscriptionId,
    tier: Annotated[str, typer.Argument(help="A tier that the API offers, such as Gold; see `tiers list`.")],
) -> output.Answer:
    """Move a subscription of an application of the organisation to another tier."""
    old, caller = _find_own(connected, organisation, subscription_id), connected.operator(organisation)
    held = old.subscription
    api = _find_api(connected, held.api_organisation, held.api_id, caller.organisation)
    changed = subscriptions.change_tier(connected.subscriptions, caller, old, tier, api=api, is_approved=True)
    return output.Fields(_row(changed, caller.organisation))


@app.command()
def delete(connected: Stack, organisation: Organisation, subscription_id: SubscriptionId) -> output.Answer:
    """Delete a subscription of an application of the organisation; a block of it stays."""
    old = _find_own(connected, organisation, subscription_id)
    subscriptions.unsubscribe(connected.subscriptions, connected.operator(organisation), old)
    return output.Fields({"subscription_id": subscription_id, "deleted": True})


@app.command()
def block(
    connected: Stack,
    organisation: Organisation,
    subscription_id: SubscriptionId,
    *,
    production_only: Annotated[
        bool, typer.Option("--production-only", help="Block production keys, and leave sandbox keys.")
    ] = False,
) -> output.Answer:
    """Block a subscription; the gate refuses its calls within seconds."""
    state = "PROD_ONLY_BLOCKED" if production_only else "BLOCKED"
    return _set_state(connected, organisation, subscription_id, state)


@app.command()
def unblock(connected: Stack, organisation: Organisation, subscription_id: SubscriptionId) -> output.Answer:
    """Unblock a subscription."""
    return _set_state(connected, organisation, subscription_id, "UNBLOCKED")


@app.command("list-blocks")
def list_blocks(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """List the blocks at an API, also those of applications that unsubscribed."""
    key = connected.organisation(organisation).key
    found = [
        {"organisation": one.organisation, "application_id": one.application_id, "state": one.state}
        for one in paging.read_all(partial(connected.subscriptions.find_blocks_of_api, key, api_id))
    ]
    if not found:
        connected.api(organisation, api_id)  # blocks outlive their API; without one, the API has to be there
    return output.Rows(found, empty=f"{api_id} blocks no applications")


@app.command("lift-block")
def lift_block(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    application_id: ApplicationId,
    *,
    of: Annotated[str, typer.Option(help="The organisation of the application, if it is another one.")] = "",
) -> output.Answer:
    """Lift the block of an application that no longer subscribes to an API."""
    caller = connected.operator(organisation)
    holder = of or caller.organisation
    subscription_blocks.lift(connected.subscriptions, connected.applications, caller, api_id, holder, application_id)
    return output.Fields({"api_id": api_id, "application_id": application_id, "state": "UNBLOCKED"})


@app.command()
def approve(connected: Stack, organisation: Organisation, subscription_id: SubscriptionId) -> output.Answer:
    """Approve a subscription, or a change of its tier, that awaits a decision."""
    return _decide(connected, organisation, subscription_id, is_approved=True)


@app.command()
def reject(connected: Stack, organisation: Organisation, subscription_id: SubscriptionId) -> output.Answer:
    """Reject a subscription, or a change of its tier, that awaits a decision."""
    return _decide(connected, organisation, subscription_id, is_approved=False)


def _decide(connected: Stack, organisation: str, subscription_id: str, *, is_approved: bool) -> output.Answer:
    caller = connected.operator(organisation)
    old = subscription_decisions.find(connected.subscriptions, caller, subscription_id)
    decided = subscription_decisions.decide(connected.subscriptions, caller, old, is_approved=is_approved)
    return output.Fields(_row(decided, caller.organisation))


def _set_state(connected: Stack, organisation: str, subscription_id: str, state: str) -> output.Answer:
    caller = connected.operator(organisation)
    old = subscription_decisions.find(connected.subscriptions, caller, subscription_id)
    blocked = subscription_decisions.block(connected.subscriptions, caller, old, state)
    return output.Fields(_row(blocked, caller.organisation))


def _find_own(connected: Stack, organisation: str, subscription_id: str) -> ApplicationSubscription:
    """Return a subscription of one of the organisation's applications, whichever organisation publishes the API."""
    key = connected.organisation(organisation).key
    found = connected.subscriptions.find_subscription(key, subscription_id)
    if found is None:
        raise OperatorError(f"no application of {key} has a subscription {subscription_id!r}")
    return found


def _find_api(connected: Stack, organisation: str, api_id: str, subscriber: str) -> Api:
    api = connected.portal_directory.find_shown_api(connected.organisation(organisation).key, api_id)
    if api is None or not apis.is_visible(api, subscriber):
        raise OperatorError(f"there is no API {api_id!r} that {subscriber} may subscribe to")
    return api


def _row(one: ApplicationSubscription, organisation: str) -> output.Row:
    return {
        "subscription_id": one.reference(organisation),
        "application": one.application_name,
        "api_id": one.subscription.api_id,
        "tier": one.subscription.tier,
        "requested_tier": one.subscription.requested_tier,
        "state": one.subscription.state,
    }
