"""Making and rotating the signing keys: publish first, sign later, keep until the last token has expired."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gatehouse.domain.kernel import digests, jose
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth import signing
from gatehouse.domain.oauth.signing import SigningKey, SigningKeys, TooEarlyError

_ATTEMPTS = 5


class KeyVault(Protocol):
    """Where the private keys are. Implemented by `storage.key_vault`."""

    def find_current(self) -> SigningKeys | None:
        """Return the keys in use, or None before the first."""
        ...

    def find_pending(self, token: str) -> SigningKeys | None:
        """Return what the rotation of that token made so far."""
        ...

    def is_pending(self, token: str) -> bool:
        """Tell whether the rotation of that token is under way, whatever it made."""
        ...

    def add_pending(self, token: str, keys: SigningKeys) -> None:
        """Store what a rotation made."""
        ...

    def replace_current(self, token: str, keys: SigningKeys) -> None:
        """Store keys that are in use at once."""
        ...

    def promote(self, token: str) -> None:
        """Make a rotation's keys the ones in use, unless they were dropped or do not follow those in use."""
        ...

    def drop_pending(self, token: str | None = None) -> None:
        """Forget what a rotation made that is not over: of that token, or of any."""
        ...


class PublicKeyRegistry(Protocol):
    """Where the public halves are published. Implemented by `storage.directory_writer`."""

    def save_public_keys(self, jwks: str) -> None:
        """Publish the JWK Set, in JSON."""
        ...


class UnknownStepError(ValueError):
    """Secrets Manager asked for a step that its rotation does not have."""


class KeyRotation(msgspec.Struct, frozen=True):
    """The four steps of a Secrets Manager rotation, the first keys, and the emergency."""

    vault: KeyVault
    registry: PublicKeyRegistry
    algorithm: jose.Algorithm

    def begin(self, token: str, now: int) -> None:
        """Make the first keys, and publish them; does nothing if there are keys."""
        if self.vault.find_current() is None:
            self.replace_all(token, now)

    def replace_all(self, token: str, now: int) -> None:
        """Replace every key at once, because one leaked; what the old ones signed is worthless to whoever checks.

        The new keys are published beside the old ones before they sign, and the old ones are withdrawn last: whatever
        step fails, the keys that sign are published, and calling it again completes it. A rotation under way would
        bring the leaked keys back, so it is dropped before and after; what it published is replaced too.
        """
        old = self.vault.find_current()
        keys = SigningKeys(current=self._generate(now), next=self._generate(now))
        self._publish(keys, *([old] if old else []))
        self.vault.drop_pending()
        self.vault.replace_current(token, keys)
        self.vault.drop_pending()
        self._publish_current()

    def describe(self) -> dict[str, Any]:
        """Return the id of each key by its stage, with the NumericDate from which it was published; nothing secret."""
        keys = self._current()
        return {
            "current": _describe(keys.current),
            "next": _describe(keys.next),
            "previous": [_describe(one) for one in keys.previous],
        }

    def step(self, name: str, token: str, now: int) -> None:
        """Take one step of a rotation; each may be repeated.

        A rotation that is refused for good leaves no version behind that is under way: Secrets Manager would take the
        label AWSPENDING for a rotation that goes on, and refuse the next.

        Raises:
            TooEarlyError: The next key is not yet old enough to sign.
            UnknownStepError: There is no such step.
            LookupError: The rotation was dropped, or never begun.
        """
        try:
            self._step(name, token, now)
        except (TooEarlyError, LookupError):
            self.vault.drop_pending(token)
            raise

    def _step(self, name: str, token: str, now: int) -> None:
        match name:
            case "createSecret":
                self._create(token, now)
            case "setSecret":
                self._set(token)
            case "testSecret":
                self._test(self._tested(token).current)
            case "finishSecret":
                self.vault.promote(token)
            case _:
                raise UnknownStepError(name)

    def _create(self, token: str, now: int) -> None:
        current = self._current()
        if self.vault.find_pending(token) is None:
            self.vault.add_pending(token, signing.rotate(current, self._generate(now), now))
        if self._current() != current:  # an emergency came in between, and the rotation would bring leaked keys back
            raise LookupError(f"the rotation {token} follows keys that were replaced")

    def _set(self, token: str) -> None:
        self._publish(self._pending(token))
        if self.vault.find_pending(token) is None:  # an emergency came in between
            self._publish_current()
            raise LookupError(f"the rotation {token} was dropped")

    def _tested(self, token: str) -> SigningKeys:
        """Return what a rotation made. A schedule is tested on a temporary version without keys: then those in use."""
        keys = self.vault.find_pending(token)
        if keys is None and self.vault.is_pending(token):
            return self._current()
        return self._pending(token) if keys is None else keys

    def _current(self) -> SigningKeys:
        keys = self.vault.find_current()
        if keys is None:
            raise LookupError("no keys yet")
        return keys

    def _pending(self, token: str) -> SigningKeys:
        keys = self.vault.find_pending(token)
        if keys is None:
            raise LookupError(f"no pending keys {token}")
        return keys

    def _publish_current(self) -> None:
        """Publish the keys in use, and look whether they still are: somebody else may have replaced them meanwhile."""
        published: SigningKeys | None = None
        for _ in range(_ATTEMPTS):
            current = self._current()
            if current == published:
                return
            self._publish(current)
            published = current
        raise TemporarilyUnavailableError("the signing keys are being replaced")

    def _publish(self, *keys: SigningKeys) -> None:
        published = [key for one in keys for key in jwks(one)["keys"]]
        self.registry.save_public_keys(json.dumps({"keys": published}))

    def _test(self, key: SigningKey) -> None:
        claims = {"test": key.kid}
        token = jose.sign(key.private_jwk, claims, typ="JWT")
        if jose.verify(token, {"keys": [jose.public(json.loads(key.private_jwk))]}) != claims:
            raise ValueError(f"key {key.kid} does not verify what it signs")

    def _generate(self, now: int) -> SigningKey:
        kid = digests.generate_id()
        return SigningKey(kid=kid, private_jwk=json.dumps(jose.generate(self.algorithm, kid)), published_at=now)


def jwks(keys: SigningKeys) -> Mapping[str, Any]:
    """Return the public halves of all keys as a JWK Set (RFC 7517 section 5)."""
    every = (keys.current, keys.next, *keys.previous)
    return {"keys": [jose.public(json.loads(key.private_jwk)) for key in every]}


def _describe(key: SigningKey) -> dict[str, Any]:
    return {"kid": key.kid, "published_at": key.published_at}
