"""One kept-alive HTTP/1.1 connection (RFC 9112), nearly always for POST: the little of `http.client` that AWS needs.

At less than half of its CPU per call, and without importing the e-mail parser behind it (docs/decisions/0018).
"""

import math
import socket
import ssl
import time
from collections.abc import Mapping

from gatehouse.storage.aws import trust

_RECEIVE_BYTES = 16 * 1024
_HEAD_MAX_BYTES = 64 * 1024
_SLACK_SECONDS = 0.01
_BODY_MAX_BYTES = 64 * 1024 * 1024
"""Above the 16 MB of items that DynamoDB answers at most, in base64 and JSON."""


class BadAnswerError(OSError):
    """The other side ended too early, or does not speak HTTP/1.1; the connection is of no more use."""


class HttpConnection:
    """Connects when it is first used, and again after `close`.

    Args:
        timeout: Seconds that connecting may take where no request is waiting for it.
    """

    def __init__(self, host: str, port: int, *, is_tls: bool, timeout: float) -> None:
        """Connect to nothing yet."""
        self._host = host
        self._port = port
        self._is_tls = is_tls
        self._trusted = trust.amazon
        self._timeout = timeout
        self._ends_at = math.inf
        self._set_seconds = math.inf
        self._socket: socket.socket | None = None
        self._received = b""

    def open(self) -> socket.socket:
        """Return the connected socket.

        Raises:
            OSError: The host is out of reach, or its certificate is wrong.
        """
        if self._socket is None:
            # As bytes, the host needs no codec: `encodings.idna` and its tables are 2 % of a cold start.
            address = (self._host.encode("ascii"), self._port)
            plain = socket.create_connection(address, self._left())  # pyright: ignore[reportArgumentType] - it may be
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self._secure(plain) if self._is_tls else plain
        return self._socket

    def _secure(self, plain: socket.socket) -> socket.socket:
        """Shake hands; a certificate that is not Amazon's gets a second chance with whom the system trusts."""
        plain.settimeout(self._left())
        try:
            return self._trusted().wrap_socket(plain, server_hostname=self._host.encode("ascii"))
        except ssl.SSLCertVerificationError:
            plain.close()
            if self._trusted is trust.system:
                raise
        self._trusted = trust.system
        return self.open()

    def close(self) -> None:
        """Forget the connection and what it still held."""
        self._received = b""
        self._set_seconds = math.inf
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def post(self, headers: Mapping[str, str], body: bytes, timeout: float, target: str = "/") -> tuple[int, bytes]:
        """Send one request, head and body at once; return the answer's status and body.

        The time-out in seconds is for all of it, connecting included: a peer that sends a byte now and then does not
        prolong it.

        Raises:
            OSError: It broke on the way, or took too long, and is to be closed.
        """
        return self.send("POST", headers, body, timeout, target)

    def send(
        self, method: str, headers: Mapping[str, str], body: bytes, timeout: float, target: str
    ) -> tuple[int, bytes]:
        """Send one request of any method; see `post`."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"{method} {target} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        return self.exchange(head.encode("latin-1") + body, timeout)

    def exchange(self, request: bytes, timeout: float) -> tuple[int, bytes]:
        """Send one request, head and body, that is written already; see `post`."""
        self._ends_at = time.monotonic() + timeout
        try:
            opened = self._socket or self.open()
            if abs(timeout - self._set_seconds) > _SLACK_SECONDS:  # each setting is a call of the kernel
                self._set(opened, self._left())
            opened.sendall(request)
            return self._receive_answer()
        finally:
            self._ends_at = math.inf

    def _receive_answer(self) -> tuple[int, bytes]:
        try:
            head = self._receive_until(b"\r\n\r\n", _HEAD_MAX_BYTES)
            if not head.startswith(b"HTTP/1.1 "):
                self._refuse()
            status, answered = int(head[9:12]), head.lower()
            content = self._receive_body(answered)
        except ValueError as error:
            raise BadAnswerError("not an HTTP answer") from error
        if b"close" in answered and _find(answered, b"connection") == b"close":
            self.close()
        return status, content

    def _receive_body(self, head: bytes) -> bytes:
        """Read as the framing says (RFC 9112 section 6); an answer framed by the connection's end is refused."""
        if b"transfer-encoding" in head:
            return self._receive_chunks() if _find(head, b"transfer-encoding") == b"chunked" else self._refuse()
        length = _find(head, b"content-length")
        return self._refuse() if length is None else self._receive(int(length))

    def _receive_chunks(self) -> bytes:
        chunks: list[bytes] = []
        while size := int(self._receive_until(b"\r\n", _HEAD_MAX_BYTES).partition(b";")[0], 16):
            chunks.append(self._receive(size))
            self._receive_until(b"\r\n", _HEAD_MAX_BYTES)
            if sum(map(len, chunks)) > _BODY_MAX_BYTES:
                self._refuse()
        while self._receive_until(b"\r\n", _HEAD_MAX_BYTES):
            pass  # trailers
        return b"".join(chunks)

    def _receive_until(self, mark: bytes, most: int) -> bytes:
        """Return what comes before the mark, and take both off."""
        while (end := self._received.find(mark)) < 0:
            if len(self._received) > most:
                self._refuse()
            self._received += self._more()
        found, self._received = self._received[:end], self._received[end + len(mark) :]
        return found

    def _receive(self, size: int) -> bytes:
        if not 0 <= size <= _BODY_MAX_BYTES:
            self._refuse()
        if len(self._received) == size:  # most often, all of it came with the head
            whole, self._received = self._received, b""
            return whole
        parts, missing = [self._received], size - len(self._received)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        whole = b"".join(parts)
        self._received = whole[size:]
        return whole[:size]

    def _more(self) -> bytes:
        opened, left = self._socket or self.open(), self._left()
        if left < self._set_seconds - _SLACK_SECONDS:
            self._set(opened, left)
        more = opened.recv(_RECEIVE_BYTES)
        if not more:
            raise BadAnswerError("the connection ended")
        return more

    def _set(self, opened: socket.socket, seconds: float) -> None:
        opened.settimeout(seconds)
        self._set_seconds = seconds

    def _left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: There are none.
        """
        if self._ends_at == math.inf:
            return self._timeout
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long")
        return left

    def _refuse(self) -> bytes:
        raise BadAnswerError("an answer without a length, or too long")


def _find(head: bytes, name: bytes) -> bytes | None:
    """Return the value of one header, of a head in lower case: three are of interest, of a dozen."""
    _, found, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if found else None
