"""`gatehouse subscriptions`: which application may call which API, with which tier, in which state."""

from typing import Annotated

import typer

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.paging import LIMIT_MAX, Window
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.subscriptions import Listed
from gatehouse_cli import applications, output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(help="Subscriptions: application to API.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(organisation: str, api_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the subscriptions to an API."""
    connected = stack.connect(name)
    key = connected.organisation(organisation).key
    page = connected.subscriptions.find_subscriptions_of_api(key, api_id, Window(limit=LIMIT_MAX))
    output.rows([_row(one, key) for one in page.items], is_json=is_json)


@app.command()
@output.refusing
def create(
    organisation: str,
    application_id: str,
    api_id: str,
    *,
    tier: Annotated[str, typer.Option(help="Unlimited, Gold, Silver or Bronze.")] = "Unlimited",
    api_organisation: Annotated[str, typer.Option(help="Whose API it is, if it is another organisation's.")] = "",
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


@app.command()
@output.refusing
def block(
    organisation: str,
    subscription_id: str,
    *,
    production_only: Annotated[bool, typer.Option("--production-only")] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Block a subscription; the gate refuses within seconds."""
    _set_state(name, organisation, subscription_id, "PROD_ONLY_BLOCKED" if production_only else "BLOCKED", is_json)


@app.command()
@output.refusing
def unblock(organisation: str, subscription_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Take the block away."""
    _set_state(name, organisation, subscription_id, "UNBLOCKED", is_json)


@app.command()
@output.refusing
def blocks(organisation: str, api_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the blocks at an API, also of applications that unsubscribed."""
    connected = stack.connect(name)
    key = connected.organisation(organisation).key
    page = connected.subscriptions.find_blocks_of_api(key, api_id, Window(limit=LIMIT_MAX))
    output.rows(
        [
            {"organisation": one.organisation, "application_id": one.application_id, "state": one.state}
            for one in page.items
        ],
        is_json=is_json,
    )


@app.command()
@output.refusing
def lift(
    organisation: str,
    api_id: str,
    application_id: str,
    *,
    of: Annotated[str, typer.Option(help="Whose application it is, if it is another organisation's.")] = "",
    name: StackName = "gatehouse",
) -> None:
    """Lift the block of an application that no longer subscribes."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    subscriptions.lift_block(connected.subscriptions, caller, api_id, of or caller.organisation, application_id)


@app.command()
@output.refusing
def decide(
    organisation: str,
    subscription_id: str,
    *,
    approve: Annotated[bool, typer.Option("--approve/--reject")],
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Approve or reject what awaits a decision."""
    connected = stack.connect(name)
    old = _find(connected, organisation, subscription_id)
    caller = connected.operator(organisation)
    decided = subscriptions.decide(connected.subscriptions, caller, old, is_approved=approve)
    output.one(_row(decided, caller.organisation), is_json=is_json)


def _set_state(name: str, organisation: str, subscription_id: str, state: str, is_json: bool) -> None:  # noqa: FBT001
    connected = stack.connect(name)
    old = _find(connected, organisation, subscription_id)
    caller = connected.operator(organisation)
    blocked = subscriptions.block(connected.subscriptions, caller, old, state)
    output.one(_row(blocked, caller.organisation), is_json=is_json)


def _find(connected: Stack, organisation: str, subscription_id: str) -> Listed:
    return subscriptions.find_governed(connected.subscriptions, connected.operator(organisation), subscription_id)


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
        "state": one.subscription.state,
    }
