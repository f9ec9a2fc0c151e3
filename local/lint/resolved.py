"""A template as CloudFormation creates it: transformed by SAM's translator, parameters and conditions resolved.

A linter cannot check a value that it does not know. Patterns of ARNs in particular are checked only where every part
of the ARN has a value.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from samtranslator.translator.transform import transform  # pyright: ignore[reportMissingTypeStubs]

from local.lint.cloudformation_yaml import load

ACCOUNT = "111122223333"
PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
_BUCKET = "s3://bucket/artifact"
_NO_VALUE = {"Ref": "AWS::NoValue"}


class _NoManagedPolicies:
    """SAM asks IAM for managed policies by name; our templates name none."""

    def load(self) -> dict[str, str]:
        return {}


def pseudo_parameters(region: str) -> dict[str, str]:
    """Return the pseudo parameters of a stack in a region."""
    found = [facts for prefix, facts in PARTITIONS.items() if region.startswith(prefix)]
    partition, suffix = found[0] if found else ("aws", "amazonaws.com")
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::Region": region,
        "AWS::Partition": partition,
        "AWS::URLSuffix": suffix,
        "AWS::StackName": "gatehouse",
        "AWS::StackId": f"arn:{partition}:cloudformation:{region}:{ACCOUNT}:stack/gatehouse/0",
    }


def resolve(file: Path, options: Mapping[str, str], region: str) -> dict[str, Any]:
    """Return the template's resources and outputs in a region, with these parameters and the defaults of the others."""
    template = load(file)
    declared: dict[str, dict[str, Any]] = template.get("Parameters", {})
    parameters = {name: str(one.get("Default", "")) for name, one in declared.items()} | dict(options)
    _package(template, file.parent)
    os.environ["AWS_DEFAULT_REGION"] = region  # where SAM's translator looks for region and partition
    loader: Any = _NoManagedPolicies()
    transformed = cast("dict[str, Any]", json.loads(json.dumps(transform(template, dict(parameters), loader))))
    values: dict[str, Any] = dict(pseudo_parameters(region))
    for name, value in parameters.items():
        values[name] = value.split(",") if declared[name]["Type"] == "CommaDelimitedList" else value
    return _Resolver(values, transformed.get("Conditions", {})).template(transformed)


def _package(template: dict[str, Any], folder: Path) -> None:
    """Name code by an address in S3 and include what is included, as `sam package` does."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        properties |= {name: _BUCKET for name in ("CodeUri", "ContentUri") if name in properties}
        if "DefinitionBody" in properties:
            properties["DefinitionBody"] = _included(properties["DefinitionBody"], folder)


def _included(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_included(one, folder) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    if "Fn::Transform" in found:
        return yaml.safe_load((folder / found["Fn::Transform"]["Parameters"]["Location"]).read_text(encoding="utf-8"))
    return {name: _included(one, folder) for name, one in found.items()}


class _Resolver:
    """Evaluates what CloudFormation evaluates before it creates anything; what only a resource knows is left."""

    def __init__(self, values: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
        self.values = values
        self.conditions = conditions

    def template(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Resolve resources and outputs; those whose condition is false are left out."""
        sections = {
            section: {
                name: {key: value for key, value in self.value(one).items() if key != "Condition"}
                for name, one in template.get(section, {}).items()
                if "Condition" not in one or self.is_true(one["Condition"])
            }
            for section in ("Resources", "Outputs")
        }
        return {"AWSTemplateFormatVersion": "2010-09-09"} | {name: one for name, one in sections.items() if one}

    def is_true(self, condition: str) -> bool:
        """Evaluate a condition by its name."""
        return bool(self.value(self.conditions[condition]))

    def value(self, value: Any) -> Any:
        """Resolve a value and everything in it."""
        if isinstance(value, list):
            found = [self.value(one) for one in cast("list[Any]", value)]
            return [one for one in found if one != _NO_VALUE]
        if not isinstance(value, dict):
            return value
        mapping = cast("dict[str, Any]", value)
        if len(mapping) == 1:
            ((name, argument),) = mapping.items()
            function = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if function and (name in {"Ref", "Condition"} or name.startswith("Fn::")):
                return function(argument)
        found = {name: self.value(one) for name, one in mapping.items()}
        return {name: one for name, one in found.items() if one != _NO_VALUE}

    def _ref(self, name: str) -> Any:
        return self.values.get(name, {"Ref": name})

    def _condition(self, name: Any) -> Any:
        return self.is_true(name) if name in self.conditions else {"Condition": self.value(name)}

    def _if(self, arguments: list[Any]) -> Any:
        condition, when_true, when_false = arguments
        return self.value(when_true if self.is_true(condition) else when_false)

    def _equals(self, arguments: list[Any]) -> bool:
        one, other = self.value(arguments)
        return str(one) == str(other)

    def _not(self, arguments: list[Any]) -> bool:
        return not self.value(arguments[0])

    def _and(self, arguments: list[Any]) -> bool:
        return all(self.value(arguments))

    def _or(self, arguments: list[Any]) -> bool:
        return any(self.value(arguments))

    def _select(self, arguments: list[Any]) -> Any:
        index, choices = self.value(arguments)
        return cast("list[Any]", choices)[int(index)] if isinstance(choices, list) else {"Fn::Select": [index, choices]}

    def _split(self, arguments: list[Any]) -> Any:
        separator, text = cast("tuple[str, Any]", self.value(arguments))
        return text.split(separator) if isinstance(text, str) else {"Fn::Split": [separator, text]}

    def _join(self, arguments: list[Any]) -> Any:
        separator, parts = cast("tuple[str, Any]", self.value(arguments))
        is_text = isinstance(parts, list) and all(isinstance(one, str) for one in cast("list[Any]", parts))
        return separator.join(cast("list[str]", parts)) if is_text else cast("Any", {"Fn::Join": [separator, parts]})

    def _sub(self, argument: Any) -> Any:
        text, own = cast("tuple[str, dict[str, Any]]", argument if isinstance(argument, list) else (argument, {}))
        named: dict[str, Any] = self.value(own)

        def replaced(match: re.Match[str]) -> str:
            known = named.get(match[1], self.values.get(match[1]))
            return known if isinstance(known, str) else match[0]

        resolved = re.sub(r"\$\{([^!}]+)\}", replaced, text)
        left = {name: one for name, one in named.items() if f"${{{name}}}" in resolved}
        if not re.search(r"\$\{[^!}]+\}", resolved):
            return resolved.replace("${!", "${")
        return {"Fn::Sub": [resolved, left] if left else resolved}
