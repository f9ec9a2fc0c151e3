"""Routes as API Gateway matches them: literal segments go before path variables, and these before greedy ones."""

from collections.abc import Iterable

VARIABLE = "{}"
"""A path variable: any one segment."""

GREEDY = "{+}"
"""A greedy path variable, always last: one segment or more."""

ANY_METHOD = "ANY"

DEFAULT_PATH = "/$default"
"""How AWS's export spells an HTTP API's route `$default`, which takes what no other route takes."""

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What `ANY` stands for."""

type Template = tuple[str, ...]
"""The segments of a route's path, without the names of its variables; the root is one empty segment."""

_LITERAL_RANK, _VARIABLE_RANK, _GREEDY_RANK = range(3)


def parse(path: str) -> Template:
    """Return the template of a path as OpenAPI and API Gateway spell it.

    Raises:
        ValueError: API Gateway cannot have such a resource: a variable is a part of a segment, or a greedy one
            is not the last.
    """
    segments = tuple(map(_parse_segment, path.strip("/").split("/")))
    if GREEDY in segments[:-1]:
        raise ValueError(f"{path}: a greedy path variable stands last")
    return segments


def _parse_segment(segment: str) -> str:
    if segment.startswith("{") and segment.endswith("}") and segment.count("{") == 1:
        return GREEDY if segment.endswith("+}") else VARIABLE
    if "{" in segment or "}" in segment or "*" in segment or "?" in segment:
        raise ValueError(
            f"{segment}: API Gateway serves no such path. A path variable takes a whole segment, such as "
            "/{id}/cancel or /{file}; * and ? are reserved"
        )
    return segment


def matches(template: Template, segments: tuple[str, ...]) -> bool:
    """Say whether a path, split at its slashes, fits the template."""
    if template[-1:] == (GREEDY,):
        head, size = template[:-1], len(template) - 1
        return len(segments) > size and segments[size] != "" and matches(head, segments[:size])
    return len(template) == len(segments) and all(
        expected == actual or (expected == VARIABLE and actual != "")
        for expected, actual in zip(template, segments, strict=True)
    )


def rank(template: Template) -> tuple[int, ...]:
    """Return what orders the templates that fit one path: the smallest is the route."""
    ranks = {VARIABLE: _VARIABLE_RANK, GREEDY: _GREEDY_RANK}
    return tuple(ranks.get(segment, _LITERAL_RANK) for segment in template)


def choose(templates: Iterable[Template], segments: tuple[str, ...]) -> Template | None:
    """Return the template that API Gateway routes the path to."""
    return min((template for template in templates if matches(template, segments)), key=rank, default=None)
