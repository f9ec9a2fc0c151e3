"""What belongs to an API: its OpenAPI document, and its picture in the store."""

from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.apis import attachments
from gatehouse_cli import files, output
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


def show_openapi(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Print the OpenAPI document of an API as it was published; it is JSON, with or without --json."""
    key = connected.organisation(organisation).key
    document = connected.portal_directory.find_document(key, api_id)
    if document is None:
        raise OperatorError(f"there is no API {api_id!r} in {key}")
    return output.Text(document)


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


def remove_thumbnail(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """Remove the picture of an API from the store."""
    attachments.remove_thumbnail(connected.publishing, connected.operator(organisation), api_id)
    return output.Fields({"api_id": api_id, "thumbnail": "removed"})
