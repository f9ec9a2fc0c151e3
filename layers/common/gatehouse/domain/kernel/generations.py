"""Generations: what ends everything that was issued for a user, a client or an organisation, by one write.

Whatever is issued stores the generation that its owner had; it is alive as long as the owner's generation is equal.
Generations are random and not moments: a moment that is chosen before its own commit cannot end what is issued
in between, and it would compare the clocks of different machines.
"""

from gatehouse.domain.kernel import digests

_BYTES = 12
_FINGERPRINT_CHARACTERS = 22


def fresh() -> str:
    """Return a new generation: 96 random bits, URL-safe, 16 characters."""
    return digests.random_text(_BYTES)


def fingerprint(*generations: str) -> str:
    """Return 132 bits that differ when one of the generations does, URL-safe, 22 characters."""
    return digests.base64url(digests.digest("\0".join(generations)))[:_FINGERPRINT_CHARACTERS]
