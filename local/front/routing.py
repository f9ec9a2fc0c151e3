"""Which API a path belongs to: the base path mappings of a custom domain, and the stages of all other APIs.

`/stages/<API id>/<stage>` stands for the host that API Gateway gives each API on AWS.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
"""

import re
from collections.abc import Sequence

from local.front.settings import Route

STAGES = re.compile(rb"/stages/([a-z0-9]+)/([A-Za-z0-9_$-]+)(/.*)?")


def is_under(path: bytes, base_path: bytes) -> bool:
    """Tell whether a path is a base path or lies below it; `/orders/1.0.01` is not below `/orders/1.0.0`."""
    return path == base_path or path.startswith(base_path + b"/")


def resolve(routes: Sequence[Route], path: bytes) -> bytes:
    """Turn a request's raw path into the address of the API's resource on the emulator: the longest base path wins.

    Raises:
        LookupError: no route takes the path.
    """
    if stage := STAGES.fullmatch(path):
        return b"/_front/%s/%s%s" % (stage[1], stage[2], stage[3] or b"/")
    candidates = [route for route in routes if is_under(path, route.base_path.encode())]
    if not candidates:
        message = f"no API at {path!r}"
        raise LookupError(message)
    route = max(candidates, key=lambda candidate: len(candidate.base_path))
    below = path[len(route.base_path) :] or b"/"
    return b"/_front/%s/%s%s" % (route.api_id.encode(), route.stage.encode(), below)
