"""Consumer keys and secrets that are generated; a secret can be read in this one moment."""

import secrets
import string

import msgspec

from gatehouse.domain.kernel import digests, names
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Secret

_ALPHABET = string.ascii_letters + string.digits
_KEY_CHARACTERS = 28
_LIFETIME_SECONDS_MAX = 10 * 365 * 86400
_LABEL_MAX_CHARACTERS = 100


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret in the one moment in which it can be read."""

    plain: str
    stored: Secret


def generate(caller: Caller, label: str, expires_in: int) -> NewSecret:
    """Return a new secret; `expires_in` in seconds, 0 for never.

    Raises:
        InvalidInputError: Label or expiry are wrong.
    """
    if len(label) > _LABEL_MAX_CHARACTERS or not names.is_seen(label):
        raise InvalidInputError("The description has at most 100 characters, and none that nobody sees.", field="label")
    if not 0 <= expires_in <= _LIFETIME_SECONDS_MAX:
        raise InvalidInputError("The secret may last 10 years, or for ever (0).", field="expiresIn")
    plain = random_key()
    stored = Secret(
        digest=clients.secret_digest(plain),
        label=label,
        expires_at=caller.now + expires_in if expires_in else None,
        secret_id=digests.generate_id(),
        created_at=caller.now,
    )
    return NewSecret(plain=plain, stored=stored)


def random_key() -> str:
    """Return 166 random bits as letters and digits: nothing that a shell or a form would escape."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_CHARACTERS))
