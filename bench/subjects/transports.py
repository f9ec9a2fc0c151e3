"""One strongly consistent GetItem, by every way there is to speak to DynamoDB from Python."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from bench.subjects import protocol

ENDPOINT = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
REGION = os.environ["AWS_REGION"]
TABLE = os.environ["DIRECTORY_TABLE"]
KEY = {"pk": {"S": "CLIENT#transport"}}
REQUEST: dict[str, Any] = {"TableName": TABLE, "Key": KEY, "ConsistentRead": True}
ITEM = {
    **KEY,
    **{f"attribute_{number}": {"S": f"value {number} " * 3} for number in range(10)},
    "grant_types": {"L": [{"S": "client_credentials"}, {"S": "password"}, {"S": "refresh_token"}]},
    "count": {"N": "7"},
    "is_active": {"BOOL": True},
}


def boto3_client() -> Callable[[], object]:
    """Boto3 as its documentation shows it: the yardstick."""
    import boto3

    client = boto3.client("dynamodb", region_name=REGION)
    client.put_item(TableName=TABLE, Item=ITEM)
    return lambda: client.get_item(**REQUEST)["Item"]


def boto3_resource() -> Callable[[], object]:
    """Boto3's resource layer, which most examples use."""
    import boto3

    table = boto3.resource("dynamodb", region_name=REGION).Table(TABLE)
    return lambda: table.get_item(Key={"pk": KEY["pk"]["S"]}, ConsistentRead=True)["Item"]


def tuned_botocore() -> Callable[[], object]:
    """Botocore without validation, retries, endpoint discovery, account-id endpoints and checksums."""
    import botocore.session
    from botocore.config import Config

    session = botocore.session.get_session()
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=1,
        tcp_keepalive=True,
        account_id_endpoint_mode="disabled",
        endpoint_discovery_enabled=False,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        user_agent="gatehouse",
    )
    client = session.create_client("dynamodb", region_name=REGION, config=config)
    return lambda: client.get_item(**REQUEST)["Item"]


def botocore_auth_urllib3() -> Callable[[], object]:
    """Botocore's signer alone, over urllib3's pool."""
    import urllib3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    pool = urllib3.PoolManager(maxsize=1)
    signer = SigV4Auth(Credentials("bench", "bench"), "dynamodb", REGION)

    def get() -> object:
        body = json.dumps(REQUEST)
        headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", ENDPOINT, data=body, headers=headers)
        signer.add_auth(request)
        prepared = request.prepare()
        answer = pool.request("POST", ENDPOINT, body=body, headers=dict(prepared.headers))
        return json.loads(answer.data)["Item"]

    return get


def awscrt() -> Callable[[], object]:
    """AWS's C library for signing and HTTP."""
    from urllib.parse import urlsplit

    from awscrt import auth, http, io

    url = urlsplit(ENDPOINT)
    group = io.EventLoopGroup(1)
    bootstrap = io.ClientBootstrap(group, io.DefaultHostResolver(group))
    connection = http.HttpClientConnection.new(str(url.hostname), int(url.port or 80), bootstrap).result()
    provider = auth.AwsCredentialsProvider.new_static("bench", "bench")

    def get() -> object:
        body = json.dumps(REQUEST).encode()
        headers = http.HttpHeaders(
            [
                ("Host", url.netloc),
                ("X-Amz-Target", "DynamoDB_20120810.GetItem"),
                ("Content-Type", "application/x-amz-json-1.0"),
                ("Content-Length", str(len(body))),
            ]
        )
        from io import BytesIO

        request = http.HttpRequest("POST", "/", headers, BytesIO(body))
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=provider,
            region=REGION,
            service="dynamodb",
        )
        signed = auth.aws_sign_request(request, config).result()
        chunks: list[bytes] = []
        stream = connection.request(signed, on_body=lambda chunk, **_: chunks.append(bytes(chunk)))
        stream.activate()
        stream.completion_future.result()
        return json.loads(b"".join(chunks))["Item"]

    return get


def aiodynamo() -> Callable[[], object]:
    """The small asynchronous client, over aiohttp."""
    from aiodynamo.client import Client
    from aiodynamo.credentials import Key, StaticCredentials
    from aiodynamo.http.aiohttp import AIOHTTP
    from aiohttp import ClientSession
    from yarl import URL

    loop = asyncio.new_event_loop()

    async def connect() -> Client:
        credentials = StaticCredentials(Key("bench", "bench"))
        return Client(AIOHTTP(ClientSession()), credentials, REGION, URL(ENDPOINT))

    client = loop.run_until_complete(connect())
    key = {"pk": KEY["pk"]["S"]}
    return lambda: loop.run_until_complete(client.get_item(TABLE, key, consistent_read=True))


def signed_transport() -> Callable[[], object]:
    """Gatehouse's own: hand-signed, on one kept-alive connection."""
    from gatehouse.storage.aws.credentials import AwsCredentials
    from gatehouse.storage.aws.transport import SignedTransport

    credentials = AwsCredentials(access_key_id="bench", secret_access_key="bench")
    transport = SignedTransport(ENDPOINT, REGION, lambda: credentials)
    return lambda: transport.call("GetItem", REQUEST)["Item"]


if __name__ == "__main__":
    protocol.serve(
        {
            "boto3 client": boto3_client(),
            "boto3 resource": boto3_resource(),
            "botocore, tuned": tuned_botocore(),
            "botocore.auth over urllib3": botocore_auth_urllib3(),
            "awscrt": awscrt(),
            "aiodynamo over aiohttp": aiodynamo(),
            "Gatehouse's transport": signed_transport(),
        }
    )
