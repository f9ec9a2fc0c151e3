"""CloudFormation's YAML, read as its JSON spells it: `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`."""

from pathlib import Path
from typing import Any, cast

import yaml

_NAMED_WITHOUT_PREFIX = ("Ref", "Condition")


class _Loader(yaml.CSafeLoader):
    """Knows the short forms of the intrinsic functions."""


def _function(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
    name = suffix if suffix in _NAMED_WITHOUT_PREFIX else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    text = str(loader.construct_scalar(cast("yaml.ScalarNode", node)))
    return {name: text.split(".", 1) if suffix == "GetAtt" else text}


_Loader.add_multi_constructor("!", _function)  # pyright: ignore[reportUnknownMemberType]


def load(file: Path) -> dict[str, Any]:
    """Read a template."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
