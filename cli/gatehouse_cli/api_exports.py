"""`gatehouse apis export` and `gatehouse apis show-samples`: an API for other tools."""

from typing import Annotated

import typer

from gatehouse.domain.apis import published_apis
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse_cli import output
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


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
    caller = connected.operator(organisation)
    api = published_apis.find(connected.publishing, caller, api_id)
    content = api_exports.make(connected.portal_directory, api, kind, connected.public_url, caller.organisation)
    return output.Text(content.decode())


def samples(
    connected: Stack,
    organisation: Organisation,
    api_id: ApiId,
    *,
    operation: Annotated[str, typer.Option(help='Such as "GET /orders"; one to begin with if not given.')] = "",
    language: Annotated[str, typer.Option(help="curl, python, javascript, java or go; all if not given.")] = "",
) -> output.Answer:
    """Print programs that get a token and call an operation of an API."""
    caller = connected.operator(organisation)
    api = published_apis.find(connected.publishing, caller, api_id)
    directory = connected.portal_directory
    found = programs.find_samples(directory, api, operation, caller.organisation, connected.public_url)
    chosen = [one for one in found if language in {"", one.language}]
    if not chosen:
        raise OperatorError(f"{language!r} is none of {', '.join(one.language for one in found)}")
    text = chosen[0].code if language else "\n\n".join(f"{one.label}:\n\n{one.code}" for one in chosen)
    return output.Text(text, [{"language": one.language, "code": one.code} for one in chosen])
