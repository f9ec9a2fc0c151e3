"""GETs of AWS services that speak REST and JSON, as API Gateway's control plane: signed, without an SDK."""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import deadlines
from gatehouse.storage.aws.credentials import CredentialSource
from gatehouse.storage.aws.signatures import sign
from gatehouse.storage.aws.transport import RequestRefusedError, connect

_TIMEOUT_SECONDS = 3.0
_ATTEMPTS = 2


class RestTransport(Protocol):
    """One GET of a service."""

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the answer; None if there is no such thing.

        Raises:
            RequestRefusedError: The request is wrong, or the permission is missing.
            TemporarilyUnavailableError: The service is throttled or out of reach.
        """
        ...


class SignedRest:
    """The transport that runs in Lambda. Each GET has a connection of its own: pages of usage are rare."""

    def __init__(self, endpoint_url: str, region: str, credentials: CredentialSource, service: str) -> None:
        """Connect to nothing yet."""
        self._endpoint_url = endpoint_url
        self._region = region
        self._credentials = credentials
        self._service = service

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """See `RestTransport.get`."""
        asked = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
        reason = "no time left"
        for _ in range(_ATTEMPTS):
            try:
                status, content = self._send(path, asked)
            except OSError as error:
                reason = type(error).__name__
                continue
            if status == HTTPStatus.OK:
                found: dict[str, Any] = json.loads(content)
                return found
            if status == HTTPStatus.NOT_FOUND:
                return None
            reason = f"GET {path}: {status}"
            if status != HTTPStatus.TOO_MANY_REQUESTS and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise RequestRefusedError(f"{reason} {content[:300]!r}")
        raise TemporarilyUnavailableError(reason)

    def _send(self, path: str, query: str) -> tuple[int, bytes]:
        connection, host = connect(self._endpoint_url, _TIMEOUT_SECONDS)
        signed = sign(
            self._service, self._region, self._credentials(), host, b"", resource=path, query=query, method="GET"
        )
        timeout = max(0.1, min(_TIMEOUT_SECONDS, deadlines.ends_at() - time.monotonic()))
        target = f"{path}?{query}" if query else path
        try:
            return connection.send("GET", {**signed, "Accept": "application/json"}, b"", timeout, target)
        finally:
            connection.close()
