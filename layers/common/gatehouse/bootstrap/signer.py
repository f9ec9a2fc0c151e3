"""The signer, for every function that makes JWTs."""

from gatehouse.bootstrap import tables
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.signing_keys import SecretsManagerSigner

_SIGNING_KEYS_SECONDS = 60


def build(settings: Settings, secrets: Transport | None = None) -> SecretsManagerSigner:
    """Build it on Secrets Manager; it connects when it first signs."""
    return SecretsManagerSigner(
        secrets or tables.secrets(settings), settings.signing_keys_secret, TtlCache(_SIGNING_KEYS_SECONDS)
    )
