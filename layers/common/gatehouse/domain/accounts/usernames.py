"""Usernames as people type them: `john@gmail.com@johnsorg`, `peter@johnsorg`, `peter`.

The part after the last `@` is the organisation if there are two or more `@`, or if it has no dot.
Otherwise the whole string is a username in the organisation that is asked.
Usernames compare case-insensitively, after Unicode NFC.
"""

import hashlib
import unicodedata

import msgspec

from gatehouse.domain.accounts import organisations
from gatehouse.domain.kernel import names

_USERNAME_MAX_BYTES = 512
_SEGMENTS_MAX = 3


class Login(msgspec.Struct, frozen=True):
    """Whose account is meant. `username` is in its one spelling."""

    organisation: str
    username: str


def parse(typed: str, organisation: str) -> Login | None:
    """Split a typed username, without the blanks that keyboards add around it; None if no account can have it.

    Args:
        typed: What the user typed.
        organisation: The key to assume when none is typed.
    """
    typed = typed.strip(" ")
    segments = typed.split("@")
    if len(segments) > _SEGMENTS_MAX or not all(segments):
        return None
    username = typed
    if len(segments) == _SEGMENTS_MAX or (len(segments) > 1 and "." not in segments[-1]):
        username, _, suffix = typed.rpartition("@")
        if not organisations.is_key(suffix):
            return None
        organisation = suffix.lower()
    spelling = normalise(username)
    return None if spelling is None else Login(organisation, spelling)


def normalise(username: str) -> str | None:
    """Return the one spelling under which a username is stored; None if it cannot be a username."""
    spelling = unicodedata.normalize("NFC", unicodedata.normalize("NFC", username).casefold())
    is_line = names.is_seen(spelling) and spelling == spelling.strip()
    return spelling if is_line and 1 <= len(spelling.encode()) <= _USERNAME_MAX_BYTES else None


def normalise_start(typed: str) -> str:
    """Return the spelling of what stored usernames may begin with; empty if nothing was typed."""
    spelling = unicodedata.normalize("NFC", unicodedata.normalize("NFC", typed.strip()).casefold())
    return spelling if len(spelling.encode(errors="replace")) <= _USERNAME_MAX_BYTES else "\0"


def can_be_typed(username: str, organisation: str) -> bool:
    """Say whether some text means this account: `a@b@c` is always a user `a@b` of the organisation `c`.

    Args:
        username: In its one spelling.
        organisation: The key of its organisation.
    """
    meant = Login(organisation, username)
    return parse(username, organisation) == meant or parse(f"{username}@{organisation}", organisation) == meant


def nobody(typed: str, organisation: str) -> Login:
    """Return the login of an account that cannot exist, one for each typed text.

    It lets a hopeless attempt take the same path, at the same cost, as a hopeful one: NUL is in no username.
    """
    return Login(organisation, "\0" + hashlib.sha256(typed.encode(errors="replace")).hexdigest())
