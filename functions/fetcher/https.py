"""One request over HTTPS to an address that was checked, within one deadline; no redirects, no proxies, no cookies."""

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import msgspec

from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.fetching import Fault, FetchedDocument, FetchError, Form

DEADLINE_SECONDS = 5.0
BODY_MAX_BYTES = 64 * 1024

_HTTPS_PORT = 443
_ADDRESSES_MAX = 4
_CONNECT_SECONDS = 2.0
_MAX_AGE_DIGITS = 9

type Address = tuple[str, int]


class LoopbackHosts(msgspec.Struct, frozen=True, kw_only=True):
    """Hosts of tests on loopback, and the file of the one authority that signs their certificates. Never on AWS."""

    addresses: Mapping[str, Address] = msgspec.field(default_factory=dict[str, Address])
    authority: str = ""

    @classmethod
    def parse(cls, text: str, authority: str) -> "LoopbackHosts":
        """Read `name=127.0.0.1:8443`, several separated by commas.

        Raises:
            ValueError: An address is not on loopback, or no authority is named.
        """
        found: dict[str, Address] = {}
        for one in filter(None, text.split(",")):
            name, _, address = one.partition("=")
            ip, _, port = address.rpartition(":")
            if ip != "127.0.0.1" or not authority:
                raise ValueError("hosts of tests are on 127.0.0.1, and have an authority of their own")
            found[name] = (ip, int(port))
        return cls(addresses=found, authority=authority)


class OutsideClient:
    """Fetches documents from the public internet.

    Args:
        is_public: Whether an address is of the public internet.
        own_hosts: Where this service answers; nothing is fetched from itself.
        test_hosts: Exceptions from the rule that addresses are public.
        deadline_seconds: For all of it: resolving, connecting, the handshake and the last byte of the answer.
    """

    def __init__(
        self,
        is_public: Callable[[str], bool],
        own_hosts: frozenset[str],
        test_hosts: LoopbackHosts,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """Connect to nothing yet."""
        self._is_public = is_public
        self._own_hosts = own_hosts
        self._test_hosts = test_hosts
        self._deadline_seconds = deadline_seconds
        self._trusted: ssl.SSLContext | None = None

    def fetch(self, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        """Return the JSON text behind the URL, or the answer to a form.

        Raises:
            FetchError: It could not be had; the fault says why.
        """
        remaining = _deadline(time.monotonic() + self._deadline_seconds)
        if outside_urls.find_fault(url) or (form is not None and not _is_plain(form)):
            raise FetchError("url", url)
        host = outside_urls.host(url)
        if host in self._own_hosts:
            raise FetchError("own_host", url)
        try:
            with self._connect(url, host, remaining) as connected:
                return _exchange(connected, url, form, min(max_bytes, BODY_MAX_BYTES), remaining)
        except FetchError:
            raise
        except TimeoutError as error:
            raise FetchError("timeout", url) from error
        except ssl.SSLCertVerificationError as error:
            raise FetchError("certificate", url) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FetchError("connection", url) from error

    def _connect(self, url: str, host: str, remaining: Callable[[], float]) -> ssl.SSLSocket:
        """Connect to an address that was checked, under the name that was asked for."""
        test_address = self._test_hosts.addresses.get(host)
        if test_address is not None:
            found, trusted = [test_address], ssl.create_default_context(cafile=self._test_hosts.authority)
        else:
            found, trusted = self._resolve(url, host, remaining), self._trust()
        plain = _connect_first(found, remaining)
        try:
            plain.settimeout(remaining())
            return trusted.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise

    def _resolve(self, url: str, host: str, remaining: Callable[[], float]) -> Sequence[Address]:
        """Return the host's addresses if every one of them is public: IPv4 first, for Lambda reaches no IPv6.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
        """
        found = _ask_resolver(host, remaining)
        if not found:
            raise FetchError("name", url)
        if not all(map(self._is_public, found)):
            raise FetchError("address", url)
        in_order = sorted(found, key=lambda one: ":" in one)
        return [(one, _HTTPS_PORT) for one in in_order[:_ADDRESSES_MAX]]

    def _trust(self) -> ssl.SSLContext:
        if self._trusted is None:
            self._trusted = ssl.create_default_context()
        return self._trusted


def _deadline(ends_at: float) -> Callable[[], float]:
    """Return what says how many seconds remain, and raises TimeoutError when none do."""

    def remaining() -> float:
        seconds = ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds

    return remaining


def _ask_resolver(host: str, remaining: Callable[[], float]) -> Sequence[str]:
    """Return the addresses of a name; none if it has none.

    The resolver takes no deadline, so it runs in a thread of its own, which is left behind when time is over.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            # The dot at the end: a search list of the machine's must not complete the name.
            answers.put(socket.getaddrinfo(f"{host}.", _HTTPS_PORT, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answers.put(())

    threading.Thread(target=ask, daemon=True).start()
    try:
        answered = answers.get(timeout=remaining())
    except queue.Empty:
        raise TimeoutError("the resolver took too long") from None
    return list(dict.fromkeys(str(one[4][0]) for one in cast("Sequence[Any]", answered)))


def _connect_first(found: Sequence[Address], remaining: Callable[[], float]) -> socket.socket:
    """Connect to the first address that answers."""
    failure: OSError = OSError("no address")
    for address in found:
        try:
            return socket.create_connection(address, min(remaining(), _CONNECT_SECONDS))
        except OSError as error:
            failure = error
    remaining()
    raise failure


class _TimedReader(io.RawIOBase):
    """Reads from a socket; each read has the time that remains of the whole, so dripping gains nothing."""

    def __init__(self, connected: ssl.SSLSocket, remaining: Callable[[], float]) -> None:
        super().__init__()
        self._connected = connected
        self._remaining = remaining

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._connected.settimeout(self._remaining())
        return self._connected.recv_into(buffer)


class _Readable:
    """As much of a socket as `HTTPResponse` wants."""

    def __init__(self, reader: _TimedReader) -> None:
        self._reader = reader

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def _is_plain(form: Form) -> bool:
    """Say whether nothing of the form can end a header."""
    text = form.body + form.authorization
    return text.isascii() and text.isprintable()


def _exchange(
    connected: ssl.SSLSocket, url: str, form: Form | None, max_bytes: int, remaining: Callable[[], float]
) -> FetchedDocument:
    method, more, body = ("GET", "", "") if form is None else ("POST", _headers(form), form.body)
    head = (
        f"{method} {outside_urls.target(url)} HTTP/1.1\r\nHost: {outside_urls.host(url)}\r\n"
        f"Accept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: Gatehouse\r\n"
        f"Connection: close\r\n{more}\r\n"
    )
    connected.settimeout(remaining())
    connected.sendall((head + body).encode("ascii"))
    readable: Any = _Readable(_TimedReader(connected, remaining))
    with http.client.HTTPResponse(readable, method=method) as response:
        response.begin()
        return _read(response, url, max_bytes, is_form=form is not None)


def _headers(form: Form) -> str:
    authorization = f"Authorization: {form.authorization}\r\n" if form.authorization else ""
    return f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form.body)}\r\n{authorization}"


def _read(response: http.client.HTTPResponse, url: str, max_bytes: int, *, is_form: bool) -> FetchedDocument:
    fault = _find_fault(response, max_bytes, is_form=is_form)
    if fault is not None:
        raise FetchError(fault, url)
    content = response.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise FetchError("too_large", url)
    if response.length:  # `read(n)` does not say that the connection ended early
        raise FetchError("connection", url)
    try:
        max_age = parse_max_age(", ".join(response.headers.get_all("Cache-Control", [])))
        return FetchedDocument(body=content.decode(), max_age=max_age)
    except UnicodeDecodeError:
        raise FetchError("not_text", url) from None


def _find_fault(response: http.client.HTTPResponse, max_bytes: int, *, is_form: bool) -> Fault | None:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        return "redirect"
    is_refused_form = is_form and HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if response.status != HTTPStatus.OK and not is_refused_form:
        return "status"
    media_type = response.headers.get_content_type()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        return "content_type"
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return "content_encoding"
    return "too_large" if (response.length or 0) > max_bytes else None


def parse_max_age(cache_control: str) -> int | None:
    """Return the seconds that an answer may be kept (RFC 9111 section 5.2.2); None if it says nothing."""
    directives = [one.strip().lower() for one in cache_control.split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return 0
    for one in directives:
        name, _, value = one.partition("=")
        digits = value.strip('"')
        if name == "max-age" and digits.isascii() and digits.isdigit():
            return int(digits[:_MAX_AGE_DIGITS])
    return None
