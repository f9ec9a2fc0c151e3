"""Overwrite a REST API in place when its OpenAPI body changes, as CloudFormation does through PutRestApi.

MiniStack replaces the API by a new one with a new id. On AWS the id stays, and with it every URL, permission and
publication that names it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/import-export-api-endpoints.html
"""

from local.emulator.patching import AnyCallable, Document, Emulator, around

IMPORTED = ("_resources", "_authorizers_v1", "_models", "_gateway_responses", "_documentation_parts")


def install(emulator: Emulator) -> None:
    """Close the gap."""
    stacks, rest = emulator.stacks, emulator.rest_api

    @around(stacks, "_apigw_rest_api_update")
    def overwrite(
        original: AnyCallable, api_id: str, old: Document, new: Document, stack_name: str, logical_id: str
    ) -> tuple[str, dict[str, str]]:
        if new.get("Body") == old.get("Body") or api_id not in rest._rest_apis:
            return original(api_id, old, new, stack_name, logical_id)
        imported, _ = stacks._apigw_rest_api_create(logical_id, new, stack_name)
        rest._rest_apis[api_id] = {**rest._rest_apis[imported], "id": api_id}
        for store in (getattr(rest, name) for name in IMPORTED):
            store[api_id] = store[imported]
        rest._delete_rest_api(imported)
        return api_id, stacks._apigw_rest_api_attrs(api_id)

    stacks._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]["update"] = stacks._apigw_rest_api_update
