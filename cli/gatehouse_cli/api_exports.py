"""`gatehouse apis export` and `gatehouse apis show-samples`: an API for other tools."""

import json
from typing import Annotated

import typer

from gatehouse.domain.apis import published_apis
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse_cli import output, stack
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError


@output.refusing
def export(
    organisation: Organisation,
    api_id: ApiId,
    *,
    kind: Annotated[str, typer.Option("--format", help="openapi or postman.")] = "openapi",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Print an API's document for other tools, with the token URL and the API's addresses filled in: always JSON."""
    del is_json
    connected = stack.connect(name)
    if kind not in api_exports.FORMATS:
        raise OperatorError(f"{kind!r} is none of {', '.join(api_exports.FORMATS)}")
    caller = connected.operator(organisation)
    api = published_apis.find(connected.publishing, caller, api_id)
    content = api_exports.make(
        DynamoDBPortalDirectory(connected.tables), api, kind, connected.public_url, caller.organisation
    )
    typer.echo(content.decode())


@output.refusing
def samples(
    organisation: Organisation,
    api_id: ApiId,
    *,
    operation: Annotated[str, typer.Option(help='Such as "GET /orders"; one to begin with if not given.')] = "",
    language: Annotated[str, typer.Option(help="curl, python, javascript, java or go; all if not given.")] = "",
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Print programs that get a token and call an operation of an API."""
    connected = stack.connect(name)
    caller = connected.operator(organisation)
    api = published_apis.find(connected.publishing, caller, api_id)
    text = DynamoDBPortalDirectory(connected.tables).find_document(caller.organisation, api_id)
    document = None if text is None else json.loads(text)
    found = programs.find_samples(document, api, operation, caller.organisation, connected.public_url)
    chosen = [one for one in found if language in {"", one.language}]
    if not chosen:
        raise OperatorError(f"{language!r} is none of {', '.join(one.language for one in found)}")
    if is_json:
        output.rows([{"language": one.language, "code": one.code} for one in chosen], is_json=True)
    elif language:
        typer.echo(chosen[0].code)
    else:
        typer.echo("\n\n".join(f"{one.label}:\n\n{one.code}" for one in chosen))
