"""Evaluate Fn::Join and Fn::Split inside a template's Conditions, as CloudFormation does.

MiniStack's conditions know Ref and Fn::Select only: whatever is in its way is resolved before it looks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-join.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-split.html
"""

import importlib
from typing import Any, cast

from local.emulator.patching import AnyCallable, Document, Emulator, around

ENGINE = "ministack.services.cloudformation.engine"
USERS = tuple(f"ministack.services.cloudformation.{name}" for name in ("changesets", "handlers", "stacks"))


def install(_emulator: Emulator) -> None:
    """Close the gap; the modules that imported the function by name get the advised one."""
    engine = importlib.import_module(ENGINE)

    @around(engine, "_evaluate_conditions")
    def evaluate(original: AnyCallable, template: Document, parameters: Document) -> dict[str, bool]:
        conditions = resolve(template.get("Conditions", {}), parameters)
        return original({**template, "Conditions": conditions}, parameters)

    for user in map(importlib.import_module, USERS):
        if not hasattr(user, "_evaluate_conditions"):
            message = f"{user.__name__} evaluates conditions in another way"
            raise RuntimeError(message)
        cast("Any", user)._evaluate_conditions = engine._evaluate_conditions


def resolve(value: Any, parameters: Document) -> Any:
    """Replace joins and splits by what they give; everything else stays."""
    if isinstance(value, list):
        return [resolve(one, parameters) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    match cast("Document", value):
        case {"Fn::Join": [delimiter, items]}:
            return str(delimiter).join(texts(items, parameters))
        case {"Fn::Split": [delimiter, text]}:
            return text_of(text, parameters).split(str(delimiter))
        case other:
            return {name: resolve(one, parameters) for name, one in other.items()}


def texts(items: Any, parameters: Document) -> list[str]:
    """Return a list of texts; a parameter of type CommaDelimitedList is one text here."""
    resolved = resolve(items, parameters)
    if isinstance(resolved, list):
        return [text_of(one, parameters) for one in cast("list[Any]", resolved)]
    return text_of(resolved, parameters).split(",")


def text_of(value: Any, parameters: Document) -> str:
    """Return a text, a parameter's value if it names one."""
    resolved: object = resolve(value, parameters)
    if isinstance(resolved, dict):
        return str(parameters[cast("Document", resolved)["Ref"]]["Value"])
    return str(resolved)
