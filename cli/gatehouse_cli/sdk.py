"""The SDK of AWS: the operator's credentials as it finds and renews them, where services answer, and its clients."""

from typing import Any

import boto3

from gatehouse.storage.aws.credentials import AwsCredentials, CredentialSource


def credentials(found: Any) -> CredentialSource:
    """Return what asks the SDK's credentials for each call: those of a role end after an hour, amid a long command."""

    def current() -> AwsCredentials:
        frozen = found.get_frozen_credentials()
        return AwsCredentials(
            access_key_id=frozen.access_key, secret_access_key=frozen.secret_key, session_token=frozen.token or ""
        )

    return current


def endpoint(session: boto3.Session, service: str, region: str) -> str:
    """Return the URL of a service in a region."""
    make: Any = session.client
    return make(service, region_name=region).meta.endpoint_url


def client(service: str, region: str) -> Any:
    """Return the SDK's client of a service in a region."""
    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType]
    return make(service, region_name=region)
