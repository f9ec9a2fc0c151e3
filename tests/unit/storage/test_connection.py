"""The HTTP/1.1 connection on a socket that plays a prepared answer, cut into pieces of every size."""

import socket
from collections.abc import Iterator

import pytest

from gatehouse.storage.connection import BadAnswerError, Connection

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class FakeSocket:
    """Gives out what it was told, a few bytes at a time, and remembers what it was sent."""

    def __init__(self, answers: bytes, piece: int = 4096) -> None:
        self._pieces: Iterator[bytes] = iter(answers[n : n + piece] for n in range(0, len(answers), piece))
        self.sent: list[bytes] = []
        self.is_closed = False

    def setsockopt(self, *_: int) -> None: ...

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

    def __call__(self, *sockets: FakeSocket) -> Connection:
        following = iter(sockets)

        def create_connection(*_: object) -> FakeSocket:
            return next(following)

        self._monkeypatch.setattr(socket, "create_connection", create_connection)
        return Connection("dynamodb.test", 80, is_tls=False, timeout=1)


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

    assert connection.post({}, b"") == (200, b"hello")
    assert connection.post({}, b"") == (200, b"hello")


def test_sends_head_and_body_at_once(connect: Connect) -> None:
    fake = FakeSocket(OK)

    connect(fake).post({"Host": "dynamodb.test"}, b"{}")

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
        connect(FakeSocket(answer)).post({}, b"")


def test_connects_anew_after_an_answer_that_closes(connect: Connect) -> None:
    closing = FakeSocket(b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    connection = connect(closing, FakeSocket(OK))

    assert connection.post({}, b"") == (503, b"")
    assert closing.is_closed
    assert connection.post({}, b"") == (200, b"hello")
