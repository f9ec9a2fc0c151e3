"""What differs between two states of an API, or between two versions: routes, scopes, stages and who may use it."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, Deployment, Resource, Security
from gatehouse.domain.kernel.scopes import Scope

type Kind = Literal["setting", "route", "scope", "stage"]

_KINDS_OF_TOKENS: Mapping[Security, str] = {
    "none": "",
    "any": "",
    "application": " of applications",
    "user": " of users",
}
_VISIBILITY = {"ORGANISATION": "its organisation", "ALL": "every organisation"}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not the same.

    Attributes:
        name: Such as `GET /orders`, `read`, `abc123/v1` or `visibility`.
        before: In words; empty if there was none.
        after: In words; empty if there is none any more.
    """

    kind: Kind
    name: str
    before: str
    after: str


def find(old: Api, new: Api) -> tuple[Difference, ...]:
    """Return what differs: settings, then routes, scopes and stages, each by name."""
    return (
        *_compare("setting", _settings(old), _settings(new)),
        *_compare("route", _routes(old), _routes(new)),
        *_compare("scope", _scopes(old), _scopes(new)),
        *_compare("stage", _stages(old), _stages(new)),
    )


def open_to(resource: Resource) -> str:
    """Say in words which tokens open a resource."""
    if resource.security == "none":
        return "everybody, without a token"
    tokens = _KINDS_OF_TOKENS[resource.security]
    if not resource.scopes:
        return f"every subscribed token{tokens}"
    return f"tokens{tokens} with {' or '.join(sorted(resource.scopes))}"


def _compare(kind: Kind, old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[Difference]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            yield Difference(kind=kind, name=name, before=before, after=after)


def _settings(api: Api) -> dict[str, str]:
    listed = " and ".join(["its organisation", *sorted(api.visible_to)])
    return {
        "name": api.name,
        "version": api.version,
        "lifecycle": api.lifecycle.capitalize(),
        "visibility": _VISIBILITY.get(api.visibility, listed),
        "shown to": ", ".join(sorted(api.visible_roles)) or "every member",
        "tiers": ", ".join(sorted(api.tiers)) or "every tier",
        "revoked JWTs": "refused" if api.checks_revocation else "accepted until they expire",
    }


def _routes(api: Api) -> dict[str, str]:
    """Return who may call each route; names of path variables do not count, and the newest spelling is shown."""
    return {f"{one.method} {apis.shape(one.path)}": open_to(one) for one in api.resources}


def _scopes(api: Api) -> dict[str, str]:
    return {name: _describe_scope(one) for name, one in api.scopes.items()}


def _describe_scope(scope: Scope) -> str:
    text = scope.display_name or scope.name
    return f"{text}, for {', '.join(sorted(scope.roles_shown)) or 'nobody'}" if scope.is_bound else text


def _stages(api: Api) -> dict[str, str]:
    return {f"{one.label} in {one.region}": _describe_stage(one) for one in api.deployments}


def _describe_stage(stage: Deployment) -> str:
    keys = " and ".join(sorted(stage.key_types)).lower()
    return f"{keys} keys, at {stage.url or 'no known address'}"
