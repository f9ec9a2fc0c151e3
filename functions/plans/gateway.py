"""Usage plans and API keys through API Gateway's control plane, by the SDK that the runtime brings.

What was listed is remembered for one invocation: the control plane takes ten requests a second.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, InvalidRegionError

from gatehouse.domain.apis.throttling_policies import UNIT_SECONDS, ThrottlingPolicy
from gatehouse.domain.apis.usage_plans import Key, Plan, PlanQuotaError, PlanRegionError, Stage
from gatehouse.storage.aws import sdk

_ATTEMPTS = 8
_CONNECT_SECONDS, _READ_SECONDS = 2, 30
_LISTED = 500
_QUOTAS = {UNIT_SECONDS[name]: name.upper() for name in ("day", "week", "month")}
"""The periods that API Gateway counts by itself; shorter ones are a rate."""

_NOT_ENABLED = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
"""What a region says that the account did not enable."""

_LIMITS = {"throttle": ("rateLimit", "burstLimit"), "quota": ("limit", "period")}


@cache
def _client(region: str) -> Any:
    """Return a client that gives up before Lambda stops the function: a repair goes on at the next one."""
    return sdk.client(
        "apigateway", connect_seconds=_CONNECT_SECONDS, read_seconds=_READ_SECONDS, attempts=_ATTEMPTS, region=region
    )


class ApiGatewayPlans:
    """Implements `PlanGateway` for one region and the names that begin with a prefix."""

    def __init__(self, region: str, prefix: str) -> None:
        """List nothing yet.

        Raises:
            PlanRegionError: No region can have that name.
        """
        try:
            self._client = _client(region)
        except InvalidRegionError:
            raise PlanRegionError(region) from None
        self._region, self._is_lost = region, False
        self._prefix = prefix
        self._plans: dict[str, dict[str, Any]] | None = None
        self._keys: dict[str, str | None] = {}
        self._ensured: dict[str, Plan] = {}
        self._full: set[str] = set()

    def find_plans(self) -> Mapping[str, frozenset[Stage]]:
        """See `PlanGateway.find_plans`."""
        return {name: _stages(plan) for name, plan in self._listed().items()}

    def find_keys(self) -> frozenset[str]:
        """See `PlanGateway.find_keys`."""
        found = self._pages("get_api_keys", nameQuery=self._prefix)
        self._keys.update({one["name"]: one["id"] for one in found})
        return frozenset(name for name, key_id in self._keys.items() if key_id)

    def find_plans_of(self, key: str) -> frozenset[str]:
        """See `PlanGateway.find_plans_of`."""
        self._listed()  # without what was made twice
        key_id = self._key(key)
        found = self._pages("get_usage_plans", keyId=key_id) if key_id else ()
        return frozenset(one["name"] for one in found if one["name"].startswith(self._prefix))

    def find_keys_of(self, plan: str) -> frozenset[str]:
        """See `PlanGateway.find_keys_of`."""
        standing = self._listed().get(plan)
        found = self._pages("get_usage_plan_keys", usagePlanId=standing["id"]) if standing else ()
        return frozenset(one["name"] for one in found)

    def ensure_plan(self, plan: Plan) -> bool:
        """See `PlanGateway.ensure_plan`."""
        self._ensured[plan.name] = plan
        standing = self._listed().get(plan.name)
        limits = _limits(plan.policy)
        try:
            if standing is None:
                stage = {"apiId": plan.stage.gateway_id, "stage": plan.stage.name}
                self._create("usage plans", self._client.create_usage_plan, name=plan.name, apiStages=[stage], **limits)
                self._plans = None  # somebody else may have made it at the same moment
                return plan.name in self._listed()
            changes = _changes(standing, limits)
            if plan.stage not in _stages(standing):
                changes.append({"op": "add", "path": "/apiStages", "value": _render(plan.stage)})
            if changes:
                self._update(plan.name, changes)
        except (self._client.exceptions.BadRequestException, self._client.exceptions.NotFoundException):
            return False  # an HTTP API, or a stage that is not there yet: the next repair looks again
        return True

    def ensure_key(self, key: Key) -> None:
        """See `PlanGateway.ensure_key`."""
        if self._key(key.name) is not None:
            return
        try:
            made = self._create("API keys", self._client.create_api_key, name=key.name, value=key.value, enabled=True)
            self._keys[key.name] = made["id"]
        except self._client.exceptions.ConflictException:
            if self._key(key.name) is None:
                raise  # a key of that value, but not of that name

    def attach(self, plan: str, key: str) -> None:
        """See `PlanGateway.attach`."""
        try:
            self._attach(plan, key)
        except self._client.exceptions.NotFoundException:
            # Another invocation deleted it meanwhile: the second of two plans of a name, or a plan without keys.
            self._plans = None
            self.ensure_plan(self._ensured[plan])
            self._attach(plan, key)

    def _attach(self, plan: str, key: str) -> None:
        plan_id = self._listed()[plan]["id"]
        try:
            create = partial(self._client.create_usage_plan_key, usagePlanId=plan_id, keyType="API_KEY")
            self._create(_plans_of(key), create, keyId=self._key(key))
        except self._client.exceptions.ConflictException:
            if plan not in self.find_plans_of(key):
                raise  # it is in another plan of the stage

    def detach(self, plan: str, key: str) -> None:
        """See `PlanGateway.detach`."""
        standing, key_id = self._listed().get(plan), self._key(key)
        if standing and key_id:
            self._forgive(self._client.delete_usage_plan_key, usagePlanId=standing["id"], keyId=key_id)
            self._full.discard(_plans_of(key))

    def remove_stage(self, plan: str, stage: Stage) -> None:
        """See `PlanGateway.remove_stage`."""
        self._update(plan, [{"op": "remove", "path": "/apiStages", "value": _render(stage)}])

    def delete_plan(self, plan: str) -> None:
        """See `PlanGateway.delete_plan`; API Gateway wants it without stages first."""
        self._delete(self._listed().pop(plan))
        self._full.clear()

    def delete_key(self, key: str) -> None:
        """See `PlanGateway.delete_key`."""
        key_id = self._key(key)
        if key_id:
            self._forgive(self._client.delete_api_key, apiKey=key_id)
            self._full.clear()
        self._keys[key] = None

    def _create(self, kind: str, call: Any, **parameters: Any) -> dict[str, Any]:
        """Create one of a kind. A full quota is met once: the SDK takes it for throttling, and tries for half a minute.

        Raises:
            PlanQuotaError: The quota of the kind is full.
        """
        if kind in self._full:
            raise PlanQuotaError(kind)
        try:
            return call(**parameters)
        except self._client.exceptions.LimitExceededException as error:
            self._full.add(kind)
            raise PlanQuotaError(f"{kind}: {error}") from None

    def _listed(self) -> dict[str, dict[str, Any]]:
        """Return the plans by name. Of those that two invocations made at once, everybody keeps the same one."""
        if self._plans is None:
            self._plans = {}
            ours = [one for one in self._pages("get_usage_plans") if one["name"].startswith(self._prefix)]
            for one in sorted(ours, key=lambda one: one["id"]):
                if self._plans.setdefault(one["name"], one) is not one:
                    self._delete(one)
        return self._plans

    def _delete(self, plan: dict[str, Any]) -> None:
        changes = [{"op": "remove", "path": "/apiStages", "value": _render(stage)} for stage in _stages(plan)]
        if changes:
            self._forgive(self._client.update_usage_plan, usagePlanId=plan["id"], patchOperations=changes)
        self._forgive(self._client.delete_usage_plan, usagePlanId=plan["id"])

    def _key(self, name: str) -> str | None:
        """Return a key's id. The query finds names that begin so; one of two equal names is always the same one."""
        if self._keys.get(name) is None:
            found = sorted(one["id"] for one in self._pages("get_api_keys", nameQuery=name) if one["name"] == name)
            self._keys[name] = found[0] if found else None
        return self._keys[name]

    def _update(self, plan: str, changes: list[dict[str, str]]) -> None:
        plan_id = self._listed()[plan]["id"]
        self._listed()[plan] = self._client.update_usage_plan(usagePlanId=plan_id, patchOperations=changes)

    def _forgive(self, call: Any, **parameters: Any) -> None:
        """Delete what may be gone already."""
        try:
            call(**parameters)
        except self._client.exceptions.NotFoundException:
            return

    def _pages(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """List; all that is done in a region begins so. One that is out of reach is tried once.

        Raises:
            PlanRegionError: It is out of reach.
        """
        if self._is_lost:
            raise PlanRegionError(self._region)
        paginator = self._client.get_paginator(operation)
        try:
            for page in paginator.paginate(**parameters, PaginationConfig={"PageSize": _LISTED}):
                yield from page.get("items", ())
        except (ClientError, EndpointConnectionError) as error:
            if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") not in _NOT_ENABLED:
                raise
            self._is_lost = True
            raise PlanRegionError(self._region) from error


def _plans_of(key: str) -> str:
    """Return the kind of what a key has ten of at most."""
    return f"usage plans of the key {key}"


def _limits(policy: ThrottlingPolicy) -> dict[str, Any]:
    """Return a tier as API Gateway enforces it.

    A rate is a bucket of as many requests as the tier allows, refilled evenly: whoever keeps to the tier is never
    refused, and in no unit of time do more than twice as many pass, which is what WSO2's fixed windows let pass too.
    """
    if policy.request_count < 0:
        return {}
    if policy.unit_seconds in _QUOTAS:
        return {"quota": {"limit": policy.request_count, "period": _QUOTAS[policy.unit_seconds]}}
    return {"throttle": {"rateLimit": policy.request_count / policy.unit_seconds, "burstLimit": policy.request_count}}


def _changes(standing: dict[str, Any], limits: dict[str, Any]) -> list[dict[str, str]]:
    """Return the patch that gives a plan these limits and no others."""
    changes: list[dict[str, str]] = []
    for kind, names in _LIMITS.items():
        now: dict[str, Any] = standing.get(kind) or {}
        wanted = limits.get(kind)
        if wanted is None:
            changes += [{"op": "remove", "path": f"/{kind}"}] if now else []
            continue
        changes += [
            {"op": "replace", "path": f"/{kind}/{name}", "value": _text(wanted[name])}
            for name in names
            if _text(now.get(name)) != _text(wanted[name])
        ]
    return changes


def _text(value: object) -> str:
    return str(value).removesuffix(".0")


def _stages(plan: dict[str, Any]) -> frozenset[Stage]:
    return frozenset(Stage(one["apiId"], one["stage"]) for one in plan.get("apiStages", ()))


def _render(stage: Stage) -> str:
    return f"{stage.gateway_id}:{stage.name}"
