"""Hold usage plans and API keys to the rules of API Gateway's control plane.

It refuses a stage that is not there, a second key of the same value, a key in two plans of a stage, and a plan's end
while it has stages; a listing may be that of one key's plans; and `/apiStages` is patched stage by stage. An account
has 300 plans and 10,000 keys in a region, and a key 10 plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

PLANS_MAX = 300
KEYS_MAX = 10_000
PLANS_OF_A_KEY_MAX = 10


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api
    keep_stages(rest)
    end_plans(rest)
    list_plans_of_a_key(rest)
    keep_keys_apart(rest)
    end_keys(rest)


def stages_of(rest: Any, plan_id: str) -> list[dict[str, str]]:
    """Return a plan's stages; none if there is no such plan."""
    plan: Document = rest._usage_plans.get(plan_id) or {}
    return list(plan.get("apiStages") or [])


def keep_stages(rest: Any) -> None:
    """Refuse what is no stage of a REST API, and patch the list of stages."""

    def refuse(stages: list[dict[str, str]]) -> Any:
        unknown = [one for one in stages if one["stage"] not in rest._stages_v1.get(one["apiId"], {})]
        message = f"Invalid API Stage {unknown} specified for usageplan"
        return rest._v1_error("BadRequestException", message, 400) if unknown else None

    @around(rest, "_create_usage_plan")
    def create(original: AnyCallable, data: Document) -> Any:
        if len(rest._usage_plans) >= PLANS_MAX:
            return full(rest, "Usage plans")
        return refuse(data.get("apiStages") or []) or original(data)

    @around(rest, "_update_usage_plan")
    def update(original: AnyCallable, plan_id: str, data: Document) -> Any:
        stages = stages_of(rest, plan_id)
        others: list[Document] = []
        for operation in data.get("patchOperations", []):
            if operation["path"] != "/apiStages":
                others.append(operation)
                continue
            api_id, _, name = operation["value"].partition(":")
            stage = {"apiId": api_id, "stage": name}
            stages = [one for one in stages if one != stage] + ([stage] if operation["op"] == "add" else [])
        added = [one for one in stages if one not in stages_of(rest, plan_id)]
        return refuse(added) or original(
            plan_id, {"patchOperations": [*others, {"op": "replace", "path": "/apiStages", "value": stages}]}
        )


def full(rest: Any, what: str) -> Any:
    """Refuse what a quota has no place for."""
    message = f"{what}: maximum number for this account has been reached"
    return rest._v1_error("LimitExceededException", message, 429)


def end_plans(rest: Any) -> None:
    """Refuse to delete a plan that has stages."""

    @around(rest, "_delete_usage_plan")
    def delete(original: AnyCallable, plan_id: str) -> Any:
        if stages_of(rest, plan_id):
            message = "Cannot delete Usage Plan because API Stages are still associated with it"
            return rest._v1_error("BadRequestException", message, 400)
        return original(plan_id)


def list_plans_of_a_key(rest: Any) -> None:
    """Read `keyId`."""

    @around(rest, "_get_usage_plans")
    def find(original: AnyCallable, query: Document) -> Any:
        key_id = rest._qp(query, "keyId")
        if not key_id:
            return original(query)
        holding = [plan for plan_id, plan in rest._usage_plans.items() if key_id in rest._usage_plan_keys[plan_id]]
        return rest._v1_paginated_response(holding, query)


def keep_keys_apart(rest: Any) -> None:
    """Refuse what would make one key two, or count a call twice."""

    @around(rest, "_create_api_key")
    def create(original: AnyCallable, data: Document) -> Any:
        if data.get("value") in {key["value"] for key in rest._api_keys.values()}:
            return rest._v1_error("ConflictException", "API Key already exists", 409)
        if len(rest._api_keys) >= KEYS_MAX:
            return full(rest, "API keys")
        return original(data)

    @around(rest, "_create_usage_plan_key")
    def attach(original: AnyCallable, plan_id: str, data: Document) -> Any:
        key_id = data.get("keyId", "")
        if key_id not in rest._api_keys:
            return rest._v1_error("NotFoundException", "Invalid API Key identifier specified", 404)
        holding = [other for other, keys in rest._usage_plan_keys.items() if key_id in keys]
        if any(stage in stages_of(rest, plan_id) for other in holding for stage in stages_of(rest, other)):
            message = "API Key cannot reference multiple Usage Plans with the same API stage"
            return rest._v1_error("ConflictException", message, 409)
        if len(holding) >= PLANS_OF_A_KEY_MAX:
            return full(rest, "Usage plans of a key")
        return original(plan_id, data)


def end_keys(rest: Any) -> None:
    """Take a deleted key out of its plans."""

    @around(rest, "_delete_api_key")
    def delete(original: AnyCallable, key_id: str) -> Any:
        for holding in rest._usage_plan_keys.values():
            holding.pop(key_id, None)
        return original(key_id)
