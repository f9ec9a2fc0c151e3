"""Hosts from which the fetcher reads."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from functions.fetcher import addresses
from functions.fetcher.https import LoopbackHosts, OutsideClient
from gatehouse.domain.kernel.fetching import FAULTS, FetchError

HOST = "client.example"
URL = f"https://{HOST}/jwks.json"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OK = JSON + b"Content-Length: 2\r\n\r\n{}"


class Peer:
    """An HTTPS server that behaves as it is told, at the other end of a pair of sockets: no port is opened."""

    port = 8443

    def __init__(self, authority: trustme.CA, name: str, play: Callable[[ssl.SSLSocket], None]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate: Any = authority.issue_cert(name)
        certificate.configure_cert(self._context)
        self._play = play
        self._threads: list[threading.Thread] = []
        self.heads: list[bytes] = []

    def connect(self, address: Any, timeout: float) -> socket.socket:
        assert (address, timeout > 0) == (("127.0.0.1", self.port), True)
        ours, theirs = socket.socketpair()
        self._threads.append(threading.Thread(target=self._answer, args=(theirs,)))
        self._threads[-1].start()
        return ours

    def _answer(self, accepted: socket.socket) -> None:
        try:
            with self._context.wrap_socket(accepted, server_side=True) as connected:
                self.heads.append(connected.recv(65536))
                self._play(connected)
        except OSError:
            accepted.close()

    def close(self) -> None:
        for one in self._threads:
            one.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def start(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(play: Callable[[ssl.SSLSocket], None] | bytes, name: str = HOST) -> Peer:
        def send(connected: ssl.SSLSocket) -> None:
            assert isinstance(play, bytes)
            connected.sendall(play)

        peer = Peer(authority, name, send if isinstance(play, bytes) else play)
        monkeypatch.setattr(socket, "create_connection", peer.connect)
        started.append(peer)
        return peer

    yield start
    for one in started:
        one.close()


@pytest.fixture
def client(authority: trustme.CA, tmp_path: Path) -> Callable[..., OutsideClient]:
    pem = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(pem)
    loopback = LoopbackHosts.parse(f"{HOST}=127.0.0.1:{Peer.port}", str(pem))

    def client(own_hosts: Sequence[str] = (), deadline_seconds: float = 5.0) -> OutsideClient:
        return OutsideClient(addresses.is_public, frozenset(own_hosts), loopback, deadline_seconds=deadline_seconds)

    return client


def refused(client: OutsideClient, url: str = URL, max_bytes: int = 5 * 1024) -> str:
    with pytest.raises(FetchError) as caught:
        client.fetch(url, max_bytes)
    assert caught.value.fault in FAULTS
    assert url not in str(caught.value)  # its query may be confidential
    return caught.value.fault
