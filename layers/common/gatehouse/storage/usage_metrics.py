"""Calls, errors and latency from CloudWatch, and calls of each application from API Gateway's usage plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from gatehouse.domain.apis import usage_plans
from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.apis.usage_plans import Names
from gatehouse.domain.portal.usage import ApplicationCalls, DayUsage, StageUsage
from gatehouse.storage.aws.rest import RestTransport
from gatehouse.storage.aws.transport import Transport

_DAY_SECONDS = 86_400
_PAGES_MAX = 20
_LIMIT = "500"
"""How many pages of how many items are read: an account has 10,000 API keys."""

_REST = {"calls": "Count", "client_errors": "4XXError", "server_errors": "5XXError", "latency": "Latency"}
_HTTP = {"calls": "Count", "client_errors": "4xx", "server_errors": "5xx", "latency": "Latency"}
_STATISTICS = {
    "calls": ("calls", "Sum"),
    "client_errors": ("client_errors", "Sum"),
    "server_errors": ("server_errors", "Sum"),
    "median_ms": ("latency", "p50"),
    "slow_ms": ("latency", "p95"),
}
"""What a day is made of: each a metric and its statistic."""


class ApiGatewayUsage:
    """Implements `UsageReader`.

    Args:
        metrics: CloudWatch in a region.
        control: API Gateway's control plane in a region.
        names: Of this deployment's usage plans and keys.
        account: The AWS account whose stages can be read.
    """

    def __init__(
        self,
        metrics: Callable[[str], Transport],
        control: Callable[[str], RestTransport],
        names: Names,
        account: str,
    ) -> None:
        """Read nothing yet."""
        self._metrics = metrics
        self._control = control
        self._names = names
        self._account = account

    def find_stage(self, deployment: Deployment, days: tuple[str, ...]) -> StageUsage:
        """See `UsageReader.find_stage`."""
        if deployment.account != self._account:
            return StageUsage(deployment=deployment, missing="elsewhere")
        found = (
            None
            if _is_http(deployment)
            else self._control(deployment.region).get(f"/restapis/{deployment.gateway_id}", {})
        )
        name = "" if found is None else str(found["name"])
        applications = self._find_applications(deployment, days) if name else ()
        if name and self._has_namesake(deployment, name):
            return StageUsage(deployment=deployment, applications=applications, missing="namesake")
        return StageUsage(
            deployment=deployment, days=self._find_days(deployment, name, days), applications=applications
        )

    def _has_namesake(self, deployment: Deployment, name: str) -> bool:
        """Say whether CloudWatch counts the calls of another REST API with those of a stage, by the names of both."""
        control = self._control(deployment.region)
        others = [one["id"] for one in _pages(control, "/restapis", {}) if one.get("name") == name]
        return any(
            control.get(f"/restapis/{one}/stages/{deployment.stage}", {}) is not None
            for one in others
            if one != deployment.gateway_id
        )

    def find_calls(
        self, organisation: str, application_id: str, deployments: tuple[Deployment, ...], days: tuple[str, ...]
    ) -> tuple[tuple[int, ...] | None, ...]:
        """See `UsageReader.find_calls`: two lists for each region, then one request for each plan of a stage."""
        key = self._names.key(organisation, application_id).name
        known: dict[str, tuple[list[dict[str, Any]], str]] = {}
        for region in dict.fromkeys(one.region for one in deployments if self._is_counted(one)):
            control = self._control(region)
            named = [one for one in _pages(control, "/apikeys", {"name": key}) if one["name"] == key]
            plans = list(_pages(control, "/usageplans", {})) if named else []
            known[region] = plans, str(named[0]["id"]) if named else ""
        return tuple(
            self._find_calls_at(one, days, *known[one.region]) if self._is_counted(one) else None for one in deployments
        )

    def _is_counted(self, deployment: Deployment) -> bool:
        return deployment.account == self._account and not _is_http(deployment)

    def _find_calls_at(
        self, deployment: Deployment, days: tuple[str, ...], plans: list[dict[str, Any]], key_id: str
    ) -> tuple[int, ...]:
        """Return the calls of one key at a stage; a key that does not exist yet made none."""
        prefix, calls = self._names.plans_of(usage_plans.stage_of(deployment)), [0] * len(days)
        for plan in (one["id"] for one in plans if str(one["name"]).startswith(prefix)):
            query = {"startDate": days[0], "endDate": days[-1], "keyId": key_id, "limit": _LIMIT}
            answer = self._control(deployment.region).get(f"/usageplans/{plan}/usage", query) or {}
            for at, used in enumerate(answer.get("values", {}).get(key_id, [])[: len(days)]):
                calls[at] += _used(used)
        return tuple(calls)

    def _find_days(self, deployment: Deployment, name: str, days: tuple[str, ...]) -> tuple[DayUsage, ...]:
        """Return what CloudWatch knows. REST APIs are found there by their name, HTTP APIs by their id."""
        api = {"Name": "ApiName", "Value": name} if name else {"Name": "ApiId", "Value": deployment.gateway_id}
        dimensions = [api, {"Name": "Stage", "Value": deployment.stage}]
        metrics = _REST if name else _HTTP
        begin = _seconds(days[0])
        request: dict[str, Any] = {
            "MetricDataQueries": [
                {
                    "Id": field,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/ApiGateway",
                            "MetricName": metrics[metric],
                            "Dimensions": dimensions,
                        },
                        "Period": _DAY_SECONDS,
                        "Stat": statistic,
                    },
                }
                for field, (metric, statistic) in _STATISTICS.items()
            ],
            "StartTime": begin,
            "EndTime": begin + len(days) * _DAY_SECONDS,
            "ScanBy": "TimestampAscending",
        }
        values: dict[tuple[str, str], float] = {}
        for _ in range(_PAGES_MAX):
            answer = self._metrics(deployment.region).call("GetMetricData", request)
            for one in answer["MetricDataResults"]:
                points = zip(one["Timestamps"], one["Values"], strict=True)
                values |= {(one["Id"], _day(at)): value for at, value in points}
            if not answer.get("NextToken"):
                break
            request |= {"NextToken": answer["NextToken"]}
        return tuple(_day_usage(day, values) for day in days)

    def _find_applications(self, deployment: Deployment, days: tuple[str, ...]) -> tuple[ApplicationCalls, ...]:
        """Return the calls of each API key in the plans of the stage."""
        control = self._control(deployment.region)
        prefix = self._names.plans_of(usage_plans.stage_of(deployment))
        plans = [one["id"] for one in _pages(control, "/usageplans", {}) if str(one["name"]).startswith(prefix)]
        if not plans:
            return ()
        known = _pages(control, "/apikeys", {"name": self._names.prefix})
        owners = {one["id"]: self._names.owner(str(one["name"])) for one in known}
        calls: dict[tuple[str, str], int] = {}
        for plan in plans:
            for key_id, used in self._find_used(control, plan, days):
                owner = owners.get(key_id) or ("", "")
                calls[owner] = calls.get(owner, 0) + used
        made = (ApplicationCalls(organisation=one[0], application_id=one[1], calls=of) for one, of in calls.items())
        return tuple(sorted(made, key=lambda one: (-one.calls, one.application_id)))

    def _find_used(self, control: RestTransport, plan: str, days: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        """Return the keys of a plan with the calls that each used."""
        query = {"startDate": days[0], "endDate": days[-1], "limit": _LIMIT}
        for _ in range(_PAGES_MAX):
            answer = control.get(f"/usageplans/{plan}/usage", query) or {}
            for key_id, used in answer.get("values", {}).items():
                yield key_id, sum(map(_used, used))
            if not answer.get("position"):
                return
            query = {**query, "position": answer["position"]}


def _used(day: list[int]) -> int:
    """Return the calls of a day, which is [used, remaining]; AWS does not say what a day without calls is."""
    return int(day[0]) if day else 0


def _pages(control: RestTransport, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Return the items of a list of API Gateway; of a list of one, it answers the item itself."""
    asked = {**query, "limit": _LIMIT}
    for _ in range(_PAGES_MAX):
        answer = control.get(path, asked) or {}
        found: Any = answer.get("item") or []
        yield from found if isinstance(found, list) else [found]
        if not answer.get("position"):
            return
        asked = {**asked, "position": answer["position"]}


def _is_http(deployment: Deployment) -> bool:
    """Say whether only an HTTP API can have the stage; others are asked whether a REST API has their id."""
    return deployment.stage == usage_plans.HTTP_API_STAGE


def _day_usage(day: str, values: Mapping[tuple[str, str], float]) -> DayUsage:
    read = {field: values.get((field, day), 0) for field in _STATISTICS}
    counts = {field: round(read[field]) for field in ("calls", "client_errors", "server_errors")}
    return DayUsage(day=day, median_ms=read["median_ms"], slow_ms=read["slow_ms"], **counts)


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
