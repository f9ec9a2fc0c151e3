"""AWS credentials, where Lambda puts them: the environment, or under SnapStart a local address that renews them."""

import json
import time
from collections.abc import Callable
from datetime import datetime

from gatehouse.domain.kernel.secretive import Secretive

_RENEW_SECONDS_BEFORE_END = 300
_TIMEOUT_SECONDS = 2.0


class AwsCredentials(Secretive, frozen=True, kw_only=True):
    """An access key. `expires_at` is epoch seconds; infinite if it never ends."""

    SECRETS = frozenset({"secret_access_key", "session_token"})

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    expires_at: float = float("inf")


type CredentialSource = Callable[[], AwsCredentials]


class ContainerCredentials:
    """Credentials from AWS_CONTAINER_CREDENTIALS_FULL_URI, renewed five minutes before they end."""

    def __init__(self, url: str, token: str) -> None:
        """Fetch nothing yet: a snapshot must not hold credentials."""
        self._url = url
        self._token = token
        self._credentials: AwsCredentials | None = None

    def __call__(self) -> AwsCredentials:
        """Return credentials that are still good."""
        if self._credentials is None or time.time() > self._credentials.expires_at - _RENEW_SECONDS_BEFORE_END:
            self._credentials = self._fetch()
        return self._credentials

    def _fetch(self) -> AwsCredentials:
        import urllib.request  # only here: it is slow to import, and few need it

        request = urllib.request.Request(self._url, headers={"Authorization": self._token})  # noqa: S310 - Lambda's own
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            return _parse(json.load(response))


def _parse(answer: dict[str, str]) -> AwsCredentials:
    return AwsCredentials(
        access_key_id=answer["AccessKeyId"],
        secret_access_key=answer["SecretAccessKey"],
        session_token=answer["Token"],
        expires_at=datetime.fromisoformat(answer["Expiration"]).timestamp(),
    )
