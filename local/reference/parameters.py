"""The page of the parameters of the stack, in the groups of the template."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from local.layout import ROOT
from local.reference.text import plain, table


def page() -> str:
    """Describe each parameter of the stack, in the groups of the template."""
    template: Any = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    declared = template["Parameters"]
    parts = [
        "# Parameters of the stack",
        "Set them at the deployment, or later by `gatehouse parameters set`"
        " ([how](../how-to/deploy.md#change-a-parameter)).",
    ]
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        rows = [(f"`{name}`", *_parameter(declared[name])) for name in group["Parameters"]]
        parts += [f"## {group['Label']['default']}", table(("parameter", "default", "values", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def _parameter(one: Mapping[str, Any]) -> Sequence[str]:
    values = ", ".join(one.get("AllowedValues", ()))
    if "MinValue" in one or "MaxValue" in one:
        values = f"{one.get('MinValue', '')} to {one.get('MaxValue', '')}".strip()
    return f"`{one['Default']}`" if one.get("Default") else "", values, plain(one.get("Description", ""))
