"""`gatehouse apis`: publishing."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from gatehouse.domain.apis import api_lifecycle, attachments, published_apis, publishing
from gatehouse.domain.apis.apis import Api, Deployment, Document, Lifecycle, Visibility
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation
from gatehouse.domain.kernel.refusals import ConfirmationNeededError
from gatehouse.domain.portal import api_deletion
from gatehouse.endpoints.publisher import documents
from gatehouse_cli import api_previews, attached, output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(help="APIs: publish from OpenAPI, show, block, retire.", no_args_is_help=True)

app.command("compare")(api_previews.compare)

_STAGE_PARTS = 2


@app.command()
@output.refusing
def publish(
    organisation: Annotated[str, typer.Argument(help="The organisation key.")],
    document: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="OpenAPI 3, in YAML or JSON.")],
    *,
    api_id: Annotated[str, typer.Option(help="Its id; made of name and version if it is not given.")] = "",
    stage: Annotated[
        list[str] | None, typer.Option(help="Where it runs: API id and stage, as in abc123/v1. May be repeated.")
    ] = None,
    account: Annotated[str, typer.Option(help="The account of the stages; Gatehouse's own if it is not given.")] = "",
    region: Annotated[str, typer.Option(help="The region of the stages.")] = "",
    key_type: Annotated[list[str] | None, typer.Option(help="PRODUCTION, SANDBOX; both if it is not given.")] = None,
    url: Annotated[str, typer.Option(help="What clients call; the resource identifier of RFC 9728.")] = "",
    policy_answers: Annotated[
        bool, typer.Option("--policy-answers", help="The stages are an HTTP API without EnableSimpleResponses.")
    ] = False,
    check_revocation: Annotated[
        bool | None,
        typer.Option(help="Whether the gate asks for each JWT if it was revoked; as the document says if not given."),
    ] = None,
    lifecycle: Annotated[str, typer.Option(help="PUBLISHED, CREATED, …; as it was if it is not given.")] = "",
    visibility: Annotated[
        str, typer.Option(help="ORGANISATION, CHOSEN or ALL may subscribe; as it was if not given.")
    ] = "",
    visible_to: Annotated[list[str] | None, typer.Option(help="An organisation key; may be repeated.")] = None,
    role: Annotated[
        list[str] | None, typer.Option(help="Who finds it in the store; as it was if it is not given. May be repeated.")
    ] = None,
    tier: Annotated[list[str] | None, typer.Option(help="A subscription tier to choose from; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm what it opens, without a question.")] = False,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and what would be asked; publish nothing.")
    ] = False,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Publish an API, new or again: all of it at once. Stages that are not named are taken off.

    Asks before it opens what administrators restricted, or operations of which the document does not say who may call
    them. Where nobody can answer it ends with status 1, unless --yes confirms.
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
def list_all(organisation: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List an organisation's APIs."""
    connected = stack.connect(name)
    found = connected.publishing.find_apis_of(connected.organisation(organisation).key)
    output.rows([_row(one) for one in found], is_json=is_json)


@app.command()
@output.refusing
def show(organisation: str, api_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
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
def check(organisation: str, api_id: str, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Hold an API's stages against API Gateway: is each route guarded, and the authorizer attached rightly?

    Ends with status 1 if anything is wrong. Stages of other accounts are checked with their credentials.
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
    output.rows(found, is_json=is_json)
    if found:
        raise typer.Exit(1)


@app.command("lifecycle")
@output.refusing
def change_lifecycle(
    organisation: str, api_id: str, lifecycle: str, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Move an API to CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED."""
    connected = stack.connect(name)
    wanted = _lifecycle(lifecycle)
    moved = api_lifecycle.change_lifecycle(connected.publishing, connected.operator(organisation), api_id, wanted)
    output.one(_row(moved), is_json=is_json)


@app.command()
@output.refusing
def delete(
    organisation: str,
    api_id: str,
    *,
    end_subscriptions: Annotated[
        bool, typer.Option("--end-subscriptions", help="End its subscriptions first; else an API that has some stays.")
    ] = False,
    name: StackName = "gatehouse",
) -> None:
    """Delete an API; its stages are denied within seconds. What administrators restricted stays restricted."""
    connected = stack.connect(name)
    operator = connected.operator(organisation)
    if end_subscriptions:
        api_deletion.delete_with_subscriptions(connected.publishing, connected.subscriptions, operator, api_id)
    else:
        publishing.delete(connected.publishing, operator, api_id)


def read(document: Path) -> dict[str, Any]:
    """Read an OpenAPI document, YAML or JSON.

    Raises:
        InvalidInputError: It is none; the message says where and why.
    """
    return documents.load(document.read_bytes(), documents.VALUES_MAX)


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


@app.command()
@output.refusing
def thumbnail(
    organisation: str,
    api_id: str,
    picture: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="PNG, JPEG or GIF.")] = None,
    *,
    name: StackName = "gatehouse",
) -> None:
    """Give an API its picture in the store; without one, take it away."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    if picture is None:
        attachments.remove_thumbnail(connected.publishing, caller, api_id)
    else:
        attachments.show_thumbnail(connected.publishing, caller, api_id, picture.read_bytes())


@app.command()
@output.refusing
def document(
    organisation: str,
    api_id: str,
    document_id: Annotated[str, typer.Argument(help="Its id, such as getting-started.")],
    source: Annotated[str, typer.Argument(help="A text file, or a link that begins with https://.")] = "",
    *,
    title: Annotated[str, typer.Option(help="What the store calls it; its id if it is not given.")] = "",
    kind: Annotated[str, typer.Option(help="HOWTO, SAMPLES, API_MESSAGE_FORMAT, OTHER, or a forum.")] = "HOWTO",
    summary: Annotated[str, typer.Option(help="What it is about, in a line.")] = "",
    name: StackName = "gatehouse",
) -> None:
    """Give an API a document in the store, new or again; without a source, take it away."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    if not source:
        attachments.remove_document(connected.publishing, caller, api_id, document_id)
        return
    is_link = source.startswith(("https://", "http://"))
    kept = "MARKDOWN" if source.endswith(".md") else "INLINE"
    made = Document(
        document_id=document_id,
        name=title or document_id,
        kind=kind.upper(),
        summary=summary,
        source="URL" if is_link else kept,
        url=source if is_link else "",
    )
    text = "" if is_link else Path(source).read_text(encoding="utf-8")
    attachments.save_document(connected.publishing, caller, api_id, made, text)


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
