"""The signing keys in Secrets Manager, remembered for a minute."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.domain import signing
from gatehouse.domain.errors import TemporarilyUnavailableError
from gatehouse.domain.signing import SigningKey, SigningKeys
from gatehouse.storage.memory import Memory
from gatehouse.storage.transport import Transport


class SecretSigner:
    """Implements `Signer`. A key it does not remember is looked up once more: another instance may know newer ones."""

    def __init__(self, transport: Transport, secret_arn: str, memory: Memory) -> None:
        """Read nothing yet."""
        self._transport = transport
        self._secret_arn = secret_arn
        self._memory = memory

    def current_kid(self) -> str:
        """See `Signer.current_kid`."""
        return self._keys().current.kid

    def find_algorithm(self, kid: str) -> str:
        """See `Signer.find_algorithm`."""
        return json.loads(self._find(kid).private_jwk)["alg"]

    def sign(self, claims: Mapping[str, Any], *, typ: str, kid: str) -> str:
        """See `Signer.sign`.

        Raises:
            TemporarilyUnavailableError: The key is gone, by an emergency rotation.
        """
        from gatehouse.domain import jose  # only where JWTs are made: see there

        return jose.sign(self._find(kid).private_jwk, claims, typ=typ)

    def _find(self, kid: str) -> SigningKey:
        key = self._keys().find(kid) or self._read().find(kid)
        if key is None:
            raise TemporarilyUnavailableError(f"no signing key {kid}")
        return key

    def _keys(self) -> SigningKeys:
        is_remembered, keys = self._memory.recall(self._secret_arn)
        return keys if is_remembered else self._read()

    def _read(self) -> SigningKeys:
        answer = self._transport.call("GetSecretValue", {"SecretId": self._secret_arn})
        keys = signing.parse(answer["SecretString"])
        self._memory.keep(self._secret_arn, keys)
        return keys
