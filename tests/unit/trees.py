"""Random trees of routes, and what the rules say of each call: a plain evaluation, written apart from the product."""

import itertools
from collections.abc import Callable

from hypothesis import strategies as st

from gatehouse.domain.apis.apis import Resource
from tests.unit import iam

METHODS = ["GET", "POST"]
LITERALS = ["a", "b"]
SCOPES = ["s1", "s2", "s3"]


def _path(parts: list[str], tail: list[str]) -> str:
    return "/" + "/".join([*parts, *tail])


def _paths() -> st.SearchStrategy[str]:
    segments = st.lists(st.sampled_from([*LITERALS, "{x}", "{y}"]), max_size=3)
    return st.builds(_path, segments, st.sampled_from([list[str](), list[str](), ["{proxy+}"]]))


def resources() -> st.SearchStrategy[tuple[Resource, ...]]:
    one = st.builds(
        Resource,
        method=st.sampled_from([*METHODS, "ANY"]),
        path=_paths(),
        scopes=st.frozensets(st.sampled_from(SCOPES), max_size=2),
    )
    return st.lists(one, min_size=1, max_size=7, unique_by=lambda made: (made.method, _shape(made.path))).map(tuple)


def _shape(path: str) -> str:
    return path.replace("{y}", "{x}")


def opens(scopes: frozenset[str]) -> Callable[[Resource], bool]:
    def opens(resource: Resource) -> bool:
        return not resource.scopes or bool(resource.scopes & scopes)

    return opens


def evaluate(tree: tuple[Resource, ...], scopes: frozenset[str], method: str, requested: str) -> bool | None:
    """Say what the rules say; None where API Gateway has no route and so asks nobody."""
    found = find(tree, method, requested)
    return None if found is None else opens(scopes)(found)


def find(tree: tuple[Resource, ...], method: str, requested: str) -> Resource | None:
    """Return what API Gateway routes a call to; the default route is an HTTP API's last resort."""
    mine = {one.path: one for one in tree if one.method == "ANY"}
    mine = {path: one for path, one in mine.items() if _shape(path) not in _own(tree, method)}
    mine |= {one.path: one for one in tree if one.method == method}
    return mine.get(iam.route(list(mine), requested) or "/$default")


def _own(tree: tuple[Resource, ...], method: str) -> set[str]:
    return {_shape(one.path) for one in tree if one.method == method}


def requests(tree: tuple[Resource, ...]) -> list[tuple[str, str]]:
    """Every path of up to three segments that could matter: the tree's own words, and a word that it does not have."""
    depth = min(3, max(path.count("/") for path in (one.path for one in tree)) + 1)
    words = [*LITERALS, "zz"]
    paths = [
        "/",
        *("/" + "/".join(parts) for size in range(1, depth + 1) for parts in itertools.product(words, repeat=size)),
    ]
    return [(method, path) for method in METHODS for path in paths]
