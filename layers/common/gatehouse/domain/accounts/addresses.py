"""E-mail addresses: which texts are taken for one that a mail can be sent to (RFC 5321 section 4.1.2).

SES refuses a local part with a dot at its beginning or end, or with two in a row, for good.
"""

import re

from gatehouse.domain.accounts import usernames

_ADDRESS = re.compile(r"(?!\.|[^@]*\.[.@])[^@\s\x00-\x1f<>\",;:\\()\[\]]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ADDRESS_MAX_CHARACTERS = 254


def is_address(email: str) -> bool:
    """Say whether the address can be one, and a username too: exactly one @, and a dot after it."""
    is_spelled = len(email) <= _ADDRESS_MAX_CHARACTERS and email.isascii() and _ADDRESS.fullmatch(email) is not None
    return is_spelled and usernames.normalise(email) is not None
