"""Measure each call of API Gateway's data plane, and answer `GetMetricData` as CloudWatch does.

MiniStack keeps metrics that somebody puts, and has none of its own. Here every answered call counts: of a REST API by
its name and stage, of an HTTP API by its id and stage, under the names of metrics that each of the two has. Requests
that are too large are not measured.

The answer is as scattered as AWS may give it: the newest value first unless the request says otherwise, days without a
value missing, and always two pages, between which the values of one metric are divided.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html (what is not measured)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from local.emulator.late_metrics import MINUTE_SECONDS, LateMetrics, Measured
from local.emulator.patching import AnyCallable, Document, Emulator, around

NAMESPACE = "AWS/ApiGateway"
ERRORS_OF_REST_APIS = ("4XXError", "5XXError")
ERRORS_OF_HTTP_APIS = ("4xx", "5xx")
NOT_MEASURED = frozenset({413, 431})
QUERIES_MAX = 500
ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
SECOND_PAGE = "second"


def install(emulator: Emulator) -> None:
    """Close the gap."""
    metrics = LateMetrics()
    measure_rest_apis(emulator.rest_api, metrics)
    measure_http_apis(emulator.http_api, metrics)
    answer_in_pages(metrics)


def measure_rest_apis(rest: Any, metrics: LateMetrics) -> None:
    """Measure REST APIs."""

    @around(rest, "handle_execute")
    async def execute(original: AnyCallable, api_id: str, stage: str, *rest_of: Any) -> Any:
        began = time.time()
        answer = await original(api_id, stage, *rest_of)
        if scope := rest.find_api_scope(api_id):
            dimensions = {"ApiName": rest._rest_apis[api_id]["name"], "Stage": stage}
            for one in values_of(scope, began, dimensions, ERRORS_OF_REST_APIS, answer[0]):
                metrics.add(one)
        return answer


def measure_http_apis(http: Any, metrics: LateMetrics) -> None:
    """Measure HTTP APIs."""

    @around(http, "handle_execute")
    async def execute(original: AnyCallable, api_id: str, stage: str, *rest_of: Any, **named: Any) -> Any:
        began = time.time()
        answer = await original(api_id, stage, *rest_of, **named)
        if scope := http.find_api_scope(api_id):
            dimensions = {"ApiId": api_id, "Stage": stage}
            for one in values_of(scope, began, dimensions, ERRORS_OF_HTTP_APIS, answer[0]):
                metrics.add(one)
        return answer


def values_of(
    scope: tuple[str, str], began: float, dimensions: dict[str, str], errors: tuple[str, str], status: int
) -> Iterator[Measured]:
    """Return what one call adds: a one or a zero for each kind of error, because their averages are rates."""
    if status in NOT_MEASURED:
        return
    now = time.time()
    kind = status // 100
    values = {"Count": 1, errors[0]: kind == 4, errors[1]: kind == 5, "Latency": round((now - began) * 1000)}
    for name, value in values.items():
        yield Measured(scope, now, NAMESPACE, name, dimensions, value)


def answer_in_pages(metrics: LateMetrics) -> None:
    """Refuse what CloudWatch refuses, and scatter the rest, where a caller speaks JSON as we do."""
    cloudwatch = metrics.cloudwatch

    @around(cloudwatch, "_get_metric_data")
    def get(original: AnyCallable, parameters: Document, request: Document, *protocol: bool) -> Any:
        metrics.store(time.time())
        if protocol != (False, True):
            return original(parameters, request, *protocol)
        if fault := find_fault(request):
            return cloudwatch._error("ValidationError", fault, 400, use_json=True)
        status, headers, body = original(parameters, request, *protocol)
        return status, headers, json.dumps(page_of(json.loads(body)["MetricDataResults"], request)).encode()


def find_fault(request: Document) -> str:
    """Say what CloudWatch would refuse a request for; empty if nothing."""
    queries: list[Document] = request.get("MetricDataQueries") or []
    ids = [str(one.get("Id", "")) for one in queries]
    if not 0 < len(queries) <= QUERIES_MAX:
        return "MetricDataQueries has 1 to 500 members."
    if len(set(ids)) < len(ids) or not all(ID.fullmatch(one) for one in ids):
        return "Each Id in MetricDataQueries is unique and begins with a lower-case letter."
    if any(int(one["MetricStat"]["Period"]) % MINUTE_SECONDS for one in queries if "MetricStat" in one):
        return "Period is a multiple of 60."
    if not all(isinstance(request.get(name), int | float) for name in ("StartTime", "EndTime")):
        return "StartTime and EndTime are numbers."
    return "" if request["StartTime"] < request["EndTime"] else "EndTime is after StartTime."


def page_of(results: list[Document], request: Document) -> Document:
    """Return the page that a request asks for: the first or the second half of each metric's values."""
    is_second = request.get("NextToken") == SECOND_PAGE
    told: list[Document] = []
    for one in results:
        points = sorted(zip(one["Timestamps"], one["Values"], strict=True))
        points = points if request.get("ScanBy") == "TimestampAscending" else points[::-1]
        half = len(points) // 2
        points = points[half:] if is_second else points[:half]
        times, values = [at for at, _ in points], [value for _, value in points]
        status = "Complete" if is_second else "PartialData"
        told.append({**one, "Timestamps": times, "Values": values, "StatusCode": status})
    return {"MetricDataResults": told, "Messages": []} | ({} if is_second else {"NextToken": SECOND_PAGE})
