"""API Gateway's usage plans: which API keys and plans enforce the tiers of the subscriptions.

An application has one API key, each stage one plan for each tier that has a limit. What has no limit shares one key in
one plan, because a method that wants a key takes only one that a plan of its stage knows.
An API key opens nothing: the stages take it from the authorizer, which has decided before.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.apis import throttling_policies, usage_keys
from gatehouse.domain.apis.apis import Deployment, Subscription
from gatehouse.domain.apis.throttling_policies import ThrottlingPolicy

HTTP_API_STAGE = "$default"
"""HTTP APIs have no usage plans; this name of a stage is one that only they can have."""

_NEVER_COUNTED = frozenset({"REJECTED"})
_OWNER_PARTS = 2


class Stage(msgspec.Struct, frozen=True):
    """A stage of a REST API."""

    gateway_id: str
    name: str


class Key(msgspec.Struct, frozen=True):
    """An API key. `value` is what the authorizer returns as `usageIdentifierKey`; it is no secret."""

    name: str
    value: str


class Plan(msgspec.Struct, frozen=True):
    """A usage plan; its limits count for each key by itself."""

    name: str
    policy: ThrottlingPolicy
    stage: Stage


class PlanQuotaError(Exception):
    """A quota of API Gateway is full: the account may have no more plans or keys, or a key no more plans."""


class PlanRegionError(Exception):
    """A region is out of reach: there is none of that name, or the account did not enable it."""


class PlanGateway(Protocol):
    """API Gateway's plans and keys of this deployment in one region, by name. Doing a thing twice does it once.

    What creates something raises `PlanQuotaError` where a quota is full, and everything `PlanRegionError`.
    """

    def find_plans(self) -> Mapping[str, frozenset[Stage]]:
        """Return the stages of each plan."""
        ...

    def find_keys(self) -> frozenset[str]:
        """Return the names of all keys."""
        ...

    def find_plans_of(self, key: str) -> frozenset[str]:
        """Return the plans that a key is in."""
        ...

    def find_keys_of(self, plan: str) -> frozenset[str]:
        """Return the keys that are in a plan."""
        ...

    def ensure_plan(self, plan: Plan) -> bool:
        """Make the plan, with its limits as they are now, for its stage; False if there is no such REST stage."""
        ...

    def ensure_key(self, key: Key) -> None:
        """Make the key."""
        ...

    def attach(self, plan: str, key: str) -> None:
        """Put a key that exists into a plan that exists."""
        ...

    def detach(self, plan: str, key: str) -> None:
        """Take a key out of a plan."""
        ...

    def remove_stage(self, plan: str, stage: Stage) -> None:
        """Take a stage out of a plan."""
        ...

    def delete_plan(self, plan: str) -> None:
        """Delete a plan with its stages; its keys stay."""
        ...

    def delete_key(self, key: str) -> None:
        """Delete a key."""
        ...


class Names(msgspec.Struct, frozen=True):
    """The names and values of one deployment's plans and keys.

    Attributes:
        deployment: See `usage_keys.deployment`; so several stacks may share an account.
    """

    deployment: str

    @property
    def prefix(self) -> str:
        """What the names of all of them begin with."""
        return f"{self.deployment} "

    @property
    def shared(self) -> str:
        """The name of the plan, and of its one key, for what has no limit."""
        return f"{self.prefix}{throttling_policies.UNLIMITED}"

    def shared_key(self) -> Key:
        """Return the key that everybody without a limit shares."""
        return Key(self.shared, usage_keys.value(self.deployment))

    def key(self, organisation: str, application_id: str) -> Key:
        """Return the key of an application, by what the gate knows anyway."""
        value = usage_keys.value(self.deployment, organisation, application_id)
        return Key(f"{self.prefix}{organisation} {application_id}", value)

    def owner(self, key: str) -> tuple[str, str] | None:
        """Return (organisation, application id) of a key's name; None for the shared one."""
        parts = tuple(key.removeprefix(self.prefix).split(" "))
        return (parts[0], parts[1]) if len(parts) == _OWNER_PARTS else None

    def plan(self, deployment: Deployment, tier: str) -> Plan:
        """Return the plan of a tier on a stage. A tier that is no longer offered has no limit any more."""
        stage = stage_of(deployment)
        policy = throttling_policies.SUBSCRIPTION.get(tier, throttling_policies.NO_LIMIT)
        return Plan(f"{self.plans_of(stage)}{tier}", policy, stage)

    def plans_of(self, stage: Stage) -> str:
        """Return what the names of a stage's own plans begin with."""
        return f"{self.prefix}{stage.gateway_id}/{stage.name} "


def stage_of(deployment: Deployment) -> Stage:
    """Return the stage where an API runs."""
    return Stage(deployment.gateway_id, deployment.stage)


def needs_key(subscriptions: Iterable[Subscription]) -> bool:
    """Say whether an application with these subscriptions has a key of its own."""
    return bool(limited(subscriptions))


def limited(subscriptions: Iterable[Subscription]) -> frozenset[tuple[str, str, str]]:
    """Return (API's organisation, API, tier) of what needs a plan."""
    return frozenset(
        (one.api_organisation, one.api_id, one.tier)
        for one in subscriptions
        if one.tier != throttling_policies.UNLIMITED and one.state not in _NEVER_COUNTED
    )


def settle_application(gateway: PlanGateway, key: Key, wanted: Mapping[str, Plan]) -> None:
    """Put an application's key into these plans of a region, by name, and into no other.

    A key can be in one plan of a stage only, so it leaves the old one first.
    """
    held = gateway.find_plans_of(key.name)
    for name in sorted(held - wanted.keys()):
        gateway.detach(name, key.name)
    made = [plan for name, plan in sorted(wanted.items()) if gateway.ensure_plan(plan) and name not in held]
    if made:
        gateway.ensure_key(key)
    for plan in made:
        gateway.attach(plan.name, key.name)
    if not wanted:
        gateway.delete_key(key.name)


def settle_shared(gateway: PlanGateway, names: Names, stage: Stage) -> bool:
    """Let calls without a limit pass a stage; False if there is no such REST stage."""
    plan = Plan(names.shared, throttling_policies.NO_LIMIT, stage)
    if not gateway.ensure_plan(plan):
        return False
    key = names.shared_key()
    if key.name not in gateway.find_keys_of(plan.name):
        gateway.ensure_key(key)
        gateway.attach(plan.name, key.name)
    return True


def drop_stage(gateway: PlanGateway, names: Names, stage: Stage) -> None:
    """Delete everything of a stage that is no longer ours."""
    for name, stages in gateway.find_plans().items():
        if name.startswith(names.plans_of(stage)):
            gateway.delete_plan(name)
        elif stage in stages:
            gateway.remove_stage(name, stage)
