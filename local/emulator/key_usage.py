"""Count the calls of each API key in a usage plan, and answer `GetUsage`, which MiniStack lacks.

A call counts for a key if its plan lets it through. What API Gateway answers beyond its reference is taken at its
worst: counts show late, a key without calls is missing, and a day without calls is an empty list instead of two
numbers (https://github.com/localstack/localstack/issues/11393 saw another form for such days).

https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
"""

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local.emulator.late_metrics import LateMetrics, Measured
from local.emulator.patching import AnyCallable, Document, Emulator, around

NAMESPACE = "Local/UsagePlans"
PATH = re.compile(r"/usageplans/([^/]+)/usage/?")
DAYS_MAX = 90
LIMIT, LIMIT_MAX = 25, 500


def install(emulator: Emulator) -> None:
    """Close the gap."""
    metrics = LateMetrics()
    count_calls(emulator.rest_api, metrics)
    answer_usage(emulator.rest_api, metrics)


def count_calls(rest: Any, metrics: LateMetrics) -> None:
    """Count what passes throttle and quota of a plan."""

    @around(rest, "_check_quota")
    def check(original: AnyCallable, key: Document | None, api_id: str, stage: str) -> Any:
        refused = original(key, api_id, stage)
        if key is not None and refused is None:
            scope = rest.find_api_scope(api_id)
            for plan_id, _, _ in rest._usage_plans_for_key(key["id"], api_id, stage):
                dimensions = {"Key": key["id"], "Plan": plan_id}
                metrics.add(Measured(scope, time.time(), NAMESPACE, "Calls", dimensions, 1))
        return refused


def answer_usage(rest: Any, metrics: LateMetrics) -> None:
    """Answer `GetUsage` by what was counted."""

    @around(rest, "handle_request")
    async def handle(
        original: AnyCallable, method: str, path: str, headers: Document, body: bytes, query: Document
    ) -> Any:
        found = PATH.fullmatch(path)
        if not found or method != "GET":
            return await original(method, path, headers, body, query)
        plan_id = found[1]
        plan: Document | None = rest._usage_plans.get(plan_id)
        if plan is None:
            return rest._v1_error("NotFoundException", "Invalid Usage Plan identifier specified", 404)
        try:
            days = days_of(str(rest._qp(query, "startDate")), str(rest._qp(query, "endDate")))
            position, limit = int(rest._qp(query, "position", "0")), int(rest._qp(query, "limit", LIMIT))
        except ValueError as error:
            return rest._v1_error("BadRequestException", str(error), 400)
        metrics.store(time.time())
        wanted = rest._qp(query, "keyId")
        keys = sorted(one for one in rest._usage_plan_keys[plan_id] if wanted in {None, one})
        last = position + min(limit, LIMIT_MAX)
        told = {one: usage for one in keys[position:last] if any(usage := usage_of(metrics, plan, one, days))}
        more = {"position": str(last)} if last < len(keys) else {}
        answer = {"usagePlanId": plan_id, "startDate": days[0], "endDate": days[-1], "values": told, **more}
        return rest._v1_response(answer)


def days_of(start: str, end: str) -> list[str]:
    """Return the days from one date to another.

    Raises:
        ValueError: one is no date, or they are too far apart.
    """
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    count = (last - first).days + 1
    if not 0 < count <= DAYS_MAX:
        message = f"startDate and endDate span 1 to {DAYS_MAX} days"
        raise ValueError(message)
    return [(first + timedelta(days=index)).isoformat() for index in range(count)]


def usage_of(metrics: LateMetrics, plan: Document, key_id: str, days: list[str]) -> list[list[int]]:
    """Return [used, remaining] for each day; nothing for a day without calls."""
    used = dict.fromkeys(days, 0)
    for point in metrics.find(NAMESPACE, "Calls", {"Key": key_id, "Plan": plan["id"]}):
        day = datetime.fromtimestamp(point["Timestamp"], UTC).date().isoformat()
        if day in used:
            used[day] += int(point["Count"])
    quota: Document = plan.get("quota") or {}
    limit = int(quota.get("limit") or 0)
    return [[count, max(limit - count, 0)] if count else [] for count in used.values()]
