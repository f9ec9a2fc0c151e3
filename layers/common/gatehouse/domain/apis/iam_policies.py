"""One policy that is right for every route of a stage at once, for where the gateway may cache by the token alone.

Each opened route is allowed by its own pattern; each closed route that such a pattern reaches too is denied by its own.
Only where that is too long do patterns stand for whole branches, or for everything: they would open routes that the
gateway has and nobody published.
A denial beats every allowance, so the policy never opens what is closed. Where a denial reaches an opened route, no
small policy can tell the two apart: that route stays closed, and publishing the API says so (`find_conflicts`).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import msgspec

from gatehouse.domain.apis import patterns, routes
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.apis.patterns import Index, Pattern, TooMuchWorkError, Work
from gatehouse.domain.apis.routes import Template

PATTERNS_MAX_BYTES = 8192
"""What one policy may take, the beginning of each ARN included."""

CONFLICTS_MAX = 50

WORK_MAX = 600_000
"""How many steps the routes of one API are compared in: at most 0.3 s of CPU, in one process.

1,000 ordinary routes take 24,000. 310 routes below long chains of variables took 17 s before there was a bound.
"""

EVERYTHING = "*"

type _Choice = Callable[[Template], bool]


class IamPolicy(msgspec.Struct, frozen=True, cache_hash=True):
    """Patterns such as `GET/orders/*`, to be put behind the ARN of a stage."""

    allowed: tuple[str, ...]
    denied: tuple[str, ...] = ()

    def allows(self, called: str) -> bool:
        """Say what IAM says of a call such as `GET/orders/7`."""
        return any(patterns.fits(one, called) for one in self.allowed) and not any(
            patterns.fits(one, called) for one in self.denied
        )


class Conflict(msgspec.Struct, frozen=True):
    """Two routes that no policy can tell apart for a token that opens one of them only."""

    opened: str
    closed: str


class _Method(msgspec.Struct, frozen=True):
    """The routes of one method, and which of them the patterns reach.

    Attributes:
        rivals: The routes that go before each, where they fit the same path.
        index: The routes, as `patterns.Index` finds them.
        known: What each pattern reaches that was asked for.
        near: For each route, the others whose patterns reach it, or its path with a slash at the end.
        work: What it may cost to find out more.
    """

    name: str
    resources: dict[Template, Resource]
    rivals: dict[Template, list[Template]]
    index: Index
    known: dict[Pattern, frozenset[Template]]
    near: dict[Template, list[Template]]
    work: Work

    def reached(self, pattern: Pattern) -> frozenset[Template]:
        """Return the routes of which the pattern matches a path.

        Raises:
            TooMuchWorkError: The routes are too entangled to tell.
        """
        found = self.known.get(pattern)
        if found is None:
            found = self.known[pattern] = frozenset(
                one
                for one in self.index.near(pattern, self.work)
                if patterns.reaches(pattern, one, self.rivals[one], self.work)
            )
        return found


def build(resources: tuple[Resource, ...], opens: Callable[[Resource], bool], overhead_bytes: int = 0) -> IamPolicy:
    """Return the policy for a token.

    Args:
        resources: All of the API's.
        opens: Whether the token opens a resource.
        overhead_bytes: How much longer each pattern gets by its ARN. Allowances for which there is no space are left
            out: closed, not wrong. So are routes with variables where all are too entangled to tell apart.
    """
    return _build(resources, frozenset(filter(opens, resources)), overhead_bytes)


@lru_cache(maxsize=256)
def _build(resources: tuple[Resource, ...], open_ones: frozenset[Resource], overhead_bytes: int) -> IamPolicy:
    if not open_ones:
        return IamPolicy(())
    try:
        methods = _methods(resources)
        return _build_exactly(methods, open_ones, overhead_bytes) or _build_small(methods, open_ones, overhead_bytes)
    except TooMuchWorkError:
        return _fit(_find_literal(resources, open_ones), [], overhead_bytes)


def _find_literal(resources: tuple[Resource, ...], open_ones: frozenset[Resource]) -> list[str]:
    """Return the patterns of opened routes without variables. Such a pattern reaches nothing but its one path."""
    at = {(one.method, one.path.strip("/")): one for one in resources if "{" not in one.path}
    methods = routes.METHODS if any(one.method == routes.ANY_METHOD for one in resources) else ()
    at |= {
        (method, path): one
        for (name, path), one in at.items()
        if name == routes.ANY_METHOD and one.path != routes.DEFAULT_PATH
        for method in methods
        if (method, path) not in at
    }
    return [
        f"{method}/{path}" for (method, path), one in at.items() if one in open_ones and method != routes.ANY_METHOD
    ]


def _build_small(methods: tuple[_Method, ...], open_ones: frozenset[Resource], overhead_bytes: int) -> IamPolicy:
    """Return a policy that opens whole branches, or everything but some routes."""
    if all(resource in open_ones for method in methods for resource in method.resources.values()):
        return IamPolicy((EVERYTHING,))
    allowed: list[str] = []
    denied: list[str] = []
    work = Work(WORK_MAX)
    for method in methods:
        opened, closed = _split(method, open_ones)
        branches, covered = _merge(opened, closed, work)
        allowances, denials = _cover(method, opened, closed, covered)
        allowed += [f"{method.name}/{one}" for one in branches + ["/".join(pattern) for pattern in allowances]]
        denied += ["/".join((method.name, *pattern)) for pattern in denials]
    return _fit(allowed, denied, overhead_bytes)


def _split(method: _Method, open_ones: frozenset[Resource]) -> tuple[list[Template], list[Template]]:
    opened: list[Template] = []
    closed: list[Template] = []
    for template, resource in method.resources.items():
        (opened if resource in open_ones else closed).append(template)
    return opened, closed


def _build_exactly(
    methods: tuple[_Method, ...], open_ones: frozenset[Resource], overhead_bytes: int
) -> IamPolicy | None:
    """Return the policy with a pattern for each opened route, or None if that is too long."""
    allowed: list[str] = []
    left = PATTERNS_MAX_BYTES
    for method in methods:
        opened, _ = _split(method, open_ones)
        mine = ["/".join((method.name, *patterns.of(template))) for template in opened]
        left -= _bytes(mine, overhead_bytes)
        if left < 0:
            return None
        allowed += mine
    denied: list[str] = []
    for method in methods:
        opened, closed = _split(method, open_ones)
        opens = frozenset(opened).__contains__
        found = [denial for template in closed for denial in _denials(method, opens, opens, template)]
        denied += ["/".join((method.name, *pattern)) for pattern in found]
    return IamPolicy(tuple(allowed), tuple(denied)) if _bytes(denied, overhead_bytes) <= left else None


def _bytes(found: list[str], overhead_bytes: int) -> int:
    return sum(len(one.encode()) + overhead_bytes for one in found)


@lru_cache(maxsize=256)
def opens_every_path(policy: IamPolicy, resources: tuple[Resource, ...], resource: Resource, method: str) -> bool:
    """Say whether a policy about the resources lets each path of one of them pass.

    Args:
        method: As it is called; `ANY` for all methods that the resource stands for.
    """
    try:
        paths = [
            (one, template)
            for one in _methods(resources)
            if method in {one.name, routes.ANY_METHOD}
            for template, found in one.resources.items()
            if found == resource
        ]
        return bool(paths) and all(_opens_every_path(policy, one, template) for one, template in paths)
    except TooMuchWorkError:
        return False


def _opens_every_path(policy: IamPolicy, method: _Method, template: Template) -> bool:
    own = "/".join((method.name, *patterns.of(template)))
    if not any(patterns.fits(allowance, own) for allowance in policy.allowed):
        return False
    denials = (tuple(denial.split("/")) for denial in policy.denied)
    return not any(name == method.name and template in method.reached(tuple(rest)) for name, *rest in denials)


def find_conflicts(resources: tuple[Resource, ...]) -> list[Conflict] | None:
    """Return the pairs of routes that some token makes indistinguishable, so that it keeps the opened one closed.

    No more than `CONFLICTS_MAX`: whoever has so many attaches the authorizer otherwise. The default route of HTTP APIs
    is left out: they have no TOKEN authorizers. None says that the routes are too entangled to tell.
    """
    try:
        return _find_conflicts(tuple(one for one in resources if one.path != routes.DEFAULT_PATH))
    except TooMuchWorkError:
        return None


def _find_conflicts(resources: tuple[Resource, ...]) -> list[Conflict]:
    found: dict[Conflict, None] = {}
    for method in _methods(resources):
        for closed, resource in method.resources.items():
            if not method.near[closed]:
                continue
            for kind in ("application", "user"):
                if not _may_stay_closed(resource, kind):
                    continue
                opens = partial(_may_open, method.resources, kind, resource)
                lost = {one for denial in _denials(method, opens, opens, closed) for one in method.reached(denial)}
                method.work.spend(len(lost))
                name = f"{method.name} {resource.path}"
                paths = sorted(method.resources[one].path for one in lost if opens(one))
                found |= {Conflict(f"{method.name} {path}", name): None for path in paths}
                if len(found) >= CONFLICTS_MAX:
                    return list(found)[:CONFLICTS_MAX]
    return list(found)


def _may_stay_closed(resource: Resource, kind: str) -> bool:
    """Say whether there is a token of that kind that does not open the resource."""
    return resource.security != "none" and (resource.security not in {"any", kind} or bool(resource.scopes))


def _may_open(among: Mapping[Template, Resource], kind: str, closed: Resource, template: Template) -> bool:
    """Say whether a token of that kind opens a route, if it has every scope but those of the closed one."""
    resource = among[template]
    if resource is closed:
        return False
    if resource.security == "none":
        return True
    missing = closed.scopes if closed.security in {"any", kind} else frozenset[str]()
    return resource.security in {"any", kind} and (not resource.scopes or bool(resource.scopes - missing))


def _merge(opened: list[Template], closed: list[Template], work: Work) -> tuple[list[str], set[Template]]:
    """Return patterns such as `orders*` for whole branches that no closed route can touch; and what they cover."""
    branches: dict[Template, set[Template]] = {}
    for template in opened:
        ends = [at for at, segment in enumerate(template) if segment in {routes.VARIABLE, routes.GREEDY, ""}]
        for size in range(1, min([*ends, len(template)]) + 1):
            branches.setdefault(template[:size], set()).add(template)
    covered: set[Template] = set()
    merged: list[str] = []
    for branch, members in sorted(branches.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(members) == 1:
            break
        work.spend(len(members) + len(closed))
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
    allowed, among = frozenset(remaining), frozenset(opened)
    denials = [
        denial for template in closed for denial in _denials(method, allowed.__contains__, among.__contains__, template)
    ]
    everything = [patterns.of(template) for template in closed]
    everything += [(*pattern, "") for pattern in everything if pattern[-1] != patterns.WILD]
    is_shorter = len(everything) + 1 < len(allowances) + len(denials)
    if is_shorter and all(method.reached(pattern).isdisjoint(among) for pattern in everything):
        return [(patterns.WILD,)], everything
    return allowances, denials


def _denials(method: _Method, is_allowed: _Choice, is_opened: _Choice, closed: Template) -> list[Pattern]:
    """Return what keeps a route closed against the patterns of the allowed ones.

    That is its own pattern; or, if that would close an opened route too, what the other's pattern reaches in excess.
    """
    own = patterns.of(closed)
    denials: dict[Pattern, None] = {}
    method.work.spend(len(method.near[closed]) // 4)
    for template in method.near[closed]:
        if not is_allowed(template):
            continue
        allowance = patterns.of(template)
        if closed in method.reached(allowance):
            excess = _excess(template) if routes.rank(closed) > routes.rank(template) else []
            choices = [choice for choice in ([own], excess) if choice]
            clean = (one for one in choices if not any(is_opened(hit) for bad in one for hit in method.reached(bad)))
            denials |= dict.fromkeys(next(clean, [own]))
        if patterns.meets(allowance, (*closed, ""), method.work) and not (own in denials and own[-1] == patterns.WILD):
            denials[*own, ""] = None
    return list(denials)


def _excess(template: Template) -> list[Pattern]:
    """Return patterns for whatever the template's pattern reaches because a `*` takes several segments."""
    pattern = patterns.of(template)
    at = [position for position, segment in enumerate(template) if segment == routes.VARIABLE]
    return [(*pattern[:position], patterns.WILD, *pattern[position:]) for position in at]


def _fit(allowed: list[str], denied: list[str], overhead_bytes: int) -> IamPolicy:
    """Leave out the allowances that would make the policy too long for the gateway."""
    left = PATTERNS_MAX_BYTES - _bytes(denied, overhead_bytes)
    kept: list[str] = []
    for pattern in allowed:
        left -= len(pattern.encode()) + overhead_bytes
        if left < 0:
            break
        kept.append(pattern)
    return IamPolicy(tuple(kept), tuple(denied) if kept else ())


def _methods(resources: tuple[Resource, ...]) -> tuple[_Method, ...]:
    """Return the routes of each method that the API has; what stands for the method itself goes before `ANY`.

    The default route comes last: it has the paths that are left.

    Raises:
        TooMuchWorkError: The routes are too entangled to tell which patterns reach which.
    """
    found = _find_methods(resources)
    if found is None:
        raise TooMuchWorkError
    return found


@lru_cache(maxsize=32)
def _find_methods(resources: tuple[Resource, ...]) -> tuple[_Method, ...] | None:
    """Return them, or None: what costs too much is not begun again for each token."""
    names = {resource.method for resource in resources} - {routes.ANY_METHOD}
    if any(resource.method == routes.ANY_METHOD for resource in resources):
        names |= set(routes.METHODS)
    work = Work(WORK_MAX)
    try:
        return tuple(_method(name, resources, work) for name in sorted(names))
    except TooMuchWorkError:
        return None


def _method(name: str, resources: tuple[Resource, ...], work: Work) -> _Method:
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
    work.spend(len(found))
    ranks = {template: routes.rank(template) for template in found}
    rivals: dict[Template, list[Template]] = {template: [] for template in found}
    near: dict[Template, list[Template]] = {template: [] for template in found}
    index = Index()
    for template in found:
        index.add(template)
    for template in found:
        pattern = patterns.of(template)
        automaton = patterns.automaton(pattern)
        if not automaton.wild:
            continue
        for other in index.near(pattern, work):
            reached = automaton.run(other, work)
            if reached & automaton.end and ranks[other] < ranks[template]:
                rivals[template].append(other)
            if other != template and (reached | automaton.run_slash(reached)) & automaton.end:
                near[other].append(template)
    return _Method(name, found, rivals, index, {}, near, work)
