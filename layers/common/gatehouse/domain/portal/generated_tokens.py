"""The tokens that were generated in the store for an application: what they were, never the token itself."""

from typing import Protocol

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.grants import GrantContext, IssuedToken
from gatehouse.domain.portal import application_tokens
from gatehouse.domain.portal.application_tokens import TokenOptions

KEPT_MAX = 10
"""How many of a key set's are kept; the oldest are deleted first."""


class GeneratedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A generated token.

    Attributes:
        grant_id: Of its grant.
        username: Of the user who generated it.
        validity_seconds: What was asked for; 0 for the keys' own lifetime.
        client_generation: The client's at its issue; `credential_generation` too.
        expires_at: NumericDate.
        revoked: Whether it was revoked before its end.
    """

    grant_id: str
    scopes: frozenset[str]
    username: str
    validity_seconds: int
    client_generation: str
    credential_generation: str
    issued_at_ms: int
    expires_at: int
    revoked: bool = False


class GeneratedTokenStore(Protocol):
    """Where generated tokens are recorded."""

    def find_generated(self, organisation: str, client_id: str) -> tuple[GeneratedToken, ...]:
        """Return those of a key set, newest first, with what became of them."""
        ...

    def add_generated(self, organisation: str, client_id: str, token: GeneratedToken) -> None:
        """Record one more; the oldest beyond ten is deleted."""
        ...


def generate(
    store: GeneratedTokenStore,
    context: GrantContext,
    caller: Caller,
    client: Client,
    options: TokenOptions,
    *,
    issuer: str,
    source: str,
) -> IssuedToken:
    """Issue an application token, and record it.

    Raises:
        InvalidInputError: See `application_tokens.generate`.
    """
    issued = application_tokens.generate(context, caller, client, options, issuer=issuer, source=source)
    parsed = tokens.parse_access(issued.access_token)
    if parsed is not None:
        made = GeneratedToken(
            grant_id=parsed.grant_id,
            scopes=issued.scopes,
            username=caller.username,
            validity_seconds=options.validity_seconds,
            client_generation=client.generation,
            credential_generation=client.credential_generation,
            issued_at_ms=caller.at_ms,
            expires_at=caller.now + issued.expires_in,
        )
        store.add_generated(caller.organisation, client.client_id, made)
    return issued


def state(token: GeneratedToken, client: Client, now: int) -> str:
    """Return `valid`, `expired` or `revoked`."""
    if now >= token.expires_at:
        return "expired"
    issued_under = (token.client_generation, token.credential_generation)
    is_current = issued_under == (client.generation, client.credential_generation)
    return "valid" if is_current and not token.revoked else "revoked"
