"""Function versions that nothing needs: SAM keeps each one, and under SnapStart each keeps a snapshot that costs."""

from typing import Any

KEPT = 2


def delete(session: Any, stack_name: str) -> None:
    """Delete the versions of the stack's functions but the newest two and those behind an alias."""
    client: Any = session.client("lambda")
    for function in _functions(session, stack_name):
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        versions = [one["Version"] for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
        aliases = client.list_aliases(FunctionName=function)["Aliases"]
        served = {one["FunctionVersion"] for one in aliases}
        for alias in aliases:
            served |= set(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))
        for version in sorted(versions, key=int)[:-KEPT]:
            if version not in served:
                client.delete_function(FunctionName=function, Qualifier=version)


def _functions(session: Any, stack_name: str) -> list[str]:
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    return [one["PhysicalResourceId"] for one in found if one["ResourceType"] == "AWS::Lambda::Function"]
