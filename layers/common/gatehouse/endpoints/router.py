"""Which endpoint a path leads to, with and without an organisation in front (`/t/<organisation>/token`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gatehouse.domain import organisations
from gatehouse.endpoints import metadata, responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

type Endpoint = Callable[[Request, str | None], Response]


@dataclass(frozen=True, slots=True)
class Router:
    """Endpoints by path, then by method."""

    routes: Mapping[str, Mapping[str, Endpoint]]

    def answer(self, request: Request) -> Response:
        """Call the endpoint, or say that there is none.

        Raises:
            OAuthError: What the endpoint raises; or the path names no possible organisation.
        """
        path, organisation = metadata.locate(request.path)
        if path.startswith("/t/"):
            key, _, rest = path.removeprefix("/t/").partition("/")
            path, organisation = f"/{rest}", organisations.parse_key(key)
        methods = self.routes.get(path)
        if methods is None:
            return responses.not_found()
        endpoint = methods.get(request.method)
        if endpoint is None:
            return responses.method_not_allowed(", ".join(sorted(methods)))
        return endpoint(request, organisation)
