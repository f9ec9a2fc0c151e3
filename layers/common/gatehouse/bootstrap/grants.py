"""The grant context, for every function that issues tokens."""

from gatehouse.bootstrap import tables
from gatehouse.domain.grants import GrantContext, Lifetimes
from gatehouse.settings import Settings
from gatehouse.storage.codes import Codes
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.memory import Memory
from gatehouse.storage.sign_ins import SignIns
from gatehouse.storage.signing_keys import SecretSigner
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import Transport

_SIGNING_KEYS_SECONDS = 60


def context(
    settings: Settings, connected: Tables, directory: Directory, secrets: Transport | None = None
) -> GrantContext:
    """Build what grant types work on."""
    signer = SecretSigner(
        secrets or tables.secrets(settings), settings.signing_keys_secret, Memory(_SIGNING_KEYS_SECONDS)
    )
    lifetimes = Lifetimes(
        access_token_seconds=settings.access_token_lifetime_seconds,
        refresh_token_seconds=settings.refresh_token_lifetime_seconds,
        grant_seconds=settings.grant_lifetime_seconds,
    )
    return GrantContext(directory, Grants(connected), Codes(connected), SignIns(connected), signer, lifetimes)
