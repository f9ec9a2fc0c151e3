"""The graph of `functions/keys`."""

from typing import cast

from gatehouse.bootstrap import tables
from gatehouse.domain.jose import Algorithm
from gatehouse.domain.key_rotation import KeyRotation
from gatehouse.settings import Settings
from gatehouse.storage.key_vault import KeyVault
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import Transport


def rotation(settings: Settings, connected: Tables | None = None, secrets: Transport | None = None) -> KeyRotation:
    """Build the rotation on Secrets Manager and DynamoDB."""
    vault = KeyVault(secrets or tables.secrets(settings), settings.signing_keys_secret)
    registry = Registry(connected or tables.build(settings))
    return KeyRotation(vault, registry, cast("Algorithm", settings.signing_algorithm))
