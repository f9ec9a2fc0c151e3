"""Password hashes, made slow on purpose. The only importer of passlib, which is imported when first needed.

Argon2id with OWASP's parameters comes first; behind it, every scheme that people migrate from.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passlib.context import CryptContext

_MEMORY_KIB = 19 * 1024
_ROUNDS = 2
_PARALLELISM = 1
_PASSWORD_MAX_BYTES = 4096

_PRESENT = f"$argon2id$v=19$m={_MEMORY_KIB},t={_ROUNDS},p={_PARALLELISM}$"

# A hash of nobody's password under the same parameters: checking against it costs what a real check costs.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$IuRcS2ktRehdq/W+l/K+9w$YUFXg157kMgklW72O7NffjP2vFypNTNeerHsGJt9DuY"


@cache
def _context() -> "CryptContext":
    from passlib.context import CryptContext

    from gatehouse.domain import wso2_sha256

    return CryptContext(
        schemes=[
            "argon2",
            "bcrypt",
            "pbkdf2_sha256",
            "pbkdf2_sha512",
            "ldap_salted_sha1",
            "ldap_salted_sha256",
            "ldap_salted_sha512",
            wso2_sha256.wso2_sha256,
        ],
        deprecated="auto",
        argon2__type="ID",
        argon2__memory_cost=_MEMORY_KIB,
        argon2__rounds=_ROUNDS,
        argon2__parallelism=_PARALLELISM,
    )


def hash_password(password: str) -> str:
    """Return a salted hash in modular crypt format.

    Raises:
        ValueError: The password is over 4096 bytes or holds NUL.
    """
    if not _is_hashable(password):
        raise ValueError("password over 4096 bytes or with NUL")
    return _context().hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether the password is right; whatever is wrong costs one Argon2id, so time tells nothing.

    None means that nobody has it. The schemes of old stores are mostly faster, so their failures pay on top.
    """
    stored = password_hash or ""
    is_current = stored.startswith("$argon2") and _is_hashable(password)
    is_right = _is_hashable(password) and _verifies(password, stored)
    if not is_right and not is_current:
        _verifies("", _NOBODYS_HASH)
    return is_right


def is_hash(text: str) -> bool:
    """Say whether this is a hash of a kind that is known."""
    return _context().identify(text) is not None  # pyright: ignore[reportUnknownMemberType] - no types for it


def improve(password: str, password_hash: str) -> str | None:
    """Return a hash of the present strength if the stored one is weaker, else None."""
    if password_hash.startswith(_PRESENT):  # most are, and passlib would take each apart to see it
        return None
    return _context().hash(password) if _context().needs_update(password_hash) else None


def _verifies(password: str, password_hash: str) -> bool:
    """Check one hash. What is no hash matches nothing, nor does a password that bcrypt would cut off at 72 bytes."""
    try:
        return _context().verify(password, password_hash)
    except ValueError:
        return False


def _is_hashable(password: str) -> bool:
    return "\0" not in password and len(password.encode(errors="replace")) <= _PASSWORD_MAX_BYTES
