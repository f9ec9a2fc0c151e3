"""Fill `context.authorizer.*` into the gateway responses of an authorizer's denial, the cached ones included.

The context travels inside the policy document, because that is what MiniStack caches and evaluates for each request.
A value that is absent renders as the empty string in a template, and omits the header in a response parameter.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

PREFIX = "context.authorizer."
CARRIER = "x-authorizer-context"
DENIED: ContextVar[dict[str, str] | None] = ContextVar("denied", default=None)


def value(name: str) -> str | None:
    """Find what the authorizer that denied this request said under `context.authorizer.<name>`."""
    return (DENIED.get() or {}).get(name.removeprefix(PREFIX))


class TemplateVariables:
    """Stands in for MiniStack's template pattern: one pass over the template, so that no value is expanded again."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def sub(self, resolve: Callable[[re.Match[str]], str], template: str) -> str:
        """Replace every variable of a template."""

        def replacement(match: re.Match[str]) -> str:
            name = match.group(1) or match.group(2)
            return (value(name) or "") if name.startswith(PREFIX) else resolve(match)

        return self.pattern.sub(replacement, template)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    rest = emulator.rest_api
    rest._GATEWAY_TEMPLATE_VARIABLE = TemplateVariables(rest._GATEWAY_TEMPLATE_VARIABLE)

    @around(rest, "_invoke_authorizer_lambda")
    async def carry(original: AnyCallable, *arguments: Any) -> Document | None:
        result: Document | None = await original(*arguments)
        match result:
            case {"body": {"policyDocument": {} as policy} as answer}:
                policy[CARRIER] = rest._stringify_context(answer.get("context"))
            case _:
                pass  # no policy: MiniStack refuses it, as AWS does
        return result

    @around(rest, "_evaluate_policy")
    def remember(original: AnyCallable, policy: Document, method_arn: str) -> str:
        decision: str = original(policy, method_arn)
        DENIED.set(None if decision == "Allow" else policy.get(CARRIER))
        return decision

    @around(rest, "_gateway_request_value")
    def header(original: AnyCallable, source: str, request: Document) -> str | None:
        return value(source) if source.startswith(PREFIX) else original(source, request)
