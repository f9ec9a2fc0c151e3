"""Password hashes, made slow on purpose. The only importer of passlib, which is imported when first needed.

Argon2id with OWASP's parameters comes first; behind it, every scheme that people migrate from.
"""

import unicodedata
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passlib.context import CryptContext

_MEMORY_KIB = 19 * 1024
_ROUNDS = 2
_PARALLELISM = 1
_PASSWORD_MAX_BYTES = 4096

# What a hash from elsewhere may cost: about a second of one processor, in the memory of the functions.
_MEMORY_MAX_KIB = 128 * 1024
_PARALLELISM_MAX = 16
_ROUNDS_MAX = {"argon2": 16, "bcrypt": 14, "pbkdf2_sha256": 2_000_000, "pbkdf2_sha512": 2_000_000}

_PRESENT = f"$argon2id$v=19$m={_MEMORY_KIB},t={_ROUNDS},p={_PARALLELISM}$"

# A hash of nobody's password under the same parameters: checking against it costs what a real check costs.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$IuRcS2ktRehdq/W+l/K+9w$YUFXg157kMgklW72O7NffjP2vFypNTNeerHsGJt9DuY"


@cache
def _context() -> "CryptContext":
    from passlib.context import CryptContext

    from gatehouse.domain.accounts import wso2_sha256

    return CryptContext(
        schemes=[
            "argon2",
            "bcrypt",
            "pbkdf2_sha256",
            "pbkdf2_sha512",
            wso2_sha256.ldap_sha1,
            wso2_sha256.ldap_sha256,
            wso2_sha256.ldap_sha512,
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
    return _context().hash(normalise(password))


def normalise(password: str) -> str:
    """Return the one spelling of a password, Unicode NFC (NIST SP 800-63B): keyboards spell "é" in two ways."""
    return unicodedata.normalize("NFC", password)


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether the password is right; whatever is wrong costs one Argon2id, so time tells nothing.

    None means that nobody has it. The schemes of old stores are mostly faster, so their failures pay on top.
    """
    stored = password_hash or ""
    is_current = stored.startswith("$argon2") and _is_hashable(password)
    spellings = dict.fromkeys((normalise(password), password))  # as typed, for hashes that another system made
    is_right = _is_hashable(password) and any(_verifies(one, stored) for one in spellings)
    if not is_right and not is_current:
        _verifies("", _NOBODYS_HASH)
    return is_right


def find_hash_problem(text: str) -> str:
    """Return why no password could ever be checked against a hash, in a few words; nothing if one could.

    The words never repeat the hash.
    """
    context: Any = _context()
    handler: Any = context.identify(text, resolve=True)
    if handler is None:
        return "a password hash of no kind that is known"
    try:
        with warnings.catch_warnings(action="ignore"):  # of padding bits that old bcrypt libraries left set
            parsed: Any = handler.from_string(text)
    except (ValueError, TypeError):
        return f"a malformed {handler.name} hash"
    if not parsed.checksum:
        return f"a {handler.name} hash without its checksum"
    limit = _ROUNDS_MAX.get(handler.name)
    is_heavy = (
        getattr(parsed, "memory_cost", 0) > _MEMORY_MAX_KIB or getattr(parsed, "parallelism", 1) > _PARALLELISM_MAX
    )
    if is_heavy or (limit is not None and parsed.rounds > limit):
        return f"a {handler.name} hash that costs more than a sign-in may"
    return ""


def improve(password: str, password_hash: str) -> str | None:
    """Return a hash of the present strength if the stored one is weaker, else None."""
    if password_hash.startswith(_PRESENT):  # most are, and passlib would take each apart to see it
        return None
    return _context().hash(normalise(password)) if _context().needs_update(password_hash) else None


def _verifies(password: str, password_hash: str) -> bool:
    """Check one hash. What is no hash matches nothing, nor does a password that bcrypt would cut off at 72 bytes."""
    try:
        return _context().verify(password, password_hash)
    except ValueError:
        return False


def _is_hashable(password: str) -> bool:
    return "\0" not in password and len(password.encode(errors="replace")) <= _PASSWORD_MAX_BYTES
