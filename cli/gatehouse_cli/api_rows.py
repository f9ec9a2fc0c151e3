"""An API as lists and changes print it."""

from gatehouse.domain.apis.apis import Api
from gatehouse_cli import output


def row(one: Api) -> output.Row:
    """Return what lists show of an API."""
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
