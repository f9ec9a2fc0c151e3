"""REST APIs with our authorizer in front of them, as their owners make them, for tests against a stack."""

from dataclasses import dataclass
from typing import Any

from tests.deployed import Deployed


@dataclass(frozen=True, kw_only=True)
class RestApi:
    """A REST API that has no methods yet.

    Attributes:
        client: Of API Gateway.
        root_id: The resource `/`.
    """

    client: Any
    api_id: str
    authorizer_id: str
    root_id: str


def create(deployed: Deployed, name: str, cache_seconds: int = 0) -> RestApi:
    """Create one with a TOKEN authorizer; API Gateway keeps its answers for `cache_seconds`."""
    client, stack = deployed.aws("apigateway"), deployed.stack
    path = f"2015-03-31/functions/{stack['authorizer_arn']}/invocations"
    api_id = client.create_rest_api(name=name)["id"]
    authorizer = client.create_authorizer(
        restApiId=api_id,
        name="gatehouse",
        type="TOKEN",
        authorizerUri=f"arn:aws:apigateway:{stack['region']}:lambda:path/{path}",
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=cache_seconds,
    )
    (root,) = client.get_resources(restApiId=api_id)["items"]
    return RestApi(client=client, api_id=api_id, authorizer_id=authorizer["id"], root_id=root["id"])
