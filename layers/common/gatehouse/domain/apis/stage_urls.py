"""Where a stage of API Gateway answers, as far as its API id, region and name tell.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

import copy
import re

from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.kernel import regions

_API_ID = re.compile(r"[a-z0-9]{10}")
"""How API Gateway makes ids. Other ids are custom ones of emulators, whose addresses nobody can derive."""

_REGION = re.compile(r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-[a-z]+)+-[0-9]")
_DEFAULT = "$default"


def derive(deployment: Deployment) -> str:
    """Return the address of the stage's default endpoint; empty if it cannot be told."""
    if not _API_ID.fullmatch(deployment.gateway_id) or not _REGION.fullmatch(deployment.region):
        return ""
    host = f"{deployment.gateway_id}.execute-api.{deployment.region}.{regions.url_suffix(deployment.region)}"
    base = f"https://{host}"
    return base if deployment.stage == _DEFAULT else f"{base}/{deployment.stage}"


def fill_in(deployments: tuple[Deployment, ...]) -> tuple[Deployment, ...]:
    """Return the stages, each without an address with the derived one."""
    return tuple(one if one.url else copy.replace(one, url=derive(one)) for one in deployments)
