"""Documents that are fetched from outside: who fetches, how often, and what is said when it fails.

The fetching itself is a function of its own, without any permission (docs/decisions/0151). Who calls it has checked
before that a policy allows the host.
"""

from typing import Literal, Protocol

import msgspec

from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.secretive import Secretive

type Fault = Literal[
    "url", "own_host", "name", "address", "connection", "certificate", "timeout", "redirect", "status", "content_type",
    "content_encoding", "too_large", "not_text", "limited", "backing_off", "unavailable",
]  # fmt: skip

TEMPORARY: frozenset[Fault] = frozenset({"connection", "timeout", "limited", "backing_off", "unavailable"})
"""What may be over without anybody changing anything."""

FAULTS: dict[Fault, str] = {
    "url": "the URL is not one that may be fetched: https, port 443, a host of the public DNS, no user name",
    "own_host": "the URL leads to this service",
    "name": "the host has no address in the public DNS",
    "address": "the host has an address that is not public",
    "connection": "the connection was refused or broke",
    "certificate": "the host's certificate is not valid for its name",
    "timeout": "the answer was not complete within 5 seconds",
    "redirect": "the answer is a redirect; name the final URL",
    "status": "the answer's status is not 200",
    "content_type": "the answer's Content-Type is not JSON, such as application/json",
    "content_encoding": "the answer is compressed although it was asked not to be",
    "too_large": "the answer is too large",
    "not_text": "the answer is not UTF-8",
    "limited": "this host or this source was asked for too often; try again in some minutes",
    "backing_off": "the last attempts failed; the host is tried again later",
    "unavailable": "the function that fetches is busy",
}
"""What each fault means, as the end of a sentence."""

FRESH_SECONDS_MIN = 300
FRESH_SECONDS_DEFAULT = 3600
FRESH_SECONDS_MAX = 24 * 3600

WINDOW_SECONDS = 300
SOURCE_FETCHES_MAX = 30
HOST_FETCHES_MAX = 60
HOST_FORMS_MAX = 3000
SOURCE_FORMS_MAX = 600
"""Each sign-in at a provider posts one, and a whole office may have one address."""

_BACKOFF_SECONDS = 30
_BACKOFF_MAX_SECONDS = 3600
_DOUBLINGS_MAX = 7


class FetchedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was fetched.

    Attributes:
        max_age: The seconds that Cache-Control grants (RFC 9111); None if it says nothing.
    """

    body: str
    max_age: int | None = None

    def fresh_until(self, now: int) -> int:
        """Return until when it is kept: as long as it says, but for five minutes at least, and for a day at most."""
        wanted = FRESH_SECONDS_DEFAULT if self.max_age is None else self.max_age
        return now + min(max(wanted, FRESH_SECONDS_MIN), FRESH_SECONDS_MAX)


class Form(Secretive, frozen=True, kw_only=True):
    """What is posted: a form in its encoding, and perhaps credentials.

    Attributes:
        authorization: The header, or empty.
    """

    SECRETS = frozenset({"body", "authorization"})

    body: str
    authorization: str = ""


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive failures of a host. `retry_at` is the NumericDate until which it is left alone."""

    failures: int = 0
    retry_at: int = 0


NO_BACKOFF = Backoff()


class FetchError(Exception):
    """Nothing was fetched; the fault says why."""

    def __init__(self, fault: Fault, url: str) -> None:
        """Keep the fault; the text is for the log, and names no more than the host."""
        super().__init__(f"fetching from {outside_urls.host(url)[:253]!r}: {FAULTS[fault]}")
        self.fault: Fault = fault

    @property
    def is_temporary(self) -> bool:
        """Whether it may be over without anybody changing anything."""
        return self.fault in TEMPORARY


class OutsideFetcher(Protocol):
    """Fetches, by the function that may do nothing else."""

    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        """Return the JSON text behind the URL; it is of at most so many bytes.

        A form is posted. It is answered by JSON, also where it is refused.

        Raises:
            FetchError: It could not be had.
        """
        ...


class FetchStore(Protocol):
    """Remembers how often was fetched, and which hosts failed, for all function instances together."""

    def count_source_fetch(self, source: str, now: int) -> int:
        """Count a fetch that a source address caused; return how many it caused in this window."""
        ...

    def count_host_fetch(self, organisation: str, host: str, now: int) -> int:
        """Count a fetch from a host for an organisation; return how many there were in this window."""
        ...

    def find_backoff(self, organisation: str, host: str) -> Backoff:
        """Return the failures of a host."""
        ...

    def replace_backoff(self, organisation: str, host: str, backoff: Backoff) -> None:
        """Store the failures of a host; forget them if there are none."""
        ...


class LimitedFetcher(msgspec.Struct, frozen=True):
    """Fetches no more often than the limits allow, and leaves a host alone that fails."""

    fetcher: OutsideFetcher
    store: FetchStore

    def fetch(
        self, organisation: str, url: str, *, max_bytes: int, source: str, now: int, form: Form | None = None
    ) -> FetchedDocument:
        """Return what is behind the URL. A policy of the organisation has allowed its host.

        A form is posted for each sign-in at a provider, so their number at one host is bounded less.

        Args:
            source: The address that caused it.
            now: NumericDate.

        Raises:
            FetchError: It could not be had, or was asked for too often.
        """
        if outside_urls.find_fault(url):
            raise FetchError("url", url)
        host = outside_urls.host(url)
        backoff = self.store.find_backoff(organisation, host)
        if now < backoff.retry_at:
            raise FetchError("backing_off", url)
        of_source, of_host = (
            (SOURCE_FETCHES_MAX, HOST_FETCHES_MAX) if form is None else (SOURCE_FORMS_MAX, HOST_FORMS_MAX)
        )
        kind = "" if form is None else "form "
        is_limited = self.store.count_source_fetch(f"{kind}{source}", now) > of_source
        if is_limited or self.store.count_host_fetch(organisation, f"{kind}{host}", now) > of_host:
            raise FetchError("limited", url)
        try:
            document = self.fetcher.fetch(organisation, url, max_bytes, form)
        except FetchError as error:
            is_answered = form is not None and error.fault == "content_type"  # a form is refused in whatever words
            if error.fault != "unavailable" and not is_answered:  # that fault is ours, not the host's
                self.store.replace_backoff(organisation, host, after_failure(backoff, now))
            raise
        if backoff != NO_BACKOFF:
            self.store.replace_backoff(organisation, host, NO_BACKOFF)
        return document


def after_failure(backoff: Backoff, now: int) -> Backoff:
    """Return the state after one more failure: 30 seconds of rest, which double up to an hour."""
    rest = min(_BACKOFF_SECONDS * 2 ** min(backoff.failures, _DOUBLINGS_MAX), _BACKOFF_MAX_SECONDS)
    return Backoff(failures=backoff.failures + 1, retry_at=now + rest)


def window_ends_at(now: int) -> int:
    """Return when the present window of counted fetches ends."""
    return now - now % WINDOW_SECONDS + WINDOW_SECONDS
