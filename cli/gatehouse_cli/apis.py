"""`gatehouse apis`: publishing."""

from typing import Annotated

import typer

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.portal import api_deletion
from gatehouse_cli import (
    api_attachments,
    api_exports,
    api_previews,
    api_publishing,
    api_rows,
    choices,
    commands,
    output,
    stage_checks,
)
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("APIs: publish from OpenAPI, inspect, block and retire.")

app.command("publish")(api_publishing.publish)
app.command("compare")(api_previews.compare)
app.command("show-openapi")(api_attachments.show_openapi)
app.command("set-thumbnail")(api_attachments.set_thumbnail)
app.command("remove-thumbnail")(api_attachments.remove_thumbnail)
app.command("export")(api_exports.export)
app.command("show-samples")(api_exports.samples)


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List an organisation's APIs."""
    found = connected.publishing.find_apis_of(connected.organisation(organisation).key)
    return output.Rows([api_rows.row(one) for one in found], empty=f"{organisation} publishes no APIs")


@app.command()
def show(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Show the resources of an API, and which scopes open each."""
    api = published_apis.find(connected.publishing, connected.operator(organisation), api_id)
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
    api = published_apis.find(connected.publishing, connected.operator(organisation), api_id)
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
