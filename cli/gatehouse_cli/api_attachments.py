"""What belongs to an API: its OpenAPI document, and its picture in the store."""

from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.apis import attachments
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse_cli import files, output, stack
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError


@output.refusing
def show_openapi(
    organisation: Organisation, api_id: ApiId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Print the OpenAPI document of an API as it was published; it is JSON, with or without --json."""
    del is_json
    connected = stack.connect(name)
    key = connected.organisation(organisation).key
    document = DynamoDBPortalDirectory(connected.tables).find_document(key, api_id)
    if document is None:
        raise OperatorError(f"there is no API {api_id!r} in {key}")
    typer.echo(document)


@output.refusing
def set_thumbnail(
    organisation: Organisation,
    api_id: ApiId,
    picture: Annotated[Path, typer.Argument(help="A PNG, JPEG, WebP or GIF file.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Show a picture of an API in the store."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    attachments.show_thumbnail(connected.publishing, caller, api_id, files.read(picture))
    output.one({"api_id": api_id, "thumbnail": str(picture)}, is_json=is_json)


@output.refusing
def remove_thumbnail(
    organisation: Organisation, api_id: ApiId, *, name: StackName = "gatehouse", is_json: Json = False
) -> None:
    """Remove the picture of an API from the store."""
    connected = stack.connect(name)
    attachments.remove_thumbnail(connected.publishing, connected.operator(organisation), api_id)
    output.one({"api_id": api_id, "thumbnail": "removed"}, is_json=is_json)
