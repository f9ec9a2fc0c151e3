"""A Lambda authorizer as tutorials write it: boto3 resource, Powertools data classes and logger."""

import hashlib
import os
import time
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerRequestEvent,
    APIGatewayAuthorizerResponse,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="naive")
dynamodb = boto3.resource("dynamodb")
directory = dynamodb.Table(os.environ["DIRECTORY_TABLE"])
grants = dynamodb.Table(os.environ["GRANTS_TABLE"])


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Look the token and the API up, and allow what the scope allows."""
    request = APIGatewayAuthorizerRequestEvent(event)
    access_token = (request.headers.get("Authorization") or "").partition(" ")[2]
    key = {"pk": f"ACCESS#{hashlib.sha256(access_token.encode()).hexdigest()}"}
    grant = grants.get_item(Key=key, ConsistentRead=True).get("Item")
    if grant is None or int(grant["expires_at"]) < time.time():
        raise Exception("Unauthorized")  # noqa: TRY002 - API Gateway wants this text
    route = f"{request.http_method} {event['requestContext']['resourcePath']}"
    api = directory.get_item(Key={"pk": f"API#{event['requestContext']['apiId']}"}).get("Item") or {}
    arn = request.parsed_arn
    policy = APIGatewayAuthorizerResponse(
        principal_id=str(grant["client_id"]),
        region=arn.region,
        aws_account_id=arn.aws_account_id,
        api_id=arn.api_id,
        stage=arn.stage,
        context={"scope": str(grant["scope"])},
    )
    if set(api.get("routes", {}).get(route, ())) & set(str(grant["scope"]).split()):
        policy.allow_all_routes()
    else:
        policy.deny_all_routes()
    return policy.asdict()
