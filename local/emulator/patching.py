"""How a gap is closed: advice around a function of MiniStack, found by name so that a missing one fails at start."""

import functools
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

type AnyCallable = Callable[..., Any]
type Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """MiniStack's modules that have gaps. It is not installed beside us, hence `Any`."""

    server: Any
    rest_api: Any
    http_api: Any
    functions: Any
    workers: Any
    stacks: Any
    secrets: Any

    @classmethod
    def load(cls) -> Self:
        """Import MiniStack."""
        return cls(
            server=importlib.import_module("ministack.app"),
            rest_api=importlib.import_module("ministack.services.apigateway_v1"),
            http_api=importlib.import_module("ministack.services.apigateway"),
            functions=importlib.import_module("ministack.services.lambda_svc"),
            workers=importlib.import_module("ministack.core.lambda_runtime"),
            stacks=importlib.import_module("ministack.services.cloudformation.provisioners"),
            secrets=importlib.import_module("ministack.services.secretsmanager"),
        )


def around(owner: object, name: str) -> Callable[[AnyCallable], AnyCallable]:
    """Replace `owner.name` by the decorated function, which is called with the original first.

    Raises:
        AttributeError: there is no such function; MiniStack has changed.
    """
    original = getattr(owner, name)

    def install(advice: AnyCallable) -> AnyCallable:
        @functools.wraps(original)
        def advised(*arguments: Any, **named: Any) -> Any:
            return advice(original, *arguments, **named)

        if inspect.iscoroutinefunction(advice):
            inspect.markcoroutinefunction(advised)
        setattr(owner, name, advised)
        return advice

    return install
