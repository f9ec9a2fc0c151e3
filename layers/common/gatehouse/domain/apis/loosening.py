"""What a publication opens: who could not call a route of a stage before, and can now.

The new routes are compared with those that were published before: for the API itself, and for each stage that another
API of the organisation ran on. A route that is gone is compared as long as a restriction bears on it, so that nobody
removes a restricted route in one publication and brings it back open in the next.

The comparison is careful, not exact: it may list what opens nothing, but leaves out nothing that opens. Where it would
cost too much, one change stands for everything, as restricted as what was there before, and names the new routes by
their digest.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from gatehouse.domain.apis import routes
from gatehouse.domain.apis.apis import Api, Resource, Security
from gatehouse.domain.apis.patterns import TooMuchWorkError, Work
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.apis.routes import Template
from gatehouse.domain.kernel.scopes import Scope

EVERY_ROUTE = "every route"

WORK_MAX = 250_000
"""How many pairs of routes, scopes and changes are looked at: at most 0.3 s of CPU.

1,000 restricted routes that were replaced by 1,000 others made 999,000 changes in 17 s before there was a bound.
"""

_LINE_MAX_CHARACTERS = 400
_CHANGE_STEPS, _CHARACTERS_OF_A_STEP = 10, 16

_KINDS: Mapping[Security, frozenset[str]] = {
    "none": frozenset({"nobody", "application", "user"}),
    "any": frozenset({"application", "user"}),
    "application": frozenset({"application"}),
    "user": frozenset({"user"}),
}
_EVERYONE = frozenset({"everyone"})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is open now and was not.

    Attributes:
        stages: Where, as `abc123/v1`; empty where the API runs nowhere.
        route: Such as `POST /orders`.
        is_restricted: Whether a restriction of the administrators bears on what was there before.
    """

    stages: tuple[str, ...]
    route: str
    before: str
    after: str
    is_restricted: bool

    def __str__(self) -> str:
        """Return it in a line, as a publisher reads it."""
        where = f"{', '.join(self.stages)}: " if self.stages else ""
        line = f"{where}{self.route}: {self.before} before, {self.after} now"
        return line if len(line) <= _LINE_MAX_CHARACTERS else f"{line[:_LINE_MAX_CHARACTERS]}…"


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What was published before.

    Attributes:
        stages: Of the new API's stages, those that this is the past of.
        api: With the restrictions that hold for it, and with the restricted routes that it no longer has.
        restriction: What is decided about the API as a whole.
    """

    stages: tuple[str, ...]
    api: Api
    restriction: ApiRestriction


type _Routes = dict[Template, dict[str, Resource]]


def find(new: Api, restriction: ApiRestriction, baselines: Sequence[Baseline]) -> tuple[Change, ...]:
    """Return what the new API opens, in the order of its routes. Restrictions are applied to it already."""
    found: dict[tuple[str, str, str, bool], set[str]] = {}
    work = Work(WORK_MAX)
    for baseline in baselines:
        for one in (*_of_api(new, restriction, baseline), *_of_routes(new, baseline, work)):
            found.setdefault((one.route, one.before, one.after, one.is_restricted), set()).update(one.stages)
    return tuple(
        Change(stages=tuple(sorted(stages)), route=route, before=before, after=after, is_restricted=is_restricted)
        for (route, before, after, is_restricted), stages in found.items()
    )


def keep_restricted(new: Api, baselines: Sequence[Baseline], restrictions: Restrictions) -> tuple[Resource, ...]:
    """Return the routes before on which a restriction bears and which the new API no longer has."""
    standing = _by_template(new.resources)
    kept: dict[tuple[str, Template], Resource] = {}
    for baseline in baselines:
        for one in baseline.api.resources:
            template = routes.parse(one.path)
            is_gone = any(_at(standing, template, method) is None for method in _methods(one))
            if is_gone and not one.scopes.isdisjoint(restrictions.scopes):
                kept.setdefault((one.method, template), one)
    return tuple(kept.values())


def digest(changes: Iterable[Change], revision: int, restrictions_revision: int) -> str:
    """Return what an administrator repeats to confirm exactly these changes, while nothing else has changed."""
    listed = [[*one.stages, one.route, one.before, one.after] for one in changes]
    return hashlib.sha256(json.dumps([listed, revision, restrictions_revision]).encode()).hexdigest()[:32]


def _of_api(new: Api, restriction: ApiRestriction, baseline: Baseline) -> list[Change]:
    old, was = baseline.api, baseline.restriction

    def change(before: str, after: str, *, is_restricted: bool) -> Change:
        return Change(
            stages=baseline.stages, route=EVERY_ROUTE, before=before, after=after, is_restricted=is_restricted
        )

    found: list[Change] = []
    if was.is_blocked and not restriction.is_blocked:
        found.append(change("blocked", "not blocked", is_restricted=True))
    if is_wider(new, old):
        found.append(change(_audience(old), _audience(new), is_restricted=was.limits_visibility))
    if old.checks_revocation and not new.checks_revocation:
        found.append(change("revoked JWTs refused", "revoked JWTs accepted", is_restricted=False))
    for one in new.deployments:
        before = next((each for each in old.deployments if each.place == one.place), None)
        if before is not None and not one.key_types <= before.key_types:
            types = (" and ".join(sorted(each.key_types)) for each in (before, one))
            found.append(change(*(f"keys of {each}" for each in types), is_restricted=False))
    return found


def is_wider(new: Api, old: Api) -> bool:
    """Say whether another organisation sees the new one."""
    if new.visible_roles or new.visibility == "ORGANISATION":
        return False
    if old.visibility == "ALL" and not old.visible_roles:
        return False
    return new.visibility == "ALL" or old.visible_roles != frozenset() or not new.visible_to <= _others(old)


def _others(api: Api) -> frozenset[str]:
    return api.visible_to if api.visibility == "CHOSEN" else frozenset()


def _audience(api: Api) -> str:
    if api.visible_roles or api.visibility == "ORGANISATION":
        return "the own organisation"
    return "every organisation" if api.visibility == "ALL" else f"also {', '.join(sorted(api.visible_to)) or 'nobody'}"


def _of_routes(new: Api, baseline: Baseline, work: Work) -> Sequence[Change]:
    try:
        return tuple(_Comparison(new, baseline, work).find())
    except TooMuchWorkError:
        return (_of_all_routes(new, baseline),)


def _of_all_routes(new: Api, baseline: Baseline) -> Change:
    """Return the change that stands for all changes of routes, and for no other document's."""
    listed = [[one.method, one.path, one.security, *sorted(one.scopes)] for one in new.resources]
    demands = [[name, *map(sorted, one.demands)] for name, one in sorted(new.scopes.items())]
    named = hashlib.sha256(json.dumps([listed, demands]).encode()).hexdigest()[:32]
    return Change(
        stages=baseline.stages,
        route=EVERY_ROUTE,
        before=f"{len(baseline.api.resources)} other routes",
        after=f"{len(new.resources)} routes with too many differences to list (SHA-256 {named})",
        is_restricted=_is_restricted(baseline.api),
    )


def _is_restricted(api: Api) -> bool:
    return any(one.restricted_to is not None for one in api.scopes.values())


class _Comparison:
    """The routes of a new API beside those of one baseline; every step that depends on their number is counted."""

    def __init__(self, new: Api, baseline: Baseline, work: Work) -> None:
        self._new, self._baseline, self._work = new, baseline, work
        self._old_scopes = baseline.api.scopes
        self._implies, self._describe = cache(self._find_implied), cache(self._find_described)

    def find(self) -> Iterable[Change]:
        old, now = _by_template(self._baseline.api.resources), _by_template(self._new.resources)
        is_restricted = _is_restricted(self._baseline.api)
        for template, of_methods in now.items():
            around: list[Template] | None = None
            for method in sorted({name for one in of_methods.values() for name in _methods(one)}):
                after = _at(now, template, method)
                if after is None:
                    continue
                before = _at(old, template, method)
                if before is None and is_restricted and around is None:
                    self._work.spend(len(old))
                    around = sorted((one for one in old if one != template and _overlap(one, template)), key=_rank)
                yield from self._compare(
                    method, [before] if before else self._covering(old, now, template, method, around or []), after
                )

    def _covering(
        self, old: _Routes, now: _Routes, template: Template, method: str, around: list[Template]
    ) -> list[Resource]:
        """Return the routes before that took some of the calls which a new route takes."""
        found: list[Resource] = []
        for one in around:
            self._work.spend(1)
            before = _at(old, one, method)
            if before is None:
                continue
            is_still_there = _at(now, one, method) is not None and _rank(one) < _rank(template)
            if not is_still_there:
                found.append(before)
            if _covers(one, template):
                break
        return found

    def _compare(self, method: str, befores: list[Resource], after: Resource) -> Iterable[Change]:
        for before in befores:
            if self._opens(before, after):
                bears = any(_scope(self._old_scopes, name).restricted_to is not None for name in before.scopes)
                was = self._describe(before, is_new=False)
                self._work.spend(_CHANGE_STEPS + len(before.scopes))
                yield Change(
                    stages=self._baseline.stages,
                    route=f"{method} {after.path}",
                    before=was if before.path == after.path else f"{was} as {before.path}",
                    after=self._describe(after, is_new=True),
                    is_restricted=bears,
                )

    def _opens(self, before: Resource, after: Resource) -> bool:
        """Say whether the route may open to a caller to whom it was closed."""
        self._work.spend(1 + len(after.scopes))
        if not _KINDS[after.security] <= _KINDS[before.security]:
            return True
        if before.security == "none" or not before.scopes:
            return False
        if not after.scopes:
            return True
        return any(name not in before.scopes or not self._implies(name) for name in after.scopes)

    def _find_implied(self, name: str) -> bool:
        old, new = _scope(self._old_scopes, name), _scope(self._new.scopes, name)
        self._work.spend(sum(map(len, old.demands)) + sum(map(len, new.demands)))
        return _implies(new, old)

    def _find_described(self, resource: Resource, *, is_new: bool) -> str:
        found = _describe(resource, self._new.scopes if is_new else self._old_scopes)
        self._work.spend(len(found) // _CHARACTERS_OF_A_STEP)
        return found


def _implies(new: Scope, old: Scope) -> bool:
    """Say whether everybody who may have the new scope might have the old one."""
    return all(not _EVERYONE.isdisjoint(wanted) or any(one <= wanted for one in new.demands) for wanted in old.demands)


def _describe(resource: Resource, scopes: Mapping[str, Scope]) -> str:
    if resource.security == "none":
        return "everybody"
    whose = {"any": "tokens", "application": "tokens of applications", "user": "tokens of users"}[resource.security]
    named = [_describe_scope(_scope(scopes, name)) for name in sorted(resource.scopes)]
    return f"{whose} with {' or '.join(named)}" if named else f"all subscribed {whose}"


def _describe_scope(scope: Scope) -> str:
    wanted = [" or ".join(sorted(one)) or "nobody" for one in scope.demands]
    return f"{scope.name} (for {' and '.join(wanted)})" if wanted else scope.name


def _scope(scopes: Mapping[str, Scope], name: str) -> Scope:
    return scopes.get(name) or Scope(name=name)


def _methods(resource: Resource) -> tuple[str, ...]:
    return routes.METHODS if resource.method == routes.ANY_METHOD else (resource.method,)


def _by_template(resources: Iterable[Resource]) -> _Routes:
    found: _Routes = {}
    for one in resources:
        found.setdefault(routes.parse(one.path), {})[one.method] = one
    return found


def _at(known: _Routes, template: Template, method: str) -> Resource | None:
    here = known.get(template, {})
    return here.get(method) or here.get(routes.ANY_METHOD)


_DEFAULT = routes.parse(routes.DEFAULT_PATH)


def _rank(template: Template) -> tuple[int, ...]:
    """Return what orders templates as API Gateway does; what takes everything that is left comes last."""
    return (9,) if template == _DEFAULT else routes.rank(template)


def _overlap(one: Template, other: Template) -> bool:
    """Say whether some path fits both."""
    if _DEFAULT in (one, other):
        return True
    for mine, theirs in zip(one, other, strict=False):
        if routes.GREEDY in (mine, theirs):
            return "" not in (mine, theirs)
        if mine != theirs and (routes.VARIABLE not in (mine, theirs) or "" in (mine, theirs)):
            return False
    return len(one) == len(other)


def _covers(one: Template, other: Template) -> bool:
    """Say whether every path of the other fits."""
    is_long_enough = one[-1] == routes.GREEDY or other[-1] != routes.GREEDY
    return one == _DEFAULT or (is_long_enough and routes.matches(one, other))
