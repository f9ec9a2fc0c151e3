"""`gatehouse paths`: where on the stack's own host published APIs answer."""

from typing import Annotated

import typer

from gatehouse.domain.apis import own_paths, published_apis
from gatehouse.domain.apis.own_paths import OwnPath
from gatehouse.domain.oauth import resource_indicators
from gatehouse_cli import commands, output
from gatehouse_cli.arguments import ApiId, Organisation
from gatehouse_cli.errors import OperatorError, changed_meanwhile
from gatehouse_cli.stack import Stack

app = commands.Group("Paths of the stack's own host at which published APIs answer, for their metadata (RFC 9728).")

Path = Annotated[str, typer.Argument(help="The path, such as /orders: the base path mapping of the API.")]


@app.command("list")
def list_all(connected: Stack) -> output.Answer:
    """List the paths, and the APIs that answer there."""
    found = connected.own_paths.find_own_paths()
    return output.Rows([_row(one) for one in found], empty="no API answers on the host of this stack")


@app.command("map")
def map_path(connected: Stack, organisation: Organisation, api_id: ApiId, path: Path) -> output.Answer:
    """Map a path to an API, and serve the API's metadata at the address that clients derive from it."""
    caller = connected.operator(organisation)
    api = published_apis.find(connected.publishing, caller, api_id)
    mapped = OwnPath(path=own_paths.parse(path), organisation=caller.organisation, api_id=api_id)
    url = f"{connected.public_url}{mapped.path}"
    if not resource_indicators.find_deployment(api, url):
        raise OperatorError(f"{api_id} has no stage with the URL {url}; publish it with --url {url}")
    if not connected.own_paths.map_path(mapped, caller.entry("path.map", mapped.path, api_id)):
        raise OperatorError(f"an API answers at {mapped.path} already; see `gatehouse paths list`")
    return output.Fields(_row(mapped))


@app.command("unmap")
def unmap_path(connected: Stack, path: Path) -> output.Answer:
    """Stop serving the metadata of the API at a path."""
    store = connected.own_paths
    found = next((one for one in store.find_own_paths() if one.path == path.rstrip("/")), None)
    if found is None:
        raise OperatorError(f"no API answers at {path}")
    entry = connected.operator(found.organisation).entry("path.unmap", found.path, found.api_id)
    if not store.unmap_path(found, entry):
        raise changed_meanwhile(f"{path}")
    return output.Fields({"path": found.path, "unmapped": True})


def _row(one: OwnPath) -> output.Row:
    return {"path": one.path, "organisation": one.organisation, "api_id": one.api_id}
