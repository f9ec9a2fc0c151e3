"""Identity providers: where an organisation's members may sign in instead of here (OpenID Connect Core, code flow).

A provider belongs to one organisation. What it says of a person is looked at only through the rules that an
administrator chose: whether it makes accounts, which of its groups give which roles, and what it is trusted with.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

import msgspec

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry

PROVIDERS_MAX = 10
SKEW_SECONDS = 60
SUBJECT_MAX_CHARACTERS = 255

_GOOGLE = "https://accounts.google.com"
_GROUPS_MAX = 500
_OF_THE_TOKEN = frozenset(
    {"iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sid", "acr", "amr", "auth_time", "at_hash", "c_hash"}
)


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
        makes_members: Whether a person without an account gets one at the first sign-in.
        trusts_mail: Whether its mail addresses count as verified though it does not say so.
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
    makes_members: bool = False
    trusts_mail: bool = False
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
    """

    provider_id: str
    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    groups: frozenset[str] | None = None
    has_factor: bool = False
    session_id: str = ""

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

    def change_user(self, organisation: str, old: User, new: User, entry: Entry) -> User | None:
        """Store a changed account; None if it changed since it was read."""
        ...

    def end_by_token(self, organisation: str, token: LogoutToken, old: User, new: User, entry: Entry) -> bool:
        """Store an account that ends everything, and the used token; False if that was used, or the account changed."""
        ...


class IdentityRefusedError(Exception):
    """An ID token or a person that is not accepted; the text is for the log, and holds nothing secret."""


def check(provider: IdentityProvider, claims: Mapping[str, Any], nonce: str, now: int) -> Identity:
    """Return the person that a verified ID token is about (OpenID Connect Core section 3.1.3.7).

    Raises:
        IdentityRefusedError: It is of another issuer, for another client or request, too old or too early; or its
            person may not sign in here.
    """
    if claims.get("iss") not in _spellings(provider.issuer):
        raise IdentityRefusedError("iss is not the provider's")
    _check_audience(provider, claims)
    _check_times(claims, now)
    if claims.get("nonce") != nonce:
        raise IdentityRefusedError("nonce is not the request's")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX_CHARACTERS:
        raise IdentityRefusedError("no sub")
    for name, wanted in provider.required_claims.items():
        if claims.get(name) != wanted:
            raise IdentityRefusedError(f"claim {name} is not as required")
    email = _email(provider, claims)
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise IdentityRefusedError("no verified mail address of an allowed domain")
    methods = claims.get("amr")
    amr = cast("list[Any]", methods) if isinstance(methods, list) else []
    return Identity(
        provider_id=provider.provider_id,
        issuer=provider.issuer,
        subject=subject,
        email=email,
        name=_text(claims.get("name"))[:100],
        groups=find_groups(provider, claims),
        has_factor=provider.trusts_factors and "mfa" in amr,
        session_id=_text(claims.get("sid"))[:SUBJECT_MAX_CHARACTERS],
    )


def lacks_claims(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """Say whether an ID token leaves out what the provider may tell at its UserInfo endpoint (section 5.4)."""
    first = provider.groups_claim.partition(".")[0]
    lacks_groups = bool(first) and not {first, provider.groups_claim, "_claim_names"} & claims.keys()
    return ("email" in provider.scopes and "email" not in claims) or lacks_groups


def add_claims(claims: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims of an ID token with what the UserInfo endpoint tells besides, of the same person.

    What the ID token says stands, and what it is for comes from it alone.

    Raises:
        IdentityRefusedError: It is another person.
    """
    if told.get("sub") != claims.get("sub"):  # section 5.3.2
        raise IdentityRefusedError("UserInfo is about somebody else")
    return {**{name: value for name, value in told.items() if name not in _OF_THE_TOKEN}, **claims}


def find_groups(provider: IdentityProvider, claims: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the groups that an ID token names; None if nobody asked, or there were too many to be named.

    Microsoft Entra ID leaves out more than 200 groups and says so in `_claim_names`.
    """
    if not provider.groups_claim:
        return None
    elsewhere = claims.get("_claim_names")
    first = provider.groups_claim.partition(".")[0]
    if isinstance(elsewhere, Mapping) and first in elsewhere:
        return None
    found: Any = claims.get(provider.groups_claim)
    if found is None:
        found = claims
        for part in provider.groups_claim.split("."):
            found = cast("Mapping[str, Any]", found).get(part) if isinstance(found, Mapping) else None
    listed = cast("list[Any]", found) if isinstance(found, list) else [found]
    return frozenset(one for one in listed[:_GROUPS_MAX] if isinstance(one, str))


def map_roles(provider: IdentityProvider, identity: Identity, held: frozenset[str]) -> frozenset[str]:
    """Return the roles of a person after a sign-in.

    Roles that some group of the provider could give are the provider's affair: the person has those of their groups,
    and no others. All other roles stay as they are. If the provider did not say, nothing changes.
    """
    if identity.groups is None:
        return held
    governed = frozenset(role for roles in provider.roles.values() for role in roles)
    given = frozenset(role for group in identity.groups for role in provider.roles.get(group, ()))
    return (held - governed) | given


def _spellings(issuer: str) -> tuple[str, ...]:
    """Return how an issuer spells itself in ID tokens: Google documents a second spelling."""
    return (issuer, issuer.partition("//")[2]) if issuer == _GOOGLE else (issuer,)


def _check_audience(provider: IdentityProvider, claims: Mapping[str, Any]) -> None:
    audience = claims.get("aud")
    listed = cast("list[Any]", audience) if isinstance(audience, list) else [audience]
    if provider.client_id not in listed:
        raise IdentityRefusedError("aud does not name this client")
    authorized = claims.get("azp")
    if (len(listed) > 1 or authorized is not None) and authorized != provider.client_id:
        raise IdentityRefusedError("azp is not this client")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (expires, issued, begins)):
        raise IdentityRefusedError("no exp or iat")
    if now >= cast("float", expires) + SKEW_SECONDS:
        raise IdentityRefusedError("expired")
    if max(cast("float", issued), cast("float", begins)) > now + SKEW_SECONDS:
        raise IdentityRefusedError("issued in the future")


def _email(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """Return the mail address if it counts as verified; some providers spell the claim as text."""
    email = _text(claims.get("email")).lower()
    is_verified = claims.get("email_verified") in (True, "true") or provider.trusts_mail
    return email if is_verified and 0 < len(email) <= 254 and email.count("@") == 1 else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
