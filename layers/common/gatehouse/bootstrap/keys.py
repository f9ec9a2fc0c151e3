"""The graph of `functions/keys`."""

from typing import cast

from gatehouse.bootstrap import tables
from gatehouse.domain.kernel.jose import Algorithm
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.key_vault import SecretsManagerKeyVault


def rotation(settings: Settings, connected: Tables | None = None, secrets: Transport | None = None) -> KeyRotation:
    """Build the rotation on Secrets Manager and DynamoDB."""
    vault = SecretsManagerKeyVault(secrets or tables.secrets(settings), settings.signing_keys_secret)
    registry = DirectoryWriter(connected or tables.build(settings))
    return KeyRotation(vault, registry, cast("Algorithm", settings.signing_algorithm))
