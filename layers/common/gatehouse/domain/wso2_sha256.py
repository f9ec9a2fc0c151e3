"""The salted SHA-256 of WSO2's JDBC user store, so that its users keep their passwords.

WSO2 keeps `base64(SHA-256(password + salt))` beside the salt; here both stand in one string,
`{WSO2-SHA256}salt$hash`. Only for checking what was imported: the first sign-in replaces it.
"""

import base64
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
