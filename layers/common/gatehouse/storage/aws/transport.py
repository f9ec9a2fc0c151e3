"""DynamoDB (and Secrets Manager) over HTTPS: signed requests on kept-alive connections, without an SDK.

A boto3 call costs several times the CPU of this and its import more than the whole cold start
(`make bench`, docs/decisions/0002). The protocol is DynamoDB's low-level JSON API, version 2012-08-10;
the signature is AWS Signature Version 4.
"""

import random
import time
from typing import Any, Protocol

from gatehouse.domain.kernel import json_texts
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import deadlines, errors
from gatehouse.storage.aws.connection import HttpConnection
from gatehouse.storage.aws.credentials import CredentialSource
from gatehouse.storage.aws.signatures import CallSigner, Service

_ATTEMPTS = 4
_BACKOFF_SECONDS = 0.025
_TIMEOUT_SECONDS = 2.0
_OK = 200
_HTTP_PORT = 80
_HTTPS_PORT = 443
_PATIENCE_SECONDS = 2.5
"""No attempt starts later than this, so that the last one ends within the authorizer's time-out, by an answer."""


class ConditionFailedError(Exception):
    """A write's condition did not hold. `item` is what stands there (empty if nothing, or if it was not asked for)."""

    def __init__(self, item: dict[str, Any]) -> None:
        """Keep the item of ReturnValuesOnConditionCheckFailure."""
        super().__init__("condition failed")
        self.item = item


class TransactionCanceledError(Exception):
    """A condition of a transaction did not hold. `reasons` holds one code for each of its actions.

    Throttling, conflicts with other transactions and our own mistakes never raise it. See `refusals`.
    """

    def __init__(self, reasons: list[str]) -> None:
        """Keep the codes of CancellationReasons."""
        super().__init__("transaction canceled")
        self.reasons = reasons


class RequestRefusedError(Exception):
    """DynamoDB calls our request wrong: a bug, or a missing permission."""


DYNAMODB = Service(name="dynamodb", target="DynamoDB_20120810", media_type="application/x-amz-json-1.0")
CLOUDWATCH = Service(name="monitoring", target="GraniteServiceVersion20100801", media_type="application/x-amz-json-1.0")
SECRETS_MANAGER = Service(name="secretsmanager", target="secretsmanager", media_type="application/x-amz-json-1.1")


class Transport(Protocol):
    """One call of DynamoDB's API."""

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send the request and return the answer, both in the wire's attribute values.

        Raises:
            ConditionFailedError: A condition did not hold.
            TransactionCanceledError: A condition of a transaction did not hold.
            TemporarilyUnavailableError: The table is throttled or out of reach, also after retries.
        """
        ...


class SignedTransport:
    """The transport that runs in Lambda: one connection, kept alive, for an instance that serves one request at a time.

    Args:
        endpoint_url: DynamoDB's, or an emulator's: scheme, host, and perhaps a port.
        region: For the signature.
        credentials: Asked before each call, since they may be renewed.
        patience_seconds: How long an attempt may take where no invocation is waiting; 0 for what a function has.
    """

    def __init__(
        self,
        endpoint_url: str,
        region: str,
        credentials: CredentialSource,
        service: Service = DYNAMODB,
        *,
        patience_seconds: float = 0,
    ) -> None:
        """Connect to nothing yet."""
        self._patience_seconds = patience_seconds
        self._connection, host_header = connect(endpoint_url, patience_seconds or _TIMEOUT_SECONDS)
        self._signer = CallSigner(service, region, host_header)
        self._credentials = credentials

    def warm_up(self) -> None:
        """Connect now, in Lambda's init phase, so that the first request does not pay for the handshake."""
        try:
            self._connection.open()
        except OSError:
            self._connection.close()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `Transport.call`. Every attempt sends the same bytes: a transaction keeps its ClientRequestToken."""
        body, ends_at = json_texts.render(request), deadlines.ends_at()
        timeout, patience = self._patience_seconds or _TIMEOUT_SECONDS, self._patience_seconds or _PATIENCE_SECONDS
        reason, give_up_at = "no time left", time.monotonic() + patience
        for attempt in range(_ATTEMPTS):
            back_off(attempt)
            now = time.monotonic()
            if now > give_up_at or now >= ends_at:
                break
            try:
                signed = self._signer.write(operation, self._credentials(), body)
                status, content = self._connection.exchange(signed, min(timeout, ends_at - now))
            except OSError as error:
                self._connection.close()
                reason = type(error).__name__
                continue
            if status == _OK:
                return json_texts.parse(content)
            reason = _refusal(status, content)
        raise TemporarilyUnavailableError(f"{operation}: {reason}")


def back_off(attempt: int) -> None:
    """Wait before an attempt, counted from 0, and before each longer, with jitter.

    The second follows at once: most often a kept-alive connection was closed meanwhile, or an answer was too large.
    """
    if attempt > 1:
        time.sleep(random.uniform(0, _BACKOFF_SECONDS * 2**attempt))  # noqa: S311 - jitter


def connect(endpoint_url: str, timeout: float) -> tuple[HttpConnection, str]:
    """Return a connection to an endpoint, not yet connected, and its Host header."""
    scheme, _, rest = endpoint_url.partition("://")
    host_header = rest.partition("/")[0]
    host, _, port = host_header.partition(":")
    is_tls = scheme == "https"
    usual = _HTTPS_PORT if is_tls else _HTTP_PORT
    return HttpConnection(host, int(port or usual), is_tls=is_tls, timeout=timeout), host_header


def _refusal(status: int, content: bytes) -> str:
    """Return why the call may be tried again, or raise what it means."""
    error: dict[str, Any] = json_texts.parse(content) if content[:1] == b"{" else {}
    code = str(error.get("__type", "")).rpartition("#")[2]
    reasons: list[str] = []
    if code == "TransactionCanceledException":
        reasons = [str(one.get("Code", "None")) for one in error.get("CancellationReasons", [])]
        meaning = errors.of_reasons(reasons)
    else:
        meaning = errors.of_error(status, code)
    told = " ".join([str(status), code, *sorted({*reasons} - {"None"})])
    if meaning == "retried":
        return told
    if meaning == "refused":
        raise RequestRefusedError(f"{told}: {error.get('message') or error.get('Message')}")
    if reasons:
        raise TransactionCanceledError(reasons)
    raise ConditionFailedError(error.get("Item", {}))
