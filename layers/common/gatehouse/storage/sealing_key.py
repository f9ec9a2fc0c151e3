"""The key of second factors, or of client secrets, in Secrets Manager.

It changes only when a directory moves in from another stack, with that stack's key (docs/decisions/0361). So it is read
again from time to time, and the one that is known serves while Secrets Manager does not answer.
"""

from gatehouse.domain.kernel import sealing
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import clock
from gatehouse.storage.aws.transport import Transport

KNOWN_SECONDS = 600
_PAUSE_SECONDS = 60


class SecretsManagerSealingKey:
    """Implements `SealingKeyStore`."""

    def __init__(self, transport: Transport, secret_arn: str) -> None:
        """Read nothing yet."""
        self._transport = transport
        self._secret_arn = secret_arn
        self._key = b""
        self._read_again_at = 0.0

    def find_sealing_key(self) -> bytes:
        """See `SealingKeyStore.find_sealing_key`."""
        if not self._key or clock.now() >= self._read_again_at:
            self._read()
        return self._key

    def _read(self) -> None:
        lasts = KNOWN_SECONDS
        try:
            answer = self._transport.call("GetSecretValue", {"SecretId": self._secret_arn})
            self._key = sealing.derive_key(answer["SecretString"])
        except TemporarilyUnavailableError:
            if not self._key:
                raise
            lasts = _PAUSE_SECONDS
        self._read_again_at = clock.now() + lasts
