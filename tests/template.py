"""The project's template, read as data, so that tests and deployment cannot drift apart."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation; `!Ref X` becomes `{"!Ref": "X"}` and so on."""


def _keep_tag(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {f"!{suffix}": loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {f"!{suffix}": loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _keep_tag)  # pyright: ignore[reportUnknownMemberType]


@cache
def load(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader


def table(name: str) -> dict[str, Any]:
    """What CreateTable takes of a table of the template."""
    properties = load()["Resources"][name]["Properties"]
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {key: properties[key] for key in wanted}
