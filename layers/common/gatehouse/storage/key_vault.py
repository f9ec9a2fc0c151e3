"""The signing keys' secret in Secrets Manager, as its rotation sees it: versions and their stages."""

import json

from gatehouse.domain.oauth import signing
from gatehouse.domain.oauth.signing import SigningKeys
from gatehouse.storage.aws.transport import RequestRefusedError, Transport

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class SecretsManagerKeyVault:
    """Reads and writes one secret."""

    def __init__(self, transport: Transport, secret_arn: str) -> None:
        """Use this secret."""
        self._transport = transport
        self._secret_arn = secret_arn

    def find_current(self) -> SigningKeys | None:
        """Return the keys in use; None while the secret is as the stack made it."""
        return self._find(VersionStage=CURRENT)

    def _find(self, **version: str) -> SigningKeys | None:
        text = self._transport.call("GetSecretValue", {"SecretId": self._secret_arn, **version})["SecretString"]
        return signing.parse(text) if json.loads(text) else None

    def find_pending(self, token: str) -> SigningKeys | None:
        """Return what a rotation made, by its token; None if it made nothing yet, though Secrets Manager has begun."""
        version = {"SecretId": self._secret_arn, "VersionId": token, "VersionStage": PENDING}
        try:
            return signing.parse(self._transport.call("GetSecretValue", version).get("SecretString", ""))
        except (RequestRefusedError, ValueError):
            return None

    def is_pending(self, token: str) -> bool:
        """Tell whether the rotation of that token is under way, whatever it made."""
        return PENDING in self._stages().get(token, ())

    def add_pending(self, token: str, keys: SigningKeys) -> None:
        """Store what a rotation made."""
        self._put(keys, PENDING, token)

    def replace_current(self, token: str, keys: SigningKeys) -> None:
        """Store keys that are in use at once."""
        self._put(keys, CURRENT, token)

    def promote(self, token: str) -> None:
        """Make a rotation's keys the ones in use; harmless if they are already.

        Raises:
            LookupError: The rotation was dropped, is over, or does not follow the keys in use; keys that were replaced
                do not come back.
        """
        versions = self._stages()
        if CURRENT in versions.get(token, ()):
            return
        if PENDING not in versions.get(token, ()):
            raise LookupError(f"no pending keys {token}")
        current = next(version for version, stages in versions.items() if CURRENT in stages)
        in_use, pending = self._find(VersionId=current), self.find_pending(token)
        if in_use is None or pending is None or pending.current.kid != in_use.next.kid:
            raise LookupError(f"the rotation {token} does not follow the keys in use")
        self._move(CURRENT, MoveToVersionId=token, RemoveFromVersionId=current)

    def drop_pending(self, token: str | None = None) -> None:
        """Forget what a rotation made that is not over; its further steps fail, and the next one begins anew.

        Args:
            token: Of the rotation; None for any.
        """
        for version, stages in self._stages().items():
            if PENDING in stages and CURRENT not in stages and token in {None, version}:
                self._move(PENDING, RemoveFromVersionId=version)

    def _stages(self) -> dict[str, list[str]]:
        return self._transport.call("DescribeSecret", {"SecretId": self._secret_arn})["VersionIdsToStages"]

    def _move(self, stage: str, **versions: str) -> None:
        """Move a stage, in one step: it fails if the stage is not where it was seen.

        A call that is sent twice, because the first answer was lost, is refused the second time: look where it stands.
        """
        request = {"SecretId": self._secret_arn, "VersionStage": stage, **versions}
        try:
            self._transport.call("UpdateSecretVersionStage", request)
        except RequestRefusedError:
            standing = {version for version, stages in self._stages().items() if stage in stages}
            wanted = versions.get("MoveToVersionId")
            if standing != ({wanted} if wanted else set()):
                raise

    def _put(self, keys: SigningKeys, stage: str, token: str) -> None:
        version = {"ClientRequestToken": token, "SecretString": signing.render(keys), "VersionStages": [stage]}
        self._transport.call("PutSecretValue", {"SecretId": self._secret_arn, **version})
