"""Which URLs and addresses the fetcher refuses."""

import socket
import threading
from typing import Any

import pytest

from functions.fetcher import addresses
from functions.fetcher.https import LoopbackHosts, OutsideClient
from gatehouse.domain.kernel import outside_urls
from tests.unit.functions.fetching_peers import HOST, OK, URL, refused
from tests.unit.functions.fetching_peers import authority as authority
from tests.unit.functions.fetching_peers import client as client
from tests.unit.functions.fetching_peers import start as start


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


@pytest.mark.parametrize(
    "setting", [f"{HOST}=169.254.169.254:80", f"{HOST}=localhost:443", f"{HOST}=8.8.8.8:443", f"{HOST}=127.0.0.2:443"]
)
def test_hosts_of_tests_are_on_loopback_only(setting: str) -> None:
    with pytest.raises(ValueError, match="127"):
        LoopbackHosts.parse(setting, "authority.pem")


def test_hosts_of_tests_have_an_authority_of_their_own() -> None:
    with pytest.raises(ValueError, match="authority"):
        LoopbackHosts.parse(f"{HOST}=127.0.0.1:443", "")
