"""The salted SHA-256 of WSO2's JDBC user store, so that its users keep their passwords.

WSO2 keeps `base64(SHA-256(password + salt))` beside the salt; here both stand in one string,
`{WSO2-SHA256}salt$hash`. Only for checking what was imported: the first sign-in replaces it.

Beside it, the salted digests of LDAP servers (RFC 3112, and `{SSHA256}` and `{SSHA512}`), with salts of any length:
`base64(digest(password + salt) + salt)` behind the name of the scheme. passlib's handlers take salts of 4 to 16 bytes;
directories use others as well.
"""

import base64
import binascii
import hashlib
from typing import Any

from passlib.utils import handlers as uh

_PREFIX = "{WSO2-SHA256}"


class wso2_sha256(uh.HasSalt, uh.GenericHandler):  # pyright: ignore[reportIncompatibleMethodOverride] # noqa: N801 - passlib names handlers so
    """The passlib handler."""

    name = "wso2_sha256"
    setting_kwds = ("salt",)
    ident = _PREFIX
    min_salt_size = 0
    max_salt_size = None
    checksum_size = 44

    @classmethod
    def from_string(cls, hash: Any, **_context: Any) -> Any:  # noqa: A002 - passlib's signature
        """Parse the stored string."""
        salt, _, checksum = str(hash).removeprefix(_PREFIX).rpartition("$")
        return cls(salt=salt, checksum=checksum)

    def to_string(self) -> str:
        """Render the stored string."""
        return f"{_PREFIX}{self.salt}${self.checksum}"

    def _calc_checksum(self, secret: str | bytes) -> str:
        password = secret if isinstance(secret, bytes) else secret.encode()
        return base64.b64encode(hashlib.sha256(password + str(self.salt).encode()).digest()).decode()


class _Salted(uh.HasSalt, uh.GenericHandler):  # pyright: ignore[reportIncompatibleMethodOverride]
    """The passlib handler of one digest."""

    setting_kwds = ("salt",)
    min_salt_size = 0
    max_salt_size = None
    ident: Any = "{SSHA}"
    digest = "sha1"

    @classmethod
    def identify(cls, hash: Any) -> bool:  # noqa: A002 - passlib's signature
        """Say whether it is of this scheme, whose name has no case."""
        text = hash.decode(errors="replace") if isinstance(hash, bytes) else str(hash)
        return text[: len(cls.ident)].upper() == cls.ident

    @classmethod
    def from_string(cls, hash: Any, **_context: Any) -> Any:  # noqa: A002 - passlib's signature
        """Parse the stored string.

        Raises:
            ValueError: It is no base64, or shorter than a digest.
        """
        if not cls.identify(hash):
            raise ValueError("another scheme")
        try:
            content = base64.b64decode(str(hash)[len(cls.ident) :], validate=True)
        except binascii.Error as error:
            raise ValueError("no base64") from error
        size = hashlib.new(cls.digest).digest_size
        if len(content) < size:
            raise ValueError("shorter than a digest")
        return cls(salt=content[size:].hex(), checksum=content[:size].hex())

    def to_string(self) -> str:
        """Render the stored string."""
        content = bytes.fromhex(f"{self.checksum}{self.salt}")
        return f"{self.ident}{base64.b64encode(content).decode()}"

    def _calc_checksum(self, secret: str | bytes) -> str:
        password = secret if isinstance(secret, bytes) else secret.encode()
        return hashlib.new(self.digest, password + bytes.fromhex(str(self.salt))).hexdigest()


class ldap_sha1(_Salted):  # noqa: N801 - passlib names handlers so
    """`{SSHA}`."""

    name, ident, digest = "ldap_salted_sha1", "{SSHA}", "sha1"


class ldap_sha256(_Salted):  # noqa: N801 - passlib names handlers so
    """`{SSHA256}`."""

    name, ident, digest = "ldap_salted_sha256", "{SSHA256}", "sha256"


class ldap_sha512(_Salted):  # noqa: N801 - passlib names handlers so
    """`{SSHA512}`."""

    name, ident, digest = "ldap_salted_sha512", "{SSHA512}", "sha512"
