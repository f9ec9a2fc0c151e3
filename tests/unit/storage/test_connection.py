"""The HTTP/1.1 connection on a socket that plays a prepared answer, cut into pieces of every size."""

import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from gatehouse.storage.aws import trust
from gatehouse.storage.aws.connection import BadAnswerError, HttpConnection

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class FakeSocket:
    """Gives out what it was told, a few bytes at a time, and remembers what it was sent."""

    def __init__(self, answers: bytes, piece: int = 4096) -> None:
        self._pieces: Iterator[bytes] = iter(answers[n : n + piece] for n in range(0, len(answers), piece))
        self.sent: list[bytes] = []
        self.is_closed = False

    def setsockopt(self, *_: int) -> None: ...

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, content: bytes) -> None:
        self.sent.append(content)

    def recv(self, _: int) -> bytes:
        return next(self._pieces, b"")

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> "Connect":
    return Connect(monkeypatch)


class Connect:
    """Makes connections to sockets that play these answers, one socket after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *sockets: FakeSocket) -> HttpConnection:
        following = iter(sockets)

        def create_connection(address: tuple[bytes, int], _timeout: float) -> FakeSocket:
            assert address[0] == b"dynamodb.test"
            return next(following)

        self._monkeypatch.setattr(socket, "create_connection", create_connection)
        return HttpConnection("dynamodb.test", 80, is_tls=False, timeout=1)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 4096])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="by its length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n",
            id="in chunks, with a trailer",
        ),
    ],
)
def test_reads_an_answer_however_it_arrives(connect: Connect, answer: bytes, piece: int) -> None:
    connection = connect(FakeSocket(answer * 2, piece))

    assert connection.post({}, b"", 1) == (200, b"hello")
    assert connection.post({}, b"", 1) == (200, b"hello")


def test_sends_head_and_body_at_once(connect: Connect) -> None:
    fake = FakeSocket(OK)

    connect(fake).post({"Host": "dynamodb.test"}, b"{}", 1)

    assert fake.sent == [b"POST / HTTP/1.1\r\nHost: dynamodb.test\r\nContent-Length: 2\r\n\r\n{}"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half a head"),
        pytest.param(OK[:-1], id="half a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nhello", id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", id="a length beyond the bound"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", id="no number"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="a chunk of no size"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nnot a header\r\n\r\n", id="no header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 100_000 + b"\r\n\r\n", id="a head beyond the bound"),
    ],
)
def test_refuses_what_is_no_answer(connect: Connect, answer: bytes) -> None:
    with pytest.raises(BadAnswerError):
        connect(FakeSocket(answer)).post({}, b"", 1)


def test_connects_anew_after_an_answer_that_closes(connect: Connect) -> None:
    closing = FakeSocket(b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    connection = connect(closing, FakeSocket(OK))

    assert connection.post({}, b"", 1) == (503, b"")
    assert closing.is_closed
    assert connection.post({}, b"", 1) == (200, b"hello")


class FakeContext:
    """Shakes hands, or finds the certificate wrong; counts how often it was asked."""

    def __init__(self, *, trusts: bool) -> None:
        self._trusts = trusts
        self.handshakes = 0

    def wrap_socket(self, plain: FakeSocket, *, server_hostname: bytes) -> FakeSocket:
        assert server_hostname == b"dynamodb.test"
        self.handshakes += 1
        if not self._trusts:
            raise ssl.SSLCertVerificationError
        return plain


@pytest.mark.parametrize(
    ("issuer", "handshakes"),
    [pytest.param("amazon", [2, 0], id="Amazon's certificate"), pytest.param("other", [1, 2], id="the system's")],
)
def test_trusts_amazon_then_the_system(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, issuer: str, handshakes: list[int]
) -> None:
    contexts = [FakeContext(trusts=issuer == "amazon"), FakeContext(trusts=issuer != "amazon")]
    monkeypatch.setattr(trust, "amazon", lambda: contexts[0])
    monkeypatch.setattr(trust, "system", lambda: contexts[1])
    connect(FakeSocket(OK), FakeSocket(OK), FakeSocket(OK))
    connection = HttpConnection("dynamodb.test", 443, is_tls=True, timeout=1)

    assert connection.post({}, b"", 1) == (200, b"hello")
    connection.close()
    assert connection.post({}, b"", 1) == (200, b"hello")

    assert [one.handshakes for one in contexts] == handshakes


def test_speaks_to_nobody_whom_neither_trusts(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = [FakeSocket(OK), FakeSocket(OK)]
    monkeypatch.setattr(trust, "amazon", lambda: FakeContext(trusts=False))
    monkeypatch.setattr(trust, "system", lambda: FakeContext(trusts=False))
    connect(*fakes)
    connection = HttpConnection("dynamodb.test", 443, is_tls=True, timeout=1)

    with pytest.raises(ssl.SSLCertVerificationError):
        connection.post({}, b"secret", 1)

    assert all(fake.is_closed and not fake.sent for fake in fakes)


def test_the_amazon_context_trusts_the_five_roots_and_checks_names() -> None:
    context = trust.amazon()

    assert len(context.get_ca_certs()) == 5
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


class DrippingSocket(FakeSocket):
    """Sends a byte now and then, for ever; waiting takes time, and a time-out is an error as a real socket's is."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__(b"")
        self._clock = clock
        self._timeout = 0.0

    def settimeout(self, seconds: float) -> None:
        self._timeout = seconds

    def recv(self, _: int) -> bytes:
        waited = min(0.3, self._timeout)
        self._clock[0] += waited
        if waited < 0.3:
            raise TimeoutError
        return b"H"


def test_a_peer_that_drips_bytes_holds_a_call_no_longer_than_its_time_out(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    connection = connect(DrippingSocket(clock))

    with pytest.raises(TimeoutError):
        connection.post({}, b"", 2)

    assert clock[0] == pytest.approx(102.0)  # pyright: ignore[reportUnknownMemberType] - no types for it
