"""Which API a path belongs to: the base path mappings of a custom domain.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
"""

from collections.abc import Sequence

from local.front.settings import Route


def is_under(path: bytes, base_path: bytes) -> bool:
    """Tell whether a path is a base path or lies below it; `/orders/1.0.01` is not below `/orders/1.0.0`."""
    return path == base_path or path.startswith(base_path + b"/")


def resolve(routes: Sequence[Route], path: bytes) -> bytes:
    """Turn a request's raw path into the address of the API's resource on the emulator: the longest base path wins.

    Raises:
        LookupError: no route takes the path.
    """
    candidates = [route for route in routes if is_under(path, route.base_path.encode())]
    if not candidates:
        message = f"no API at {path!r}"
        raise LookupError(message)
    route = max(candidates, key=lambda candidate: len(candidate.base_path))
    below = path[len(route.base_path) :] or b"/"
    return b"/_front/%s/%s%s" % (route.api_id.encode(), route.stage.encode(), below)
