"""The signing keys in Secrets Manager: cached for a minute to sign, for a quarter of an hour to derive."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth import signing
from gatehouse.domain.oauth.signing import SigningKey, SigningKeys
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

_DERIVATION_SECONDS = 15 * 60
"""An old key derives as well as a new one while others still know it, which is a day; so this is rarely asked."""


class SecretsManagerSigner:
    """Implements `Signer`. A key it does not remember is looked up once more: another instance may know newer ones."""

    def __init__(self, transport: Transport, secret_arn: str, cache: TtlCache) -> None:
        """Read nothing yet."""
        self._transport = transport
        self._secret_arn = secret_arn
        self._cache = cache
        self._derivation_cache = TtlCache(_DERIVATION_SECONDS)

    def current_kid(self) -> str:
        """See `Signer.current_kid`."""
        return self._keys(self._cache).current.kid

    def find_algorithm(self, kid: str) -> str:
        """See `Signer.find_algorithm`."""
        return json.loads(self._find(kid).private_jwk)["alg"]

    def derivation_kid(self) -> str:
        """See `Signer.derivation_kid`."""
        return self._keys(self._derivation_cache).current.kid

    def find_derivation_key(self, kid: str) -> bytes:
        """See `Signer.find_derivation_key`.

        Raises:
            TemporarilyUnavailableError: The key is gone, by an emergency rotation.
        """
        return signing.derivation_key(self._keys(self._derivation_cache).find(kid) or self._reread(kid))

    def sign(self, claims: Mapping[str, Any], *, typ: str, kid: str) -> str:
        """See `Signer.sign`.

        Raises:
            TemporarilyUnavailableError: The key is gone, by an emergency rotation.
        """
        from gatehouse.domain.kernel import jose  # only where JWTs are made: see there

        return jose.sign(self._find(kid).private_jwk, claims, typ=typ)

    def _find(self, kid: str) -> SigningKey:
        return self._keys(self._cache).find(kid) or self._reread(kid)

    def _reread(self, kid: str) -> SigningKey:
        key = self._read().find(kid)
        if key is None:
            raise TemporarilyUnavailableError(f"no signing key {kid}")
        return key

    def _keys(self, cache: TtlCache) -> SigningKeys:
        is_cached, keys = cache.get(self._secret_arn)
        return keys if is_cached else self._read()

    def _read(self) -> SigningKeys:
        answer = self._transport.call("GetSecretValue", {"SecretId": self._secret_arn})
        keys = signing.parse(answer["SecretString"])
        self._cache.put(self._secret_arn, keys)
        self._derivation_cache.put(self._secret_arn, keys)
        return keys
