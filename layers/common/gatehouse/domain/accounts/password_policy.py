"""Which passwords people may choose (NIST SP 800-63B section 3.1.1.2): long ones that nobody guesses; no other rules.

The list is Django's `common-passwords.txt.gz` (BSD-3-Clause, see breached_passwords.LICENSE): the 20,000 most common
of Have I Been Pwned, in lower case. It is shipped, so the check works offline and tells nobody the password.
"""

import gzip
import re
from functools import cache
from importlib import resources

from gatehouse.domain.accounts import passwords
from gatehouse.domain.accounts.organisations import Organisation

MAXIMUM_CHARACTERS = 256

_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SHORTEST_PART = 4
_DIFFERENT_CHARACTERS_MIN = 5


def refusal(password: str, *, username: str, organisation: Organisation) -> str | None:
    """Return why the password may not be chosen, for its owner to read; None if it may.

    Args:
        password: As typed.
        username: A password that holds its own username is as bad as a common one.
        organisation: Likewise its organisation, which says how long a password has to be.
    """
    password = passwords.normalise(password)
    minimum = organisation.password_minimum_characters
    if len(password) < minimum:
        return f"Use at least {minimum} characters. Three or four words make a good password."
    if len(password) > MAXIMUM_CHARACTERS or "\0" in password:
        return "Use at most 256 characters."
    if organisation.refuses_common_passwords and _is_common(password.lower()):
        return "This password is on lists that attackers try first. Choose another."
    if len(set(password)) < _DIFFERENT_CHARACTERS_MIN:
        return "This password repeats itself. Choose another."
    if any(part in password.lower() for part in _parts(username, organisation.key)):
        return "Leave your name and your organisation out of the password."
    return None


def _is_common(password: str) -> bool:
    """Look the password up, and what is left of it without digits and signs at its ends."""
    common = _common()
    return password in common or _EDGES.sub("", password) in common


def _parts(username: str, organisation: str) -> set[str]:
    parts = {username.lower(), username.lower().partition("@")[0], organisation.lower()}
    return {part for part in parts if len(part) >= _SHORTEST_PART}


@cache
def _common() -> frozenset[str]:
    packed = resources.files("gatehouse.domain.accounts").joinpath("breached_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n")) - {""}
