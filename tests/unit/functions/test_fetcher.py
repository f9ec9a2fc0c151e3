"""The fetcher: which URLs and addresses it refuses, and what a peer on a real socket cannot make it do."""

import importlib
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme

from functions.fetcher import addresses, https
from functions.fetcher.https import LoopbackHosts, OutsideClient
from tests.template import ROOT
from tests.unit.functions.fetching_peers import HOST, JSON, OK, URL, refused
from tests.unit.functions.fetching_peers import authority as authority
from tests.unit.functions.fetching_peers import client as client
from tests.unit.functions.fetching_peers import start as start
from tests.unit.functions.variables import ENVIRONMENT


def test_a_document_is_fetched_under_its_own_name(start: Any, client: Any) -> None:
    peer = start(JSON + b"Cache-Control: public, max-age=600\r\nContent-Length: 4\r\n\r\n\xc3\xa9{}")

    document = client().fetch("https://client.example/a?b=c", 5 * 1024)

    assert (document.body, document.max_age) == ("\u00e9{}", 600)
    lines = peer.heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert {"Host: client.example", "Accept-Encoding: identity", "Connection: close"} <= set(lines)
    assert not any(line.lower().startswith(("cookie", "authorization")) for line in lines)


def test_headers_of_one_name_are_one_list(start: Any, client: Any) -> None:
    start(JSON + b"Cache-Control: max-age=600\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}")

    assert client().fetch(URL, 5 * 1024).max_age == 0


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


def test_a_proxy_of_the_environment_is_not_used(start: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    start(OK)

    assert client().fetch(URL, 100).body == "{}"


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
    for name, value in (ENVIRONMENT | {"OWN_URLS": " https://abc.execute-api.eu-west-1.amazonaws.com"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", [str(ROOT / "functions" / "fetcher"), *sys.path])
    return importlib.import_module("functions.fetcher.app")


def test_the_function_answers_with_the_fault(app: ModuleType) -> None:
    own = {"url": "https://abc.execute-api.eu-west-1.amazonaws.com/token", "max_bytes": 100}

    assert app.handler(own, None) == {"fault": "own_host"}
    assert app.handler({"url": "http://client.example", "max_bytes": 100}, None) == {"fault": "url"}
