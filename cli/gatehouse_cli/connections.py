"""How a command reaches its stack: with the credentials and the region of the AWS environment."""

import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.domain.apis import throttling_policies
from gatehouse.storage.aws.invocations import FetcherFunction
from gatehouse.storage.aws.transport import DYNAMODB, SECRETS_MANAGER, Service, SignedTransport
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.sealing_key import SecretsManagerSealingKey
from gatehouse_cli import aws_errors, deployments, sdk
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

_PATIENCE_SECONDS = 60.0
"""A batch of documents has some MB, and goes out over the operator's own line."""


def connect(name: str) -> Stack:
    """Connect to a stack by its CloudFormation name; account, region and endpoint are the AWS environment's.

    Raises:
        OperatorError: There is no such stack, no credentials, or no way to AWS.
    """
    try:
        return _connect(name)
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"stack {name!r}: {aws_errors.explain(error)}") from None
    except OSError as error:  # a profile may name files, such as the token of a workload
        raise OperatorError(f"AWS credentials: {error.filename} cannot be read; check AWS_PROFILE") from None
    except ValueError:  # as the SDK refuses an endpoint
        if "AWS_ENDPOINT_URL" not in os.environ:
            raise
        raise OperatorError(f"AWS_ENDPOINT_URL is {os.environ['AWS_ENDPOINT_URL']!r}, which is not a URL") from None


def _connect(name: str) -> Stack:
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))  # which the SDK for Python does not read
    found: Any = session.get_credentials()
    region = session.region_name
    if found is None or not region:
        raise OperatorError("there are no AWS credentials, or no region: set AWS_PROFILE or AWS_REGION")
    deployed = deployments.find(session, name, region)
    throttling_policies.offer(throttling_policies.parse_tiers(deployed.parameters.get("MoreTiers", "")))
    source, outputs = sdk.credentials(found), deployed.outputs

    def transport(service: Service) -> SignedTransport:
        url = sdk.endpoint(session, service.name, region)
        return SignedTransport(url, region, source, service, patience_seconds=_PATIENCE_SECONDS)

    fetcher, secret = outputs.get("FetcherFunction"), outputs.get("ProviderKeySecret")
    return Stack(
        Tables(
            transport=transport(DYNAMODB), directory=outputs["DirectoryTableName"], grants=outputs["GrantsTableName"]
        ),
        deployed.parameters.get("PublicUrl") or outputs["AuthApiUrl"],
        deployed.account,
        region,
        outputs.get("AuthorizerArn", ""),
        name=name,
        status=deployed.status,
        parameters=deployed.parameters,
        outputs=outputs,
        outside=(
            FetcherFunction(sdk.endpoint(session, "lambda", region), region, source, fetcher) if fetcher else None
        ),
        sealing_key=SecretsManagerSealingKey(transport(SECRETS_MANAGER), secret) if secret else None,
    )
