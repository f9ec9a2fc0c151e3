"""`gatehouse apis publish`."""

from collections.abc import Callable
from copy import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from gatehouse.domain.apis import api_checks, api_lifecycle, publishing
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation
from gatehouse.domain.kernel.refusals import ConfirmationNeededError
from gatehouse.domain.portal import key_sets
from gatehouse.endpoints.publisher import documents
from gatehouse_cli import api_previews, api_rows, choices, files, output, questions
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


def publish(
    connected: Stack,
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
        list[str] | None,
        typer.Option(help="PRODUCTION or SANDBOX, whose tokens the stages accept; as it was, else both."),
    ] = None,
    url: Annotated[
        str,
        typer.Option(help="The URL that clients call; the resource identifier of RFC 9728. As it was if not given."),
    ] = "",
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
) -> output.Answer:
    """Publish an API, or a new state of it: stages that are not named are removed.

    The command asks before it opens what administrators restricted, or operations of which the document does not say
    who may call them. Without a terminal it ends with status 1, unless --yes confirms.
    """
    draft = ApiDraft(
        document=read(document),
        api_id=api_id,
        lifecycle=choices.choose(lifecycle, api_lifecycle.LIFECYCLES) if lifecycle else None,
        visibility=choices.choose(visibility, api_checks.VISIBILITIES) if visibility else None,
        visible_to=_set(visible_to),
        visible_roles=_set(role),
        tiers=_set(tier),
        checks_revocation=check_revocation,
        deployments=tuple(
            Deployment(
                account=account or connected.account,
                region=region or connected.region,
                gateway_id=gateway_id,
                stage=name,
                organisation="",
                api_id="",
                key_types=frozenset(choices.choose(one, key_sets.KEY_TYPES) for one in key_type or ()),
                url=url,
                has_simple_answers=not policy_answers,
            )
            for gateway_id, name in map(_parse_stage, stage or ())
        ),
    )
    if is_dry_run:
        return api_previews.show(connected, organisation, draft)
    made = put(connected, organisation, draft, confirm=lambda refused: _confirm(refused, is_confirmed=yes))
    for change in made.opened:
        typer.echo(f"opened: {change}", err=True)
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
    return output.Fields(api_rows.row(made))


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
    confirm: Callable[[ConfirmationNeededError], None] | None = None,
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
        if confirm is None:
            raise
        confirm(error)
        confirmed = Confirmation(digest=error.digest, revision=error.revision)
        return publishing.publish(connected.publishing, caller, replace(draft, confirmation=confirmed))


def _confirm(refused: ConfirmationNeededError, *, is_confirmed: bool) -> None:
    """Show what has to be confirmed, and ask a person who is there."""
    typer.echo(refused.description, err=True)
    for change in refused.changes:
        typer.echo(f"  {change}", err=True)
    questions.confirm("Publish it?", is_confirmed=is_confirmed)


def _set(given: list[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset(given)


def _parse_stage(text: str) -> tuple[str, str]:
    gateway_id, _, stage = text.partition("/")
    if not gateway_id or not stage or "/" in stage:
        raise OperatorError(f"{text!r} is not an API id and a stage, such as abc123/v1")
    return gateway_id, stage
