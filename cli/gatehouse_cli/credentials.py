"""The operator's AWS credentials, as the SDK finds and renews them."""

from typing import Any

from gatehouse.storage.aws.credentials import AwsCredentials, CredentialSource


def source(found: Any) -> CredentialSource:
    """Return what asks the SDK's credentials for each call: those of a role end after an hour, amid a long command."""

    def current() -> AwsCredentials:
        frozen = found.get_frozen_credentials()
        return AwsCredentials(
            access_key_id=frozen.access_key, secret_access_key=frozen.secret_key, session_token=frozen.token or ""
        )

    return current
