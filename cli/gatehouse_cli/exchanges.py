"""One HTTP request of the doctor, and what came back, whatever its status."""

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.domain.kernel import json_values

_TIMEOUT_SECONDS = 20
"""A cold start of the slowest function, with room to spare."""

_BODY_MAX_BYTES = 1024 * 1024


class UnreachableError(Exception):
    """Nothing answered. The message says why, in one line.

    Attributes:
        action: What to do about it.
    """

    def __init__(self, message: str, action: str) -> None:
        """Keep the advice apart."""
        super().__init__(message)
        self.action = action


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back.

    Attributes:
        headers: By lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty if it is none."""
        return json_values.parse_members(self.body)


def send(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Reply:
    """Send a request; redirects are followed, without these headers: another host must not see credentials.

    Raises:
        UnreachableError: Nobody answered, or not under a certificate of that name.
    """
    if not url.startswith(("https://", "http://")):
        raise UnreachableError(f"{url} is no URL", "deploy with a PublicUrl that begins with https://")
    request = urllib.request.Request(url, body, method=method)  # noqa: S310 - checked above
    for name, value in (headers or {}).items():
        request.add_unredirected_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
            return _reply(answer.status or answer.code, answer.headers, answer.read(_BODY_MAX_BYTES))
    except urllib.error.HTTPError as answer:
        with answer:
            return _reply(answer.code, answer.headers, answer.read(_BODY_MAX_BYTES))
    except urllib.error.URLError as error:
        raise _explain(url, error.reason) from None
    except (OSError, http.client.HTTPException) as error:
        raise _explain(url, error) from None


def _reply(status: int, headers: Any, body: bytes) -> Reply:
    return Reply(status=status, headers={name.lower(): value for name, value in headers.items()}, body=body)


def _explain(url: str, reason: object) -> UnreachableError:
    host = url.split("/")[2]
    if isinstance(reason, ssl.SSLCertVerificationError):
        action = "let PublicUrl name a domain of the certificate, or trust its authority with SSL_CERT_FILE"
        cause = _DISTRUSTS.get(reason.verify_code, f"OpenSSL's code {reason.verify_code}")
        return UnreachableError(f"the certificate of {host} is not trusted: {cause}", action)
    if isinstance(reason, socket.gaierror):
        action = "create the DNS record: an alias or a CNAME to the output DomainTarget"
        return UnreachableError(f"{host} has no address in DNS", action)
    return UnreachableError(f"{host} does not answer: {_silence(reason)}", "see whether the API is there")


_DISTRUSTS = {
    10: "it has expired",
    18: "it is signed by itself",
    19: "its authority is signed by itself, and this machine does not know it",
    20: "this machine does not know its authority",
    21: "this machine does not know its authority",
    62: "it is for another name",
    64: "it is for another address",
}
"""OpenSSL's codes of verification (X509_V_ERR)."""


def _silence(reason: object) -> str:
    match reason:
        case TimeoutError():
            return f"it took longer than {_TIMEOUT_SECONDS} seconds"
        case ConnectionRefusedError():
            return "it refuses connections"
        case ConnectionError():
            return "it closed the connection"
        case ssl.SSLError():
            return "it does not speak TLS"
        case _:
            return f"the connection failed ({type(reason).__name__})"
