"""AWS Signature Version 4: of any request, and of the calls of a service that speaks JSON, which are many and alike.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hmac
import time
from functools import lru_cache

import msgspec

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.storage.aws.credentials import AwsCredentials


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """An AWS service that speaks JSON: its name in signatures, its operations' prefix, its media type."""

    name: str
    target: str
    media_type: str


class Call(msgspec.Struct, frozen=True):
    """What all calls of an operation have in common within a second.

    Attributes:
        canonical: The canonical request before the digest of the body.
        head: The head of the HTTP request before the signature.
    """

    canonical: str
    head: str


class CallSigner:
    """Writes the signed calls of one service: for each, only the digest of its body is new."""

    def __init__(self, service: Service, region: str, host: str) -> None:
        """Sign nothing yet.

        Args:
            service: Whose operations are called.
            region: For the signature.
            host: The Host header.
        """
        self._service = service
        self._region = region
        self._host = host
        self._second = -1
        self._credentials: AwsCredentials | None = None
        self._calls: dict[str, Call] = {}
        self._timestamp = self._scope = self._text = ""
        self._key = HmacKey(b"")

    def write(self, operation: str, credentials: AwsCredentials, body: bytes) -> bytes:
        """Return the HTTP request (RFC 9112), head and body."""
        second = int(time.time())
        if second != self._second or credentials is not self._credentials:
            self._begin(second, credentials)
        call = self._calls.get(operation) or self._begin_call(operation, credentials)
        canonical = f"{call.canonical}{digests.sha256(body).hex()}".encode()
        signature = self._key.sign(f"{self._text}{digests.sha256(canonical).hex()}".encode()).hex()
        return f"{call.head}{signature}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1") + body

    def _begin(self, second: int, credentials: AwsCredentials) -> None:
        self._calls.clear()
        self._second, self._credentials = second, credentials
        self._timestamp = _timestamp()
        self._scope = f"{self._timestamp[:8]}/{self._region}/{self._service.name}/aws4_request"
        self._text = _text(self._timestamp, self._scope)
        self._key = _key(credentials.secret_access_key, self._scope)

    def _begin_call(self, operation: str, credentials: AwsCredentials) -> Call:
        signed = _signed(self._host, self._timestamp, credentials, f"{self._service.target}.{operation}")
        names = ";".join(signed)
        lines = "".join([f"{name}: {value}\r\n" for name, value in signed.items()])
        head = (
            f"POST / HTTP/1.1\r\n{lines}Content-Type: {self._service.media_type}\r\n"
            f"Authorization: {_authorization(credentials, self._scope, names)}"
        )
        call = self._calls[operation] = Call(_canonical("POST", "/", "", signed), head)
        return call


def sign(
    service: str,
    region: str,
    credentials: AwsCredentials,
    host: str,
    body: bytes,
    *,
    resource: str = "/",
    query: str = "",
    method: str = "POST",
) -> dict[str, str]:
    """Return the headers of a request.

    Args:
        service: Its name in signatures.
        host: The Host header.
        resource: The path; it holds nothing that would have to be encoded.
        query: The same, behind the question mark; its parameters in order, encoded as RFC 3986 says.
        method: Of HTTP.
    """
    timestamp = _timestamp()
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    signed = _signed(host, timestamp, credentials)
    canonical = f"{_canonical(method, resource, query, signed)}{digests.sha256(body).hex()}".encode()
    text = f"{_text(timestamp, scope)}{digests.sha256(canonical).hex()}".encode()
    signature = _key(credentials.secret_access_key, scope).sign(text).hex()
    return {**signed, "Authorization": f"{_authorization(credentials, scope, ';'.join(signed))}{signature}"}


def _timestamp() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def _signed(host: str, timestamp: str, credentials: AwsCredentials, target: str = "") -> dict[str, str]:
    """Return the headers that are signed: in the order of the alphabet, and in lower case, as the signature wants."""
    signed = {"host": host, "x-amz-date": timestamp}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    if target:
        signed["x-amz-target"] = target
    return signed


def _canonical(method: str, resource: str, query: str, signed: dict[str, str]) -> str:
    """Return the canonical request before the digest of the body."""
    lines = "".join([f"{name}:{value}\n" for name, value in signed.items()])
    return f"{method}\n{resource}\n{query}\n{lines}\n{';'.join(signed)}\n"


def _text(timestamp: str, scope: str) -> str:
    """Return the string to sign before the digest of the canonical request."""
    return f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n"


def _authorization(credentials: AwsCredentials, scope: str, names: str) -> str:
    """Return the Authorization header before the signature."""
    return f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}, Signature="


@lru_cache(maxsize=4)
def _key(secret_access_key: str, scope: str) -> HmacKey:
    """Return the signing key, which is another one each day."""
    key = f"AWS4{secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return HmacKey(key)
