"""Take a REST API's keys from its authorizer where the API says so.

MiniStack enforces plans for keys in `x-api-key`. With the API key source AUTHORIZER it is `usageIdentifierKey` of the
authorizer's answer that counts, the cached one included, and never the header; and no plan counts a method that wants
no key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
"""

from contextvars import ContextVar
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

CARRIER = "x-usage-identifier-key"
COUNTED_BY: ContextVar[str] = ContextVar("counted_by", default="")
FROM_AUTHORIZER: ContextVar[bool] = ContextVar("from_authorizer", default=False)


def install(emulator: Emulator) -> None:
    """Close the gap."""
    import_key_source(emulator)
    take_keys_from_the_authorizer(emulator.rest_api)


def import_key_source(emulator: Emulator) -> None:
    """Keep the key source of a stack's REST API, which MiniStack drops when it makes the API."""
    stacks = emulator.stacks

    @around(stacks, "_apigw_rest_api_create")
    def create(
        original: AnyCallable, logical_id: str, properties: Document, stack_name: str
    ) -> tuple[str, dict[str, str]]:
        made: tuple[str, dict[str, str]] = original(logical_id, properties, stack_name)
        emulator.rest_api._rest_apis[made[0]]["apiKeySource"] = properties.get("ApiKeySourceType", "HEADER")
        return made

    stacks._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]["create"] = stacks._apigw_rest_api_create


def take_keys_from_the_authorizer(rest: Any) -> None:
    """Let the key travel inside the policy document, because that is what MiniStack caches."""

    @around(rest, "_invoke_authorizer_lambda")
    async def carry(original: AnyCallable, *arguments: Any) -> Document | None:
        result: Document | None = await original(*arguments)
        match result:
            case {"body": {"policyDocument": {} as policy} as answer}:
                policy[CARRIER] = answer.get("usageIdentifierKey") or ""
            case _:
                pass
        return result

    @around(rest, "_evaluate_policy")
    def remember(original: AnyCallable, policy: Document, method_arn: str) -> str:
        COUNTED_BY.set(policy.get(CARRIER, ""))
        return original(policy, method_arn)

    @around(rest, "_check_api_key")
    def choose_source(original: AnyCallable, method: Document, api_id: str, *rest_of: Any) -> Any:
        FROM_AUTHORIZER.set(rest._rest_apis[api_id].get("apiKeySource") == "AUTHORIZER")
        if not method.get("apiKeyRequired"):
            COUNTED_BY.set("")  # no plan counts a method that wants no key
        return original(method, api_id, *rest_of)

    @around(rest, "_api_key_from_request")
    def find_key(original: AnyCallable, headers: Document) -> str:
        return COUNTED_BY.get() if FROM_AUTHORIZER.get() else original(headers)
