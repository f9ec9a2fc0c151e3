"""How a command reaches its stack: with the credentials and the region of the AWS environment."""

import os
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.kernel.fetching import OutsideFetcher
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.storage.aws.credentials import CredentialSource
from gatehouse.storage.aws.invocations import FetcherFunction
from gatehouse.storage.aws.transport import SECRETS_MANAGER, SignedTransport
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.sealing_key import SecretsManagerSealingKey
from gatehouse_cli import aws_errors, credentials, deployments
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack


def connect(name: str) -> Stack:
    """Connect to a stack by its CloudFormation name; account, region and endpoint are the AWS environment's.

    Raises:
        OperatorError: There is no such stack, no credentials, or no way to AWS.
    """
    try:
        return _connect(name)
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"stack {name!r}: {aws_errors.explain(error)}") from None
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
    dynamodb: Any = session.client("dynamodb")  # pyright: ignore[reportUnknownMemberType]
    source = credentials.source(found)
    tables = Tables(
        transport=SignedTransport(dynamodb.meta.endpoint_url, region, source),
        directory=deployed.outputs["DirectoryTableName"],
        grants=deployed.outputs["GrantsTableName"],
    )
    return Stack(
        tables,
        deployed.parameters.get("PublicUrl") or deployed.outputs["AuthApiUrl"],
        deployed.account,
        region,
        deployed.outputs.get("AuthorizerArn", ""),
        name=name,
        status=deployed.status,
        parameters=deployed.parameters,
        outputs=deployed.outputs,
        outside=_fetcher(session, region, source, deployed.outputs),
        sealing_key=_sealing_key(session, region, source, deployed.outputs),
    )


def _fetcher(
    session: boto3.Session, region: str, source: CredentialSource, outputs: Mapping[str, str]
) -> OutsideFetcher | None:
    alias = outputs.get("FetcherFunction")
    found: Any = session.client("lambda")  # pyright: ignore[reportUnknownMemberType]
    return FetcherFunction(found.meta.endpoint_url, region, source, alias) if alias else None


def _sealing_key(
    session: boto3.Session, region: str, source: CredentialSource, outputs: Mapping[str, str]
) -> SealingKeyStore | None:
    secret = outputs.get("ProviderKeySecret")
    found: Any = session.client("secretsmanager")  # pyright: ignore[reportUnknownMemberType]
    transport = SignedTransport(found.meta.endpoint_url, region, source, SECRETS_MANAGER)
    return SecretsManagerSealingKey(transport, secret) if secret else None
