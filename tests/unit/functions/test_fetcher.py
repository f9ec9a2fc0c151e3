"""The fetcher: which URLs and addresses it refuses, and what a peer on a real socket cannot make it do."""

import importlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme

from functions.fetcher import addresses, https
from functions.fetcher.https import LoopbackHosts, OutsideClient
from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.fetching import FAULTS, FetchError
from tests.template import ROOT

HOST = "client.example"
URL = f"https://{HOST}/jwks.json"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OK = JSON + b"Content-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://client.example/x", "https://"),
        ("ftp://client.example/x", "https://"),
        ("//client.example/x", "https://"),
        ("https:/client.example", "https://"),
        ("", "no URL"),
        ("https://client.example/" + "x" * 1100, "no URL"),
        ("https://client.example/a b", "no URL"),
        ("https://client.example/\n", "no URL"),
        ("https://client.example\t.evil.example/", "no URL"),
        ("https://client.example\\@evil.example/", "no URL"),
        ("https://b\u00fccher.example/", "no URL"),
        ("https://client.example/%zz", "no URL"),
        ("https://client.example/#x", "fragment"),
        ("https://client.example/#", "fragment"),
        ("https://client.example#@evil.example/", "fragment"),
        ("https://user@client.example/", "user name"),
        ("https://user:word@client.example/", "user name"),
        ("https://client.example:443@evil.example/", "user name"),
        ("https://client.example:8443/", "port"),
        ("https://client.example:80/", "port"),
        ("https://client.example:/", "port"),
        ("https://client.example:443:443/", "port"),
        ("https://127.0.0.1/", "IP address"),
        ("https://8.8.8.8/", "IP address"),
        ("https://[::1]/", "IP address"),
        ("https://[::ffff:169.254.169.254]:443/", "IP address"),
        ("https://[fe80::1%25eth0]/", "IP address"),
        ("https://2130706433/", "IP address"),
        ("https://0x7f000001/", "IP address"),
        ("https://0x7f.1/", "IP address"),
        ("https://127.1/", "IP address"),
        ("https://0177.0.0.1/", "IP address"),
        ("https://a.example.0x7f/", "IP address"),
        ("https://client.example./", "host name"),
        ("https:///x", "host name"),
        ("https://localhost/", "host name"),
        ("https://-a.example/", "host name"),
        ("https://a..example/", "host name"),
        ("https://a_b.example/", "host name"),
        ("https://" + "a." * 127 + "example/", "host name"),
        ("https://app.localhost/", "public DNS"),
        ("https://printer.local/", "public DNS"),
        ("https://ip-10-0-0-1.ec2.internal/", "public DNS"),
        ("https://1.0.0.127.in-addr.arpa/", "public DNS"),
    ],
)
def test_a_url_with_anything_hidden_in_it_is_refused_with_what_to_change(url: str, part: str) -> None:
    assert part in outside_urls.find_fault(url)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        (URL, HOST, "/jwks.json"),
        ("https://client.example", HOST, "/"),
        ("HTTPS://CLIENT.example:443/a?b=/c", HOST, "/a?b=/c"),
        ("https://client.example?b", HOST, "/?b"),
        ("https://xn--bcher-kva.example/%2F", "xn--bcher-kva.example", "/%2F"),
    ],
)
def test_an_ordinary_url_is_taken_apart(url: str, host: str, target: str) -> None:
    assert outside_urls.find_fault(url) == ""
    assert (outside_urls.host(url), outside_urls.target(url)) == (host, target)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address, not a binding
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001:db8::1",
        "2001:0:7f00:1::1",
        "2001:0:808:808:0:0:80ff:fffe",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2002:a9fe:a9fe::1",
        "2002:c0a8:101::1",
        "2a00::5efe:10.0.0.1",
        "2a00::200:5efe:7f00:1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
def test_an_address_that_is_not_public_is_none_whatever_form_it_hides_in(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2a00::5efe:808:808"],
)
def test_a_public_address_is_one_in_every_form(address: str) -> None:
    assert addresses.is_public(address)


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


def test_a_document_is_fetched_under_its_own_name(start: Any, client: Any) -> None:
    peer = start(JSON + b"Cache-Control: public, max-age=600\r\nContent-Length: 4\r\n\r\n\xc3\xa9{}")

    document = client().fetch("https://client.example/a?b=c", 5 * 1024)

    assert (document.body, document.max_age) == ("\u00e9{}", 600)
    lines = peer.heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert {"Host: client.example", "Accept-Encoding: identity", "Connection: close"} <= set(lines)
    assert not any(line.lower().startswith(("cookie", "authorization")) for line in lines)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(JSON + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", id="chunks"),
        pytest.param(JSON + b"\r\n{}", id="until the end"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, id="a provisional answer before it"),
        pytest.param(OK.replace(b"application/json", b"application/jwk-set+json; charset=utf-8"), id="JWK Set"),
        pytest.param(OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: identity\r\n\r\n"), id="named identity"),
    ],
)
def test_an_answer_may_be_framed_in_every_way(start: Any, client: Any, answer: bytes) -> None:
    start(answer)

    assert client().fetch(URL, 5 * 1024).body == "{}"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param(b"HTTP/1.1 301 Moved\r\nLocation: https://client.example/y\r\n\r\n", "redirect", id="301"),
        pytest.param(b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9001/\r\n\r\n", "redirect", id="307"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\n\r\n", "redirect", id="304"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "status", id="404"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", "status", id="204"),
        pytest.param(OK.replace(b"200 OK", b"206 Partial"), "status", id="206"),
        pytest.param(OK.replace(b"application/json", b"text/html"), "content_type", id="HTML"),
        pytest.param(OK.replace(b"application/json", b"text/json+json"), "content_type", id="another +json"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "content_type", id="no type"),
        pytest.param(JSON + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "content_encoding", id="gzip"),
        pytest.param(JSON + b"Content-Length: 5121\r\n\r\n" + b" " * 5121, "too_large", id="too large, and says so"),
        pytest.param(JSON + b"\r\n" + b" " * 5121, "too_large", id="too large"),
        pytest.param(
            JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b" " * 1024 + b"\r\n", "connection", id="half"
        ),
        pytest.param(JSON + b"Content-Length: 100\r\n\r\n{}", "connection", id="shorter than it says"),
        pytest.param(JSON + b"Content-Length: 2\r\n\r\n\xff\xfe", "not_text", id="not UTF-8"),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", "connection", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "connection", id="200 headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "connection", id="a long header"),
        pytest.param(b"", "connection", id="nothing"),
    ],
)
def test_any_other_answer_is_refused(start: Any, client: Any, answer: bytes, fault: str) -> None:
    start(answer)

    assert refused(client()) == fault


def test_nobody_gets_more_than_the_fetcher_allows(start: Any, client: Any) -> None:
    start(JSON + b"\r\n" + b" " * (https.BODY_MAX_BYTES + 1))

    assert refused(client(), max_bytes=10**9) == "too_large"


def drip(connected: ssl.SSLSocket) -> None:
    for byte in OK * 100:
        connected.sendall(bytes([byte]))
        time.sleep(0.02)


def drip_the_body(connected: ssl.SSLSocket) -> None:
    connected.sendall(JSON + b"Content-Length: 5000\r\n\r\n")
    drip(connected)


def say_nothing(connected: ssl.SSLSocket) -> None:
    connected.recv(1)


def hint(connected: ssl.SSLSocket) -> None:
    while True:
        connected.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize("play", [drip, drip_the_body, say_nothing, hint])
def test_a_slow_peer_gains_no_time(start: Any, client: Any, play: Callable[[ssl.SSLSocket], None]) -> None:
    start(play)
    began = time.monotonic()

    assert refused(client(deadline_seconds=0.4)) == "timeout"
    assert time.monotonic() - began < 2


def test_a_peer_that_does_not_shake_hands_gains_no_time(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, silent = socket.socketpair()
    monkeypatch.setattr(socket, "create_connection", lambda *_: ours)

    with silent:
        assert refused(client(deadline_seconds=0.3)) == "timeout"


def test_a_certificate_of_another_name_is_refused(start: Any, client: Any) -> None:
    start(OK, name="evil.example")

    assert refused(client()) == "certificate"


def test_a_certificate_of_an_unknown_authority_is_refused(start: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    hosts = LoopbackHosts.parse(f"{HOST}=127.0.0.1:{start(OK).port}", str(other))

    assert refused(OutsideClient(addresses.is_public, frozenset(), hosts)) == "certificate"


def test_own_hosts_are_refused_in_any_spelling(start: Any, client: Any) -> None:
    peer = start(OK)

    assert refused(client(own_hosts=[HOST]), "https://CLIENT.example:443/t/johnsorg") == "own_host"
    assert peer.heads == []


def resolving(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[Any]:
    """Let every name resolve to these addresses, and every connection go to a list."""
    connected: list[Any] = []

    def getaddrinfo(name: str, port: int, **_: Any) -> list[Any]:
        assert (name, port) == (f"{HOST}.", 443)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    def create_connection(address: Any, *_: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    return connected


def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "8.8.8.8", "169.254.169.254")

    assert refused(OutsideClient(addresses.is_public, frozenset(), LoopbackHosts())) == "address"
    assert connected == []


def test_the_checked_addresses_are_those_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "8.8.8.8", "8.8.4.4", "8.8.8.8", "1.1.1.1", "1.0.0.1", "9.9.9.9")

    assert refused(OutsideClient(addresses.is_public, frozenset(), LoopbackHosts())) == "connection"
    assert connected == [(one, 443) for one in ("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1")]


def test_addresses_that_lambda_cannot_reach_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with many addresses of IPv6 before those of IPv4 is reached all the same."""
    several = [f"2606:4700::{number}" for number in range(1, 7)]
    connected = resolving(monkeypatch, *several, "8.8.8.8", "8.8.4.4")

    assert refused(OutsideClient(addresses.is_public, frozenset(), LoopbackHosts())) == "connection"
    assert [one for one, _ in connected] == ["8.8.8.8", "8.8.4.4", *several[:2]]


def test_a_name_without_addresses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch)

    assert refused(OutsideClient(addresses.is_public, frozenset(), LoopbackHosts())) == "name"


def test_a_slow_resolver_gains_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        released.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    assert refused(OutsideClient(addresses.is_public, frozenset(), LoopbackHosts(), deadline_seconds=0.2)) == "timeout"
    released.set()


def test_a_proxy_of_the_environment_is_not_used(start: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    start(OK)

    assert client().fetch(URL, 100).body == "{}"


@pytest.mark.parametrize(
    "setting", [f"{HOST}=169.254.169.254:80", f"{HOST}=localhost:443", f"{HOST}=8.8.8.8:443", f"{HOST}=127.0.0.2:443"]
)
def test_hosts_of_tests_are_on_loopback_only(setting: str) -> None:
    with pytest.raises(ValueError, match="127"):
        LoopbackHosts.parse(setting, "authority.pem")


def test_hosts_of_tests_have_an_authority_of_their_own() -> None:
    with pytest.raises(ValueError, match="authority"):
        LoopbackHosts.parse(f"{HOST}=127.0.0.1:443", "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("public", None),
        ("max-age=60", 60),
        ('private, Max-Age="60"', 60),
        ("max-age=-1", None),
        ("max-age=x", None),
        ("max-age=99999999999999", 999_999_999),
        ("no-store, max-age=60", 0),
        ("no-cache", 0),
    ],
)
def test_what_cache_control_grants(header: str, seconds: int | None) -> None:
    assert https.parse_max_age(header) == seconds


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    variables = {
        "DIRECTORY_TABLE": "directory",
        "GRANTS_TABLE": "grants",
        "PROCESS_CACHE_SECONDS": "0",
        "ACCESS_TOKEN_LIFETIME_SECONDS": "3600",
        "REFRESH_TOKEN_LIFETIME_SECONDS": "86400",
        "GRANT_LIFETIME_SECONDS": "2592000",
        "AWS_REGION": "eu-west-1",
        "OWN_URLS": " https://abc.execute-api.eu-west-1.amazonaws.com",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", [str(ROOT / "functions" / "fetcher"), *sys.path])
    return importlib.import_module("functions.fetcher.app")


def test_the_function_answers_with_the_fault(app: ModuleType) -> None:
    own = {"url": "https://abc.execute-api.eu-west-1.amazonaws.com/token", "max_bytes": 100}

    assert app.handler(own, None) == {"fault": "own_host"}
    assert app.handler({"url": "http://client.example", "max_bytes": 100}, None) == {"fault": "url"}
