"""`gatehouse apis`: publish, inspect, block and retire APIs, and hand them to other tools."""

from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.apis import api_lifecycle, attachments, publishing
from gatehouse.domain.portal import api_deletion
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse_cli import api_previews, api_publishing, api_rows, choices, commands, files, output, stage_checks
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("APIs: publish from OpenAPI, inspect, block and retire.")

app.command("publish")(api_publishing.publish)
app.command("compare")(api_previews.compare)


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List an organisation's APIs."""
    found = connected.publishing.find_apis_of(connected.organisation(organisation).key)
    return output.Rows([api_rows.row(one) for one in found], empty=f"{organisation} publishes no APIs")


@app.command()
def show(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Show the resources of an API, and which scopes open each."""
    api = connected.api(organisation, api_id)
    return output.Rows(
        [
            {"method": one.method, "path": one.path, "security": one.security, "scopes": sorted(one.scopes)}
            for one in api.resources
        ],
    )


@app.command()
def check(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Compare an API's stages with API Gateway: is each route guarded, and is the authorizer attached correctly?

    The command ends with status 1 if anything is wrong. Check stages of other accounts with their credentials.
    """
    api = connected.api(organisation, api_id)
    if not api.deployments:
        raise OperatorError(f"{api_id} was published without a stage")
    found: list[output.Row] = [
        {"stage": f"{one.gateway_id}/{one.stage}", "problem": problem}
        for one in api.deployments
        for problem in stage_checks.find_problems(api, one, stage_checks.describe(one), connected.authorizer_arn)
    ]
    stages = ", ".join(f"{one.gateway_id}/{one.stage}" for one in api.deployments)
    guarded = sum(one.security != "none" for one in api.resources)
    success = f"{api_id} is guarded as published at {stages}: {len(api.resources)} routes, {guarded} need a token"
    return output.Rows(found, success, status=1 if found else 0)


@app.command("change-lifecycle")
def change_lifecycle(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    lifecycle: Annotated[str, typer.Argument(help="CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED.")],
) -> output.Answer:
    """Move an API to CREATED, PUBLISHED, DEPRECATED, BLOCKED or RETIRED."""
    wanted = choices.choose(lifecycle, api_lifecycle.LIFECYCLES)
    moved = api_lifecycle.change_lifecycle(connected.publishing, connected.operator(organisation), api_id, wanted)
    return output.Fields(api_rows.row(moved))


@app.command()
def delete(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    *,
    end_subscriptions: Annotated[
        bool, typer.Option("--end-subscriptions", help="Delete its subscriptions first; without it, these prevent it.")
    ] = False,
) -> output.Answer:
    """Delete an API; calls of its stages are denied within seconds. What administrators restricted stays restricted."""
    operator = connected.operator(organisation)
    if end_subscriptions:
        api_deletion.delete_with_subscriptions(connected.publishing, connected.subscriptions, operator, api_id)
    else:
        publishing.delete(connected.publishing, operator, api_id)
    return output.Fields({"api_id": api_id, "deleted": True})


@app.command()
def show_openapi(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Print the OpenAPI document of an API as it was published; it is JSON, with or without --json."""
    key = connected.organisation(organisation).key
    document = connected.portal_directory.find_document(key, api_id)
    if document is None:
        raise OperatorError(f"there is no API {api_id!r} in {key}")
    return output.Text(document)


@app.command()
def set_thumbnail(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    picture: Annotated[Path, typer.Argument(help="A PNG, JPEG, WebP or GIF file.")],
) -> output.Answer:
    """Show a picture of an API in the store."""
    caller = connected.operator(organisation)
    attachments.show_thumbnail(connected.publishing, caller, api_id, files.read(picture))
    return output.Fields({"api_id": api_id, "thumbnail": str(picture)})


@app.command()
def remove_thumbnail(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Remove the picture of an API from the store."""
    attachments.remove_thumbnail(connected.publishing, connected.operator(organisation), api_id)
    return output.Fields({"api_id": api_id, "thumbnail": "removed"})


@app.command()
def export(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    *,
    kind: Annotated[str, typer.Option("--format", help="openapi or postman.")] = "openapi",
) -> output.Answer:
    """Print an API's document for other tools, with the token URL and the API's addresses filled in: always JSON."""
    if kind not in api_exports.FORMATS:
        raise OperatorError(f"{kind!r} is none of {', '.join(api_exports.FORMATS)}")
    api = connected.api(organisation, api_id)
    content = api_exports.make(connected.portal_directory, api, kind, connected.public_url, api.organisation)
    return output.Text(content.decode())


@app.command()
def show_samples(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    *,
    operation: Annotated[str, typer.Option(help='Such as "GET /orders"; one to begin with if not given.')] = "",
    language: Annotated[str, typer.Option(help="curl, python, javascript, java or go; all if not given.")] = "",
) -> output.Answer:
    """Print programs that get a token and call an operation of an API."""
    api = connected.api(organisation, api_id)
    directory = connected.portal_directory
    found = programs.find_samples(directory, api, operation, api.organisation, connected.public_url)
    chosen = [one for one in found if language in {"", one.language}]
    if not chosen:
        raise OperatorError(f"{language!r} is none of {', '.join(one.language for one in found)}")
    text = chosen[0].code if language else "\n\n".join(f"{one.label}:\n\n{one.code}" for one in chosen)
    return output.Text(text, [{"language": one.language, "code": one.code} for one in chosen])
