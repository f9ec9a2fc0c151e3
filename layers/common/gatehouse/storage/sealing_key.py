"""The key of second factors in Secrets Manager. It never changes, so it is read once."""

from gatehouse.domain.kernel import sealing
from gatehouse.storage.aws.transport import Transport


class SecretsManagerSealingKey:
    """Implements `SealingKeyStore`."""

    def __init__(self, transport: Transport, secret_arn: str) -> None:
        """Read nothing yet."""
        self._transport = transport
        self._secret_arn = secret_arn
        self._key = b""

    def find_sealing_key(self) -> bytes:
        """See `SealingKeyStore.find_sealing_key`."""
        if not self._key:
            answer = self._transport.call("GetSecretValue", {"SecretId": self._secret_arn})
            self._key = sealing.derive_key(answer["SecretString"])
        return self._key
