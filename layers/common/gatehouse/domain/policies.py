"""One policy that is right for every route of a stage at once, for where the gateway may cache by the token alone.

Each opened route is allowed by its own pattern; each closed route that such a pattern reaches too is denied by its own.
Only where that is too long do patterns stand for whole branches, or for everything: they would open routes that the
gateway has and nobody published.
A denial beats every allowance, so the policy never opens what is closed. Where a denial reaches an opened route, no
small policy can tell the two apart: that route stays closed, and publishing the API says so (`find_conflicts`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from gatehouse.domain import patterns, routes
from gatehouse.domain.apis import Resource
from gatehouse.domain.patterns import Pattern
from gatehouse.domain.routes import Template

PATTERNS_MAX_BYTES = 8192
"""What one policy may take, the beginning of each ARN included."""

CONFLICTS_MAX = 50

COMPARISONS_MAX = 100_000
"""How many pairs of routes publishing compares: routes with a variable times routes, for each method. An API of 300
routes, API Gateway's default, stays below it with one method; 1,000 such routes took 8.5 s of CPU."""

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Policy:
    """Patterns such as `GET/orders/*`, to be put behind the ARN of a stage."""

    allowed: tuple[str, ...]
    denied: tuple[str, ...] = ()

    def allows(self, called: str) -> bool:
        """Say what IAM says of a call such as `GET/orders/7`."""
        return any(patterns.fits(one, called) for one in self.allowed) and not any(
            patterns.fits(one, called) for one in self.denied
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two routes that no policy can tell apart for a token that opens one of them only."""

    opened: str
    closed: str


@dataclass(frozen=True, slots=True)
class _Method:
    """The routes of one method, with the routes that go before each."""

    name: str
    resources: dict[Template, Resource]
    rivals: dict[Template, tuple[Template, ...]]


def build(resources: tuple[Resource, ...], opens: Callable[[Resource], bool], overhead_bytes: int = 0) -> Policy:
    """Return the policy for a token.

    Args:
        resources: All of the API's.
        opens: Whether the token opens a resource.
        overhead_bytes: How much longer each pattern gets by its ARN. Allowances for which there is no space are left
            out: closed, not wrong.
    """
    return _build(resources, frozenset(filter(opens, resources)), overhead_bytes)


@lru_cache(maxsize=256)
def _build(resources: tuple[Resource, ...], open_ones: frozenset[Resource], overhead_bytes: int) -> Policy:
    opens = open_ones.__contains__
    if not open_ones:
        return Policy(())
    exact = _build_exactly(resources, opens, overhead_bytes)
    if exact is not None:
        return exact
    if all(map(opens, resources)):
        return Policy((EVERYTHING,))
    allowed: list[str] = []
    denied: list[str] = []
    for method in _methods(resources):
        opened = [template for template, resource in method.resources.items() if opens(resource)]
        closed = [template for template in method.resources if template not in opened]
        branches, covered = _merge(opened, closed)
        allowances, denials = _cover(method, opened, closed, covered)
        allowed += [f"{method.name}/{one}" for one in branches + ["/".join(pattern) for pattern in allowances]]
        denied += ["/".join((method.name, *pattern)) for pattern in denials]
    return _fit(allowed, denied, overhead_bytes)


def _build_exactly(
    resources: tuple[Resource, ...], opens: Callable[[Resource], bool], overhead_bytes: int
) -> Policy | None:
    """Return the policy with a pattern for each opened route, or None if that is too long."""
    allowed: list[str] = []
    left = PATTERNS_MAX_BYTES
    for method in _methods(resources):
        opened = [template for template, resource in method.resources.items() if opens(resource)]
        mine = ["/".join((method.name, *patterns.of(template))) for template in opened]
        left -= _bytes(mine, overhead_bytes)
        if left < 0:
            return None
        allowed += mine
    denied: list[str] = []
    for method in _methods(resources):
        opened = [template for template, resource in method.resources.items() if opens(resource)]
        closed = [template for template in method.resources if template not in opened]
        known: dict[Pattern, bool] = {}
        found = [denial for template in closed for denial in _denials(method, opened, opened, template, known)]
        denied += ["/".join((method.name, *pattern)) for pattern in found]
    return Policy(tuple(allowed), tuple(denied)) if _bytes(denied, overhead_bytes) <= left else None


def _bytes(found: list[str], overhead_bytes: int) -> int:
    return sum(len(one.encode()) + overhead_bytes for one in found)


def opens_every_path(policy: Policy, resources: tuple[Resource, ...], resource: Resource, method: str) -> bool:
    """Say whether a policy about the resources lets each path of one of them pass.

    Args:
        method: As it is called; `ANY` for all methods that the resource stands for.
    """
    paths = [
        (one, template)
        for one in _methods(resources)
        if method in {one.name, routes.ANY_METHOD}
        for template, found in one.resources.items()
        if found == resource
    ]
    return bool(paths) and all(_opens_every_path(policy, one, template) for one, template in paths)


def _opens_every_path(policy: Policy, method: _Method, template: Template) -> bool:
    own = "/".join((method.name, *patterns.of(template)))
    if not any(patterns.fits(allowance, own) for allowance in policy.allowed):
        return False
    denials = (tuple(denial.split("/")) for denial in policy.denied)
    return not any(name == method.name and _reaches(method, tuple(rest), template) for name, *rest in denials)


def are_comparable(resources: tuple[Resource, ...]) -> bool:
    """Say whether `find_conflicts` compares the routes at all; it costs one look at each."""
    return sum(routes_with_variables * all_routes for routes_with_variables, all_routes in _sizes(resources)) <= (
        COMPARISONS_MAX
    )


def _sizes(resources: tuple[Resource, ...]) -> list[tuple[int, int]]:
    """Return, for each method, how many routes have a variable, and how many there are."""
    counts = Counter((one.method, "{" in one.path) for one in resources if one.path != routes.DEFAULT_PATH)
    names = {method for method, _ in counts}
    methods = names | set(routes.METHODS) if routes.ANY_METHOD in names else names
    any_variable, any_plain = counts[routes.ANY_METHOD, True], counts[routes.ANY_METHOD, False]
    sizes: list[tuple[int, int]] = []
    for method in methods - {routes.ANY_METHOD}:
        with_variables = counts[method, True] + any_variable
        sizes.append((with_variables, with_variables + counts[method, False] + any_plain))
    return sizes


def find_conflicts(resources: tuple[Resource, ...]) -> list[Conflict]:
    """Return the pairs of routes that some token makes indistinguishable, so that it keeps the opened one closed.

    No more than `CONFLICTS_MAX`: whoever has so many attaches the authorizer otherwise. The default route of HTTP APIs
    is left out: they have no TOKEN authorizers. Nothing is found among more routes than `are_comparable` takes, nor
    where no route has a variable: a pattern without `*` reaches its own path only.
    """
    if not are_comparable(resources) or not any(with_variables for with_variables, _ in _sizes(resources)):
        return []
    found: dict[Conflict, None] = {}
    for method in _methods(tuple(one for one in resources if one.path != routes.DEFAULT_PATH)):
        for closed, resource in method.resources.items():
            for kind in ("application", "user"):
                if not _may_stay_closed(resource, kind):
                    continue
                opened = [one for one, other in method.resources.items() if _may_open(other, kind, resource)]
                denials = _denials(method, opened, opened, closed, {})
                lost = [one for one in opened if any(_reaches(method, denial, one) for denial in denials)]
                name = f"{method.name} {resource.path}"
                found |= {Conflict(f"{method.name} {method.resources[one].path}", name): None for one in lost}
                if len(found) >= CONFLICTS_MAX:
                    return list(found)[:CONFLICTS_MAX]
    return list(found)


def _may_stay_closed(resource: Resource, kind: str) -> bool:
    """Say whether there is a token of that kind that does not open the resource."""
    return resource.security != "none" and (resource.security not in {"any", kind} or bool(resource.scopes))


def _may_open(resource: Resource, kind: str, closed: Resource) -> bool:
    """Say whether a token of that kind opens the resource, if it has every scope but those of the closed one."""
    if resource is closed:
        return False
    if resource.security == "none":
        return True
    missing = closed.scopes if closed.security in {"any", kind} else frozenset[str]()
    return resource.security in {"any", kind} and (not resource.scopes or bool(resource.scopes - missing))


def _merge(opened: list[Template], closed: list[Template]) -> tuple[list[str], set[Template]]:
    """Return patterns such as `orders*` for whole branches that no closed route can touch; and what they cover."""
    branches: dict[Template, set[Template]] = {}
    for template in opened:
        ends = [at for at, segment in enumerate(template) if segment in {routes.VARIABLE, routes.GREEDY, ""}]
        for size in range(1, min([*ends, len(template)]) + 1):
            branches.setdefault(template[:size], set()).add(template)
    covered: set[Template] = set()
    merged: list[str] = []
    for branch, members in sorted(branches.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(members - covered) > 1 and not any(_touches(template, branch) for template in closed):
            merged.append("/".join(branch) + patterns.WILD)
            covered |= members
    return merged, covered


def _touches(template: Template, branch: Template) -> bool:
    """Say whether a path of the template may begin as the branch does, its last segment perhaps a longer word."""
    for position, (segment, literal) in enumerate(zip(template, branch, strict=False)):
        if segment == routes.GREEDY:
            return True
        is_last = position == len(branch) - 1
        if segment != routes.VARIABLE and not (segment.startswith(literal) if is_last else segment == literal):
            return False
    return len(template) >= len(branch)


def _cover(
    method: _Method, opened: list[Template], closed: list[Template], covered: set[Template]
) -> tuple[list[Pattern], list[Pattern]]:
    """Return what else one method needs: the shorter of "these only" and "all but those"."""
    remaining = [template for template in opened if template not in covered]
    if not remaining:
        return [], []
    if not closed:
        return [(patterns.WILD,)], []
    allowances = [patterns.of(template) for template in remaining]
    known: dict[Pattern, bool] = {}
    denials = [denial for template in closed for denial in _denials(method, remaining, opened, template, known)]
    everything = [patterns.of(template) for template in closed]
    everything += [(*pattern, "") for pattern in everything if pattern[-1] != patterns.WILD]
    is_shorter = len(everything) + 1 < len(allowances) + len(denials)
    if is_shorter and not any(_reaches(method, pattern, template) for pattern in everything for template in opened):
        return [(patterns.WILD,)], everything
    return allowances, denials


def _denials(
    method: _Method, allowed: list[Template], opened: list[Template], closed: Template, known: dict[Pattern, bool]
) -> list[Pattern]:
    """Return what keeps a route closed against the patterns of the allowed ones.

    That is its own pattern; or, if that would close an opened route too, what the other's pattern reaches in excess.

    Args:
        known: Which patterns reach an opened route, as far as it was asked for the same method and opened routes.
    """
    own = patterns.of(closed)
    denials: dict[Pattern, None] = {}
    for template in allowed:
        allowance = patterns.of(template)
        if patterns.WILD not in allowance:
            continue
        if _reaches(method, allowance, closed):
            excess = _excess(template) if routes.rank(closed) > routes.rank(template) else []
            choices = [choice for choice in ([own], excess) if choice]
            clean = (one for one in choices if not any(_hits(method, bad, opened, known) for bad in one))
            denials |= dict.fromkeys(next(clean, [own]))
        if patterns.meets(allowance, (*closed, "")) and not (own in denials and own[-1] == patterns.WILD):
            denials[*own, ""] = None
    return list(denials)


def _hits(method: _Method, pattern: Pattern, opened: list[Template], known: dict[Pattern, bool]) -> bool:
    if pattern not in known:
        known[pattern] = any(_reaches(method, pattern, good) for good in opened)
    return known[pattern]


def _excess(template: Template) -> list[Pattern]:
    """Return patterns for whatever the template's pattern reaches because a `*` takes several segments."""
    pattern = patterns.of(template)
    at = [position for position, segment in enumerate(template) if segment == routes.VARIABLE]
    return [(*pattern[:position], patterns.WILD, *pattern[position:]) for position in at]


def _reaches(method: _Method, pattern: Pattern, template: Template) -> bool:
    if not patterns.meets(pattern, template):
        return False
    return patterns.reaches(pattern, template, method.rivals[template])


def _fit(allowed: list[str], denied: list[str], overhead_bytes: int) -> Policy:
    """Leave out the allowances that would make the policy too long for the gateway."""
    left = PATTERNS_MAX_BYTES - _bytes(denied, overhead_bytes)
    kept: list[str] = []
    for pattern in allowed:
        left -= len(pattern.encode()) + overhead_bytes
        if left < 0:
            break
        kept.append(pattern)
    return Policy(tuple(kept), tuple(denied) if kept else ())


@lru_cache(maxsize=32)
def _methods(resources: tuple[Resource, ...]) -> tuple[_Method, ...]:
    """Return the routes of each method that the API has; what stands for the method itself goes before `ANY`.

    The default route comes last: it has the paths that are left.
    """
    names = {resource.method for resource in resources} - {routes.ANY_METHOD}
    if any(resource.method == routes.ANY_METHOD for resource in resources):
        names |= set(routes.METHODS)
    return tuple(_method(name, resources) for name in sorted(names))


def _method(name: str, resources: tuple[Resource, ...]) -> _Method:
    found = {
        template: resource
        for resource in resources
        if resource.path == routes.DEFAULT_PATH
        for template in ((routes.GREEDY,), ("",))
    }
    found |= {
        routes.parse(resource.path): resource
        for wanted in (routes.ANY_METHOD, name)
        for resource in resources
        if resource.method == wanted and resource.path != routes.DEFAULT_PATH
    }
    ranks = {template: routes.rank(template) for template in found}
    rivals = {
        template: tuple(
            other for other in found if ranks[other] < ranks[template] and patterns.meets(patterns.of(template), other)
        )
        for template in found
    }
    return _Method(name, found, rivals)
