"""What administrators send, where it is more than a word."""

from typing import Annotated

import msgspec
from msgspec import Meta, field

from gatehouse.domain.apis import api_checks
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.portal.identity_providers import ALGORITHMS, SCOPES, ProviderInput
from gatehouse.endpoints.rest.typed_bodies import Body


class Invitation(Body, frozen=True):
    """Whom to make a member."""

    REQUIRED = ("username",)

    username: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()


class RestrictionDraft(Body, frozen=True):
    """What is decided about an API; what is left out is not restricted.

    Attributes:
        blocked_by: A publisher's block stays one if it is sent back as it was answered.
    """

    blocked: bool = False
    blocked_by: str = ""
    visibility: Annotated[str, Meta(extra_json_schema={"enum": [*api_checks.VISIBILITIES]})] = "ALL"
    visible_to: frozenset[str] = frozenset()
    visible_roles: frozenset[str] = frozenset()


class ProviderDraft(Body, Secretive, frozen=True):
    """An identity provider. Without `clientSecret`, the stored one stays."""

    REQUIRED = ("name", "issuer", "clientId")
    SECRETS = frozenset({"client_secret"})

    id: str = ""
    name: str = ""
    issuer: str = ""
    client_id: str = ""
    groups_claim: str = ""
    algorithm: Annotated[str, Meta(extra_json_schema={"enum": [*ALGORITHMS]})] = "RS256"
    creates_members: bool = False
    trusts_email: bool = False
    trusts_factors: bool = False
    is_enabled: bool = field(default=True, name="enabled")
    scopes: tuple[str, ...] = SCOPES
    domains: tuple[str, ...] = ()
    required_claims: dict[str, str] = field(default_factory=dict[str, str])
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], name="roleMappings")
    client_secret: Annotated[str | None, Meta(extra_json_schema={"writeOnly": True, "nullable": True})] = None

    def value(self) -> ProviderInput:
        """Return the input of the rules."""
        return msgspec.convert(self, ProviderInput, from_attributes=True)
