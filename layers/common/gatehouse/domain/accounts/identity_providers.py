"""Identity providers: where an organisation's members may sign in instead of here (OpenID Connect Core, code flow).

A provider belongs to one organisation. What it says of a person is looked at only through the rules that an
administrator chose: whether it makes accounts, which of its groups give which roles, and what it is trusted with.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry

PROVIDERS_MAX = 10


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider of one organisation.

    Attributes:
        provider_id: Names it in its redirect URI; unique within the organisation, and never changed.
        name: What the button says.
        issuer: Its issuer identifier, compared to the letter.
        sealed_secret: The client secret, sealed under the key in Secrets Manager; empty for a public client.
        userinfo_endpoint: Where it tells what its ID tokens leave out; empty if nowhere.
        sends_iss: Whether its authorization responses carry `iss` (RFC 9207), so that one without is refused.
        secret_method: How the client authenticates at its token endpoint.
        algorithm: The only one that its ID tokens may be signed by.
        scopes: Asked for besides `openid`.
        creates_members: Whether a person without an account gets one at the first sign-in.
        trusts_email: Whether its mail addresses count as verified though it does not say so.
        trusts_factors: Whether its `amr` says when a second factor was used.
        domains: Of mail addresses that may sign in; empty for any.
        required_claims: What an ID token must say besides, such as `hd` of Google.
        groups_claim: Where it lists groups or roles; dots lead into objects. Empty if roles are not its affair.
        roles: Which group gives which roles. A group that is not named gives none.
        revision: Raised by each change; a change states the revision that it read.
    """

    organisation: str
    provider_id: str
    name: str
    issuer: str
    client_id: str
    sealed_secret: bytes = b""
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    userinfo_endpoint: str = ""
    sends_iss: bool = False
    secret_method: str = "client_secret_basic"
    algorithm: str = "RS256"
    scopes: tuple[str, ...] = ("email", "profile")
    creates_members: bool = False
    trusts_email: bool = False
    trusts_factors: bool = False
    domains: tuple[str, ...] = ()
    required_claims: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    groups_claim: str = ""
    roles: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict[str, tuple[str, ...]])
    is_enabled: bool = True
    revision: int = 0

    @property
    def sealing_context(self) -> str:
        """What its client secret is sealed for: it opens for nothing else."""
        return f"identity provider {self.organisation} {self.provider_id}"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a provider described them in an ID token that was checked.

    Attributes:
        email: Empty unless it counts as verified.
        groups: None if the provider did not say, which is not the same as none.
        has_factor: Whether a second factor was used, as far as the provider is trusted with that.
        session_id: The `sid` of the ID token: what the provider calls its session.
        proved_at: The `auth_time` of the ID token, NumericDate; None if the provider does not say, or just now.
    """

    provider_id: str
    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    groups: frozenset[str] | None = None
    has_factor: bool = False
    session_id: str = ""
    proved_at: int | None = None

    @property
    def digest(self) -> str:
        """What the link to an account is found by, together with organisation and provider."""
        return hashlib.sha256(f"{self.issuer}\0{self.subject}".encode(errors="replace")).hexdigest()


class FederatedLink(msgspec.Struct, frozen=True, kw_only=True):
    """That an identity is an account.

    Attributes:
        digest: The identity's.
        email: As the provider said when it was linked, to show it.
        linked_at: NumericDate.
    """

    organisation: str
    provider_id: str
    digest: str
    user_id: str
    username: str
    email: str = ""
    linked_at: int


def can_unlink(user: User, links: Iterable[FederatedLink], removed: FederatedLink, organisation: Organisation) -> bool:
    """Say whether the user can sign in without the link: by a password, or at another provider that is on."""
    others = (one.provider_id for one in links if one != removed)
    return user.password_hash is not None or any(map(organisation.identity_providers.get, others))


class LogoutToken(msgspec.Struct, frozen=True, kw_only=True):
    """A logout token of a provider, by its `jti`. `expires_at` is when nobody would accept it any more."""

    provider_id: str
    token_id: str
    expires_at: int


class IdentityProviderStore(Protocol):
    """Where providers are kept; every change and its audit entry are one transaction."""

    def find_provider(self, organisation: str, provider_id: str) -> IdentityProvider | None:
        """Return the provider as it is now."""
        ...

    def find_providers(self, organisation: str) -> tuple[IdentityProvider, ...]:
        """Return all of them, by id."""
        ...

    def replace_provider(
        self, organisation: str, old: IdentityProvider | None, new: IdentityProvider | None, entry: Entry
    ) -> bool:
        """Store, change or delete a provider, and the organisation's list of buttons.

        False if it changed since it was read, or if there are too many.
        """
        ...


class FederatedLinkStore(Protocol):
    """Where links are kept."""

    def find_link(self, organisation: str, provider_id: str, digest: str) -> FederatedLink | None:
        """Return the link of an identity, read strongly."""
        ...

    def find_links(self, organisation: str, user_id: str) -> tuple[FederatedLink, ...]:
        """Return the links of an account."""
        ...

    def add_link(
        self,
        organisation: str,
        link: FederatedLink,
        old: User | None,
        new: User,
        entry: Entry,
        job: Job | None = None,
    ) -> User | None:
        """Link an identity to an account, which it then may sign in to.

        The account is stored with it: as a new one if there is no old one, else in place of that; and a mail is left.

        Returns:
            The account as stored; None if it changed since it was read, if the name is taken or the identity linked.
        """
        ...

    def remove_link(
        self, organisation: str, link: FederatedLink, old: User, new: User, entry: Entry, job: Job
    ) -> User | None:
        """Forget a link, store the changed account, and leave a mail; None if either changed."""
        ...

    def end_by_token(self, organisation: str, token: LogoutToken, old: User, new: User, entry: Entry) -> bool:
        """Store an account that ends everything, and the used token; False if that was used, or the account changed."""
        ...
