"""Issuer identifiers: the deployment's own, and one for each organisation (RFC 8414 section 2)."""

import msgspec

from gatehouse.endpoints.requests import Request


class Issuers(msgspec.Struct, frozen=True):
    """Knows the deployment's public URL; without one, the origin that was called is the issuer."""

    public_url: str

    def of(self, request: Request, organisation: str | None) -> str:
        """Return the issuer whose path was called."""
        base = self.public_url or request.origin
        return base if organisation is None else f"{base}/t/{organisation}"
