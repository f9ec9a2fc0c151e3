"""The public keys of a client that publishes them at its `jwks_uri` (RFC 7591 section 2): fetched, and kept a while."""

import base64
import json
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from gatehouse.domain.kernel import json_values
from gatehouse.domain.kernel.errors import InvalidClientError, TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FetchedDocument, FetchError, LimitedFetcher
from gatehouse.domain.oauth.clients import Client

STALE_SECONDS = 3600
REFETCH_SECONDS = 60
DOCUMENT_MAX_BYTES = 64 * 1024
KEYS_MAX = 20

_REGISTERED_MAX_CHARACTERS = 8 * 1024
_REGISTERED_KEYS_MAX = 10


class FetchedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A JWK Set as it was fetched: those of its keys that we can check signatures with.

    Attributes:
        fetched_at: NumericDate.
        fresh_until: NumericDate until which it is not fetched again, unless an unknown key is used.
        expires_at: NumericDate until which it serves if fetching fails.
    """

    jwks: str
    fetched_at: int
    fresh_until: int
    expires_at: int


class KeyCache(Protocol):
    """Where fetched key sets are kept, one for each URL of an organisation, for all function instances together."""

    def find_keys(self, organisation: str, url: str) -> FetchedKeys | None:
        """Return what was fetched; it may have expired."""
        ...

    def save_keys(self, organisation: str, url: str, fetched: FetchedKeys) -> None:
        """Keep what was fetched."""
        ...


class PublishedKeys(msgspec.Struct, frozen=True):
    """Finds the keys of clients that have a `jwks_uri`."""

    cache: KeyCache
    fetcher: LimitedFetcher

    def candidates(self, client: Client, assertion: str, source: str, now: int) -> Iterator[str]:
        """Yield the JWK Sets to check the assertion with: what is kept, then perhaps what is published now.

        A key that is unknown, or not named, has the set fetched again, at most once a minute, so that keys may be
        rotated at any time. A failed fetch falls back to what is kept, until that expires.

        Raises:
            InvalidClientError: Nothing is kept, and the URL answers with no JWK Set; the description says so.
            TemporarilyUnavailableError: Nothing is kept, and nothing can be fetched now.
        """
        kept = self.cache.find_keys(client.organisation, client.jwks_uri)
        if kept is not None and now < kept.fresh_until:
            yield kept.jwks
            if _names_known_key(assertion, kept.jwks) or now < kept.fetched_at + REFETCH_SECONDS:
                return
        try:
            fetched = fetch(self.fetcher, self.cache, client.organisation, client.jwks_uri, source, now)
        except (FetchError, ValueError) as error:
            if kept is None or now >= kept.expires_at:
                raise _refusal(client, error) from error
            if now < kept.fresh_until:
                return
            fetched = kept
        yield fetched.jwks


_NO_KEY_SET = "The client's jwks_uri answers with no JWK Set of public keys for RS256, PS256, ES256 or EdDSA."
_NOT_FETCHED = (
    "The client's jwks_uri could not be fetched. It must answer on a public host, at port 443, with status 200, "
    "without redirects, with Content-Type application/json or application/jwk-set+json, in at most 64 KB and 5 seconds."
)


def _refusal(client: Client, error: FetchError | ValueError) -> InvalidClientError | TemporarilyUnavailableError:
    reason = f"jwks_uri of client {client.client_id!r}: {error}"
    if not isinstance(error, FetchError):
        return InvalidClientError(reason, description=_NO_KEY_SET)
    if error.is_temporary:
        return TemporarilyUnavailableError(reason)
    return InvalidClientError(reason, description=_NOT_FETCHED)


def fetch(fetcher: LimitedFetcher, cache: KeyCache, organisation: str, url: str, source: str, now: int) -> FetchedKeys:
    """Fetch a published JWK Set, and keep its usable keys.

    Raises:
        FetchError: It cannot be had.
        ValueError: It is no JWK Set, or has no usable key.
    """
    document = fetcher.fetch(organisation, url, max_bytes=DOCUMENT_MAX_BYTES, source=source, now=now)
    fetched = parse(document, now)
    cache.save_keys(organisation, url, fetched)
    return fetched


def find_fault(jwks: str) -> str:
    """Return what is wrong with a JWK Set that a client registers (RFC 7517 section 5), as a sentence; or nothing.

    Its keys are public, and we can check signatures with every one of them.
    """
    from gatehouse.domain.kernel import jose  # only where keys are registered: see there

    keys = _listed(json_values.parse_members(jwks)) if len(jwks) <= _REGISTERED_MAX_CHARACTERS else []
    if not 0 < len(keys) <= _REGISTERED_KEYS_MAX:
        return 'A JWK Set is {"keys": [...]} with 1 to 10 public keys, in at most 8,192 characters.'
    faults = ((number, jose.find_fault(key)) for number, key in enumerate(keys, 1))
    return next((f"Key {number} of the JWK Set {fault}." for number, fault in faults if fault), "")


def parse(document: FetchedDocument, now: int) -> FetchedKeys:
    """Return the usable keys of a published JWK Set (RFC 7517 section 5 says to ignore the others).

    Raises:
        ValueError: It is no JWK Set, or has no usable key.
    """
    from gatehouse.domain.kernel import jose  # only where assertions are used: see there

    try:
        parsed = json.loads(document.body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    usable = [key for key in _listed(parsed)[:KEYS_MAX] if not jose.find_fault(key)]
    if not usable:
        raise ValueError("no usable key")
    fresh_until = document.fresh_until(now)
    return FetchedKeys(
        jwks=json.dumps({"keys": usable}, separators=(",", ":")),
        fetched_at=now,
        fresh_until=fresh_until,
        expires_at=fresh_until + STALE_SECONDS,
    )


def _listed(jwks: object) -> list[Any]:
    return json_values.elements(json_values.members(jwks).get("keys"))


def _names_known_key(assertion: str, jwks: str) -> bool:
    """Say whether the header's `kid` names one of the keys; what is wrong then is not that a key is missing."""
    try:
        header: Any = json.loads(base64.urlsafe_b64decode(assertion.partition(".")[0] + "=="))
        kid = header["kid"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    return isinstance(kid, str) and any(key.get("kid") == kid for key in json.loads(jwks)["keys"])
