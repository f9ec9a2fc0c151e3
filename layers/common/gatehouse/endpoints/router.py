"""Which endpoint a path leads to, with and without an organisation in front (`/t/<organisation>/token`)."""

from collections.abc import Callable, Mapping

import msgspec

from gatehouse.domain.accounts import organisations
from gatehouse.endpoints import cors, methods, responses
from gatehouse.endpoints.oauth import well_known
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

PROVIDER = "{provider}"

type Endpoint = Callable[[Request, str | None], Response]


class Router(msgspec.Struct, frozen=True):
    """Endpoints by path, then by method; a path may end in `{id}`.

    Attributes:
        answers_preflights: Whether scripts of other origins may call the paths; never where cookies count.
        open_paths: Those that they may call where they may not call the others.
    """

    routes: Mapping[str, Mapping[str, Endpoint]]
    answers_preflights: bool = False
    open_paths: frozenset[str] = frozenset()

    def answer(self, request: Request) -> Response:
        """Call the endpoint, or say that there is none. HEAD is answered wherever GET is.

        Raises:
            OAuthError: What the endpoint raises; or the path names no possible organisation.
        """
        return methods.answer_head(request, self._answer)

    def _answer(self, request: Request) -> Response:
        path, organisation = well_known.locate(request.path)
        if path.startswith("/t/"):
            key, _, rest = path.removeprefix("/t/").partition("/")
            path, organisation = f"/{rest}", organisations.parse_key(key)
        route = path
        if path not in self.routes:
            variable = (_with_variable(path), f"{path.rpartition('/')[0]}/{{id}}")
            route = next((one for one in variable if one in self.routes), path)
        endpoints = self.routes.get(route)
        if endpoints is None:
            from gatehouse.endpoints import missing_pages  # no start waits for it

            return missing_pages.answer(request)
        if request.method == "OPTIONS" and (self.answers_preflights or route in self.open_paths):
            return cors.preflight(methods.allowed(endpoints))
        endpoint = endpoints.get(request.method)
        if endpoint is None:
            return responses.method_not_allowed(", ".join(methods.allowed(endpoints)))
        return endpoint(request, organisation)


def _with_variable(path: str) -> str:
    """Return the path as the table has it: an identity provider's id is the one variable part of our paths."""
    parts = path.split("/")
    return f"/{parts[1]}/{PROVIDER}/{'/'.join(parts[3:])}" if parts[1:2] == ["federated"] and parts[3:] else path
