"""A hook of Schemathesis: ids that API Gateway routes, and that are not the caller's.

With a line break in the path, API Gateway finds no route of ours. Schemathesis takes ids from answers: with its own
username, it would disable itself.
"""

from typing import Any, cast
from urllib.parse import quote, unquote

import schemathesis

CALLER = "root"
_hook = cast("Any", schemathesis).hook


@_hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:  # noqa: ARG001 - as hooks are called
    return path_parameters and {name: _printable(str(value)) for name, value in path_parameters.items()}


def _printable(value: str) -> str:
    if value == CALLER:
        return "nobody"
    return quote("".join(one for one in unquote(value) if one.isprintable()), safe="") or "x"
