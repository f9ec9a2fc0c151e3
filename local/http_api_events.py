"""Tell `sam local start-api` about the routes of AuthApi.

It understands the functions' `Events`, but not how AuthApi's plain ApiGatewayV2 resources name a function's alias. So
in a copy of the built template each of their routes becomes an event.
"""

from pathlib import Path
from typing import Any

import yaml

type Document = dict[str, Any]

PLAIN = "AWS::ApiGatewayV2::"


def function_of(resources: Document, route: Document) -> str:
    """Follow a route's target to the integration, and from there to the function whose alias it calls."""
    target: str = route["Properties"]["Target"]["Fn::Sub"]
    integration = resources[target.removeprefix("integrations/${").removesuffix("}")]
    alias: str = integration["Properties"]["IntegrationUri"]["Ref"]
    return alias.removesuffix(".Alias")


def event_of(route: Document) -> Document:
    """Write a route as an event; the default route as one for any method and path."""
    method, _, path = route["Properties"]["RouteKey"].partition(" ")
    matched = {"Method": method, "Path": path} if path else {"Method": "ANY", "Path": "/{proxy+}"}
    return {"Type": "HttpApi", "Properties": matched}


def add_events(built: Path) -> Path:
    """Write the copy beside a built template, where the paths in it still lead to the code."""
    template = yaml.safe_load(built.read_text(encoding="utf-8"))
    resources: Document = template["Resources"]
    for name, route in resources.items():
        if route["Type"] == f"{PLAIN}Route":
            function = resources[function_of(resources, route)]
            function["Properties"].setdefault("Events", {})[name] = event_of(route)
    template["Resources"] = {name: one for name, one in resources.items() if not one["Type"].startswith(PLAIN)}
    copy = built.with_name("sam-local.yaml")
    copy.write_text(yaml.safe_dump(template), encoding="utf-8")
    return copy
