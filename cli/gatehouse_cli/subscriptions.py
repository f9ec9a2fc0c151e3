"""`gatehouse subscriptions`: which application may call which API, with which tier, in which state."""

from typing import Annotated

import typer

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.portal import subscription_decisions, subscriptions
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse_cli import applications, output, stack
from gatehouse_cli.arguments import ApiId, ApplicationId, Organisation, SubscriptionId
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(help="Subscriptions of applications to APIs.", no_args_is_help=True)

Tier = Annotated[str, typer.Option(help="A tier that the API offers, such as Gold; see `tiers list`.")]


@app.command("list")
@output.refusing
def list_all(
    organisation: Organisation,
    api_id: Annotated[str, typer.Argument(help="The API's id; none with --application.")] = "",
    *,
    application: Annotated[str, typer.Option(help="The id of an application, instead of an API.")] = "",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """List the subscriptions to an API, or those of an application."""
    connected = stack.connect(name)
    if bool(api_id) == bool(application):
        raise OperatorError("name an API, or an application with --application")
    key = connected.organisation(organisation).key
    if application:
        owned = applications.find(connected, organisation, application)
        found = tuple(subscriptions.listed(owned, one) for one in owned.subscriptions)
    else:
        found = connected.subscriptions.find_subscriptions_of_api(key, api_id, Window(limit=LIMIT_MAX)).items
    empty = f"{api_id or application} has no subscriptions"
    output.rows([_row(one, key) for one in found], is_json=is_json, empty=empty)


@app.command()
@output.refusing
def create(
    organisation: Organisation,
    application_id: ApplicationId,
    api_id: ApiId,
    *,
    tier: Tier = "Unlimited",
    api_organisation: Annotated[str, typer.Option(help="The organisation of the API, if it is another one.")] = "",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Subscribe an application to an API."""
    connected = stack.connect(name)
    application = applications.find(connected, organisation, application_id)
    api = _find_api(connected, api_organisation or organisation, api_id, application.organisation)
    caller = connected.operator(organisation)
    made = subscriptions.subscribe(connected.subscriptions, caller, application, api, tier, is_approved=True)
    output.one(_row(made, caller.organisation), is_json=is_json)


@app.command("change-tier")
@output.refusing
def change_tier(
    organisation: Organisation,
    subscription_id: SubscriptionId,
    tier: Annotated[str, typer.Argument(help="A tier that the API offers, such as Gold; see `tiers list`.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Move a subscription of an application of the organisation to another tier."""
    connected = stack.connect(name)
    old, caller = _find_own(connected, organisation, subscription_id), connected.operator(organisation)
    held = old.subscription
    api = _find_api(connected, held.api_organisation, held.api_id, caller.organisation)
    changed = subscriptions.change_tier(connected.subscriptions, caller, old, tier, api=api, is_approved=True)
    output.one(_row(changed, caller.organisation), is_json=is_json)


@app.command()
@output.refusing
def delete(
    organisation: Organisation, subscription_id: SubscriptionId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Delete a subscription of an application of the organisation; a block of it stays."""
    connected = stack.connect(name)
    old = _find_own(connected, organisation, subscription_id)
    subscriptions.unsubscribe(connected.subscriptions, connected.operator(organisation), old)
    output.one({"subscription_id": subscription_id, "deleted": True}, is_json=is_json)


@app.command()
@output.refusing
def block(
    organisation: Organisation,
    subscription_id: SubscriptionId,
    *,
    production_only: Annotated[
        bool, typer.Option("--production-only", help="Block production keys, and leave sandbox keys.")
    ] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Block a subscription; the gate refuses its calls within seconds."""
    state = "PROD_ONLY_BLOCKED" if production_only else "BLOCKED"
    _set_state(name, organisation, subscription_id, state, is_json=is_json)


@app.command()
@output.refusing
def unblock(
    organisation: Organisation, subscription_id: SubscriptionId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Unblock a subscription."""
    _set_state(name, organisation, subscription_id, "UNBLOCKED", is_json=is_json)


@app.command("list-blocks")
@output.refusing
def list_blocks(
    organisation: Organisation, api_id: ApiId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """List the blocks at an API, also those of applications that unsubscribed."""
    connected = stack.connect(name)
    key = connected.organisation(organisation).key
    page = connected.subscriptions.find_blocks_of_api(key, api_id, Window(limit=LIMIT_MAX))
    output.rows(
        [
            {"organisation": one.organisation, "application_id": one.application_id, "state": one.state}
            for one in page.items
        ],
        is_json=is_json,
        empty=f"{api_id} blocks no applications",
    )


@app.command("lift-block")
@output.refusing
def lift_block(
    organisation: Organisation,
    api_id: ApiId,
    application_id: ApplicationId,
    *,
    of: Annotated[str, typer.Option(help="The organisation of the application, if it is another one.")] = "",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Lift the block of an application that no longer subscribes to an API."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    holder = of or caller.organisation
    subscription_decisions.lift_block(
        connected.subscriptions, connected.applications, caller, api_id, holder, application_id
    )
    output.one({"api_id": api_id, "application_id": application_id, "state": "UNBLOCKED"}, is_json=is_json)


@app.command()
@output.refusing
def approve(
    organisation: Organisation, subscription_id: SubscriptionId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Approve a subscription, or a change of its tier, that awaits a decision."""
    _decide(name, organisation, subscription_id, is_approved=True, is_json=is_json)


@app.command()
@output.refusing
def reject(
    organisation: Organisation, subscription_id: SubscriptionId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Reject a subscription, or a change of its tier, that awaits a decision."""
    _decide(name, organisation, subscription_id, is_approved=False, is_json=is_json)


def _decide(name: str, organisation: str, subscription_id: str, *, is_approved: bool, is_json: bool) -> None:
    connected = stack.connect(name)
    old, caller = _find(connected, organisation, subscription_id), connected.operator(organisation)
    decided = subscription_decisions.decide(connected.subscriptions, caller, old, is_approved=is_approved)
    output.one(_row(decided, caller.organisation), is_json=is_json)


def _set_state(name: str, organisation: str, subscription_id: str, state: str, *, is_json: bool) -> None:
    connected = stack.connect(name)
    old, caller = _find(connected, organisation, subscription_id), connected.operator(organisation)
    blocked = subscription_decisions.block(connected.subscriptions, caller, old, state)
    output.one(_row(blocked, caller.organisation), is_json=is_json)


def _find(connected: Stack, organisation: str, subscription_id: str) -> Listed:
    return subscription_decisions.find(connected.subscriptions, connected.operator(organisation), subscription_id)


def _find_own(connected: Stack, organisation: str, subscription_id: str) -> Listed:
    """Return a subscription of one of the organisation's applications, whichever organisation publishes the API."""
    key = connected.organisation(organisation).key
    found = connected.subscriptions.find_subscription(key, subscription_id)
    if found is None:
        raise OperatorError(f"no application of {key} has a subscription {subscription_id!r}")
    return found


def _find_api(connected: Stack, organisation: str, api_id: str, subscriber: str) -> Api:
    api = connected.publishing.find_api_now(connected.organisation(organisation).key, api_id)
    if api is None or not apis.is_visible(api, subscriber):
        raise OperatorError(f"there is no API {api_id!r} that {subscriber} may subscribe to")
    return api


def _row(one: Listed, organisation: str) -> output.Row:
    return {
        "subscription_id": one.reference(organisation),
        "application": one.application_name,
        "api_id": one.subscription.api_id,
        "tier": one.subscription.tier,
        "requested_tier": one.subscription.requested_tier,
        "state": one.subscription.state,
    }
