"""`gatehouse apis`: publishing."""

import sys
from collections.abc import Callable
from copy import replace
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.apis.apis import Api, Deployment, Lifecycle, Visibility
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation
from gatehouse.domain.kernel.refusals import ConfirmationNeededError
from gatehouse.domain.portal import api_deletion
from gatehouse.endpoints.publisher import documents
from gatehouse_cli import api_attachments, api_exports, api_previews, attached, files, output, stack
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(help="APIs: publish from OpenAPI, show, block, retire.", no_args_is_help=True)

app.command("compare")(api_previews.compare)
app.command("show-openapi")(api_attachments.show_openapi)
app.command("set-thumbnail")(api_attachments.set_thumbnail)
app.command("remove-thumbnail")(api_attachments.remove_thumbnail)
app.command("export")(api_exports.export)
app.command("show-samples")(api_exports.samples)

LifecycleState = Annotated[str, typer.Argument(help="CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED.")]

_STAGE_PARTS = 2


@app.command()
@output.refusing
def publish(
    organisation: Organisation,
    document: Annotated[Path, typer.Argument(help="An OpenAPI 3 document, in YAML or JSON.")],
    *,
    api_id: Annotated[str, typer.Option(help="The API's id; made of name and version if not given.")] = "",
    stage: Annotated[
        list[str] | None,
        typer.Option(help="Where it runs: API id and stage, as in abc123/v1. May be given several times."),
    ] = None,
    account: Annotated[str, typer.Option(help="The AWS account of the stages; the stack's own if not given.")] = "",
    region: Annotated[str, typer.Option(help="The AWS region of the stages; the stack's own if not given.")] = "",
    key_type: Annotated[
        list[str] | None, typer.Option(help="PRODUCTION or SANDBOX, whose tokens the stages accept; both if not given.")
    ] = None,
    url: Annotated[str, typer.Option(help="The URL that clients call; the resource identifier of RFC 9728.")] = "",
    policy_answers: Annotated[
        bool, typer.Option("--policy-answers", help="The stages are an HTTP API without EnableSimpleResponses.")
    ] = False,
    check_revocation: Annotated[
        bool | None,
        typer.Option(help="Whether the gate checks each JWT for revocation; as the document says if not given."),
    ] = None,
    lifecycle: Annotated[
        str, typer.Option(help="CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED; as it was if not given.")
    ] = "",
    visibility: Annotated[
        str, typer.Option(help="Who may subscribe: ORGANISATION, CHOSEN or ALL; as it was if not given.")
    ] = "",
    visible_to: Annotated[
        list[str] | None, typer.Option(help="An organisation that CHOSEN means. May be given several times.")
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="A role whose members find it in the store; as it was if not given. May be given several times."
        ),
    ] = None,
    tier: Annotated[
        list[str] | None, typer.Option(help="A subscription tier to choose from. May be given several times.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm what it opens without a question.")] = False,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and what would be asked; publish nothing.")
    ] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Publish an API, or a new state of it: stages that are not named are removed.

    The command asks before it opens what administrators restricted, or operations of which the document does not say
    who may call them. Without a terminal it ends with status 1, unless --yes confirms.
    """
    connected = stack.connect(name)
    draft = ApiDraft(
        document=read(document),
        api_id=api_id,
        lifecycle=_lifecycle(lifecycle) if lifecycle else None,
        visibility=_visibility(visibility) if visibility else None,
        visible_to=_set(visible_to),
        visible_roles=_set(role),
        tiers=_set(tier),
        checks_revocation=check_revocation,
        deployments=tuple(
            _deployment(
                one,
                account=account or connected.account,
                region=region or connected.region,
                key_types=frozenset(key_type or ("PRODUCTION", "SANDBOX")),
                url=url,
                has_simple_answers=not policy_answers,
            )
            for one in stage or ()
        ),
    )
    if is_dry_run:
        api_previews.show(connected, organisation, draft, is_json=is_json)
        return
    made = put(connected, organisation, draft, confirm=lambda refused: _confirm(refused, is_confirmed=yes))
    for change in made.opened:
        typer.echo(f"opened: {change}", err=True)
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
    output.one(_row(made), is_json=is_json)


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List an organisation's APIs."""
    connected = stack.connect(name)
    found = connected.publishing.find_apis_of(connected.organisation(organisation).key)
    output.rows([_row(one) for one in found], is_json=is_json, empty=f"{organisation} publishes no APIs")


@app.command()
@output.refusing
def show(organisation: Organisation, api_id: ApiId, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Show the resources of an API, and which scopes open each."""
    connected = stack.connect(name)
    api = published_apis.find(connected.publishing, connected.operator(organisation), api_id)
    output.rows(
        [
            {"method": one.method, "path": one.path, "security": one.security, "scopes": sorted(one.scopes)}
            for one in api.resources
        ],
        is_json=is_json,
    )


@app.command()
@output.refusing
def check(organisation: Organisation, api_id: ApiId, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Compare an API's stages with API Gateway: is each route guarded, and is the authorizer attached correctly?

    The command ends with status 1 if anything is wrong. Check stages of other accounts with their credentials.
    """
    connected = stack.connect(name)
    api = published_apis.find(connected.publishing, connected.operator(organisation), api_id)
    if not api.deployments:
        raise OperatorError(f"{api_id} was published without a stage")
    found: list[output.Row] = [
        {"stage": f"{one.gateway_id}/{one.stage}", "problem": problem}
        for one in api.deployments
        for problem in attached.find_problems(api, one, attached.describe(one), connected.authorizer_arn)
    ]
    stages = ", ".join(f"{one.gateway_id}/{one.stage}" for one in api.deployments)
    guarded = sum(one.security != "none" for one in api.resources)
    success = f"{api_id} is guarded as published at {stages}: {len(api.resources)} routes, {guarded} need a token"
    output.rows(found, is_json=is_json, empty=success)
    if found:
        raise typer.Exit(1)


@app.command("change-lifecycle")
@output.refusing
def change_lifecycle(
    organisation: Organisation,
    api_id: ApiId,
    lifecycle: LifecycleState,
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Move an API to CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED."""
    connected = stack.connect(name)
    wanted = _lifecycle(lifecycle)
    moved = api_lifecycle.change_lifecycle(connected.publishing, connected.operator(organisation), api_id, wanted)
    output.one(_row(moved), is_json=is_json)


@app.command()
@output.refusing
def delete(
    organisation: Organisation,
    api_id: ApiId,
    *,
    end_subscriptions: Annotated[
        bool, typer.Option("--end-subscriptions", help="Delete its subscriptions first; without it, these prevent it.")
    ] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Delete an API; calls of its stages are denied within seconds. What administrators restricted stays restricted."""
    connected = stack.connect(name)
    operator = connected.operator(organisation)
    if end_subscriptions:
        api_deletion.delete_with_subscriptions(connected.publishing, connected.subscriptions, operator, api_id)
    else:
        publishing.delete(connected.publishing, operator, api_id)
    output.one({"api_id": api_id, "deleted": True}, is_json=is_json)


def read(document: Path) -> dict[str, Any]:
    """Read an OpenAPI document, YAML or JSON.

    Raises:
        InvalidInputError: It is none; the message says where and why.
    """
    return documents.load(files.read(document), documents.VALUES_MAX)


def put(
    connected: Stack,
    organisation: str,
    draft: ApiDraft,
    confirm: Callable[[ConfirmationNeededError], bool] | None = None,
) -> Api:
    """Publish an API, new or again, after the OpenAPI Initiative's schemas let its document pass.

    Args:
        connected: Where.
        organisation: Whose it is.
        draft: What is published.
        confirm: Is asked about what has to be confirmed; without it, that is refused.
    """
    documents.validate(draft.document)
    caller = connected.operator(organisation)
    try:
        return publishing.publish(connected.publishing, caller, draft)
    except ConfirmationNeededError as error:
        if confirm is None or not confirm(error):
            raise
        confirmed = Confirmation(digest=error.digest, revision=error.revision)
        return publishing.publish(connected.publishing, caller, replace(draft, confirmation=confirmed))


def _confirm(refused: ConfirmationNeededError, *, is_confirmed: bool) -> bool:
    """Show what has to be confirmed, and ask a person who is there; a script never waits for an answer."""
    typer.echo(refused.description, err=True)
    for change in refused.changes:
        typer.echo(f"  {change}", err=True)
    if is_confirmed:
        return True
    if not sys.stdin.isatty():
        typer.echo("Run it again with --yes to confirm.", err=True)
        return False
    return typer.confirm("Publish it?", err=True)


def _set(given: list[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset(given)


def _lifecycle(text: str) -> Lifecycle:
    return cast("Lifecycle", _choose(text, get_args(Lifecycle.__value__)))


def _visibility(text: str) -> Visibility:
    return cast("Visibility", _choose(text, get_args(Visibility.__value__)))


def _choose(text: str, choices: tuple[str, ...]) -> str:
    if text.upper() not in choices:
        raise OperatorError(f"{text!r} is none of {', '.join(choices)}")
    return text.upper()


def _deployment(
    text: str,
    *,
    account: str,
    region: str,
    key_types: frozenset[str],
    url: str,
    has_simple_answers: bool,
) -> Deployment:
    parts = text.split("/")
    if len(parts) != _STAGE_PARTS:
        raise OperatorError(f"{text!r} is not an API id and a stage, such as abc123/v1")
    return Deployment(
        account=account,
        region=region,
        gateway_id=parts[0],
        stage=parts[1],
        organisation="",
        api_id="",
        key_types=key_types,
        url=url,
        has_simple_answers=has_simple_answers,
    )


def _row(one: Api) -> output.Row:
    return {
        "api_id": one.api_id,
        "name": one.name,
        "version": one.version,
        "lifecycle": one.lifecycle,
        "visibility": one.visibility,
        "resources": len(one.resources),
        "check_revocation": one.checks_revocation,
        "stages": [f"{stage.gateway_id}/{stage.stage}" for stage in one.deployments],
        "revision": one.revision,
    }
