"""CloudWatch and API Gateway's control plane as AWS documents their answers, asked in the store's role."""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.apis.usage_plans import Names
from gatehouse.storage.usage_metrics import ApiGatewayUsage
from tests import roles

DAYS = {"2027-01-13": 1799798400, "2027-01-14": 1799884800, "2027-01-15": 1799971200}


class Metrics:
    """Answers GetMetricData with fixed values for each day, in two pages."""

    def __init__(self, values: Mapping[str, list[float]] | None = None) -> None:
        self.values = values or {}
        self.requests: list[dict[str, Any]] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        roles.check("Store", (f"cloudwatch:{operation}", "*", ""))
        self.requests.append(dict(request))
        is_second = "NextToken" in request
        results = [
            {
                "Id": query["Id"],
                "Label": query["Id"],
                "Timestamps": list(DAYS.values())[2:] if is_second else list(DAYS.values())[:2],
                "Values": values[2:] if is_second else values[:2],
                "StatusCode": "Complete",
            }
            for query in request["MetricDataQueries"]
            for values in [self.values.get(query["Id"], [])]
            if values
        ]
        return {"MetricDataResults": results, "Messages": []} | ({} if is_second else {"NextToken": "more"})


class ControlPlane:
    """Answers GETs from a table of paths; a list of pages is answered page by page."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers = answers or {}
        self.paged = frozenset(one for one, answer in self.answers.items() if isinstance(answer, list))
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        roles.check("Store", ("apigateway:GET", path, ""))
        self.asked.append((path, query))
        found: Any = self.answers.get(path)
        if path == "/apikeys" and found and path not in self.paged:
            found = {"item": [one for one in found["item"] if one["name"].startswith(query["name"])]}
        if "keyId" in query and path in self.paged:
            used = [page["values"].get(query["keyId"]) for page in found]
            return {"values": {query["keyId"]: next((one for one in used if one), [])}}
        return found[int(query.get("position", "0"))] if path in self.paged else found


REST = {
    "/restapis": [
        {"item": [{"id": "abc123", "name": "Orders"}, {"id": "def456", "name": "Shelves"}], "position": "1"},
        {"item": {"id": "ghi789", "name": "Orders"}},
    ],
    "/restapis/abc123": {"id": "abc123", "name": "Orders", "apiKeySource": "AUTHORIZER"},
    "/usageplans": [
        {"item": [{"id": "p1", "name": "gatehouse abc123/prod Gold"}], "position": "1"},
        {"item": {"id": "p2", "name": "gatehouse other/prod Gold"}},
    ],
    "/apikeys": {
        "item": [
            {"id": "k1", "name": "gatehouse johnsorg app-1"},
            {"id": "k2", "name": "gatehouse acme app-2"},
        ]
    },
    "/usageplans/p1/usage": [
        {"usagePlanId": "p1", "values": {"k1": [[5, 95], [7, 93]], "k2": [[100, 0]]}, "position": "1"},
        {"usagePlanId": "p1", "values": {"k1": [[1, 99]], "lost": [[2, 98]]}},
    ],
}
VALUES = {
    "calls": [100.0, 0.0, 50.0],
    "client_errors": [4.0, 0.0, 1.0],
    "server_errors": [1.0, 0.0, 0.0],
    "median_ms": [12.4, 0.0, 20.0],
    "slow_ms": [90.0, 0.0, 120.6],
}


def reader(metrics: Metrics, control: ControlPlane) -> ApiGatewayUsage:
    """Read usage of the account 123456789012 from these."""
    return ApiGatewayUsage(lambda _: metrics, lambda _: control, Names("gatehouse"), "123456789012")
