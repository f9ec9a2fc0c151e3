"""`gatehouse documents`: what developers read about an API in the store."""

from pathlib import Path
from typing import Annotated

import typer

from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Document
from gatehouse_cli import commands, files, output
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.stack import Stack

app = commands.Group("Documents of APIs in the store.")

DocumentId = Annotated[str, typer.Argument(help="The document's id, such as getting-started.")]


@app.command("list")
def list_all(connected: Stack, organisation: Organisation, api_id: ApiId) -> output.Answer:
    """List the documents of an API."""
    api = connected.api(organisation, api_id)
    rows = [
        {
            "document_id": one.document_id,
            "title": one.name,
            "kind": one.kind,
            "summary": one.summary,
            "source": one.url or one.source,
        }
        for one in api.documents
    ]
    return output.Rows(rows, empty=f"{api_id} has no documents")


@app.command()
def save(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    document_id: DocumentId,
    source: Annotated[str, typer.Argument(help="A text file (Markdown if it ends in .md), or a link (https://…).")],
    *,
    title: Annotated[str, typer.Option(help="Its title in the store; the id if not given.")] = "",
    kind: Annotated[
        str, typer.Option(help="HOWTO, SAMPLES, API_MESSAGE_FORMAT, OTHER, PUBLIC_FORUM or SUPPORT_FORUM.")
    ] = "HOWTO",
    summary: Annotated[str, typer.Option(help="What it is about, in one line.")] = "",
) -> output.Answer:
    """Save a document of an API, or a new state of it."""
    caller = connected.operator(organisation)
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
    text = "" if is_link else files.read_text(Path(source))
    attachments.save_document(connected.publishing, caller, api_id, made, text)
    return output.Fields({"api_id": api_id, "document_id": document_id, "source": source})


@app.command()
def delete(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    document_id: DocumentId,
) -> output.Answer:
    """Delete a document of an API."""
    attachments.remove_document(connected.publishing, connected.operator(organisation), api_id, document_id)
    return output.Fields({"document_id": document_id, "deleted": True})
