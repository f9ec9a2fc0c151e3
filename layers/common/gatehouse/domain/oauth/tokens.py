"""Grants and their tokens: one item behind one access token and one refresh token.

An application's access token is `gha_<grant_id>.<secret>`. A user's tokens name the user's status too, so that grant
and status are read by one call: `gha_<grant_id>.<status_id>.<secret>`, and the refresh token
`ghr_<grant_id>.<status_id>.<family>.<secret>`. Only SHA-256 digests of secrets and family are kept.
"""

import base64
import hmac
import json
import re
from copy import replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey, digest
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.oauth.clients import Client, KeyType

if TYPE_CHECKING:
    from gatehouse.domain.oauth.codes import Code  # no start of the gate waits for it

_ACCESS = r"gha_([\w-]{22})\.(?:([\w-]{22})\.)?([\w-]{43})"
_JWT = r"[\w-]+\.([\w-]+)\.[\w-]+"
_JTI = r"([\w-]{22})\.[0-9]+(?:\.([\w-]{22}))?"
_JWT_MAX_CHARACTERS = 8192
_REFRESH = r"ghr_([\w-]{22})\.([\w-]{22})\.([\w-]{22})\.([\w-]{43})"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one token request produced.

    Attributes:
        user_id: None if the application itself is the subject.
        status_id: Of the user's status: its tokens carry it; None without a user.
        generation: The user's when the user proved who they are; a refresh never renews it. None without a user.
        connection_generation: The user's for the client: see `users.connection_generation`.
        client_generation: The client's, of the copy that its credentials were checked against.
        credential_generation: The client's when the present access token was issued.
        organisation_generation: The organisation's.
        scopes: What was granted first; a refresh never leaves it.
        dropped_scopes: What was asked for first and not granted: a refresh that asks again drops it again.
        user_roles: As they were when the present access token was issued: the gate holds them against the roles that an
            API binds its scopes to (see `entitlements.allows`).
        access_digest: Of the present access token's secret; the `refresh_` and `previous_` ones alike.
        access_expires_at: NumericDate; all `_expires_at` are.
        family_digest: None if there is no refresh token.
        resources: The APIs that were named first, of which a refresh names a part (`oauth.resource_indicators`); empty
            if none was named, so that the tokens are good at all APIs that the application subscribes to.
        access_resources: Those of the present access token.
        previous_access_resources: Those of the one before.
        rotation: How often it was refreshed.
        rotation_key: Derives the present pair from the refresh secret that was spent for it, together with a key
            that no table holds: the signing key `rotation_kid` has it (None in grants refreshed before there was one).
        rotated_at_ms: Arrival of the request that rotated last, epoch milliseconds.
        kid: The key that signed the present access token, if it is a JWT.
        issuer: The issuer of the present access token.
        authenticated_at: When the user signed in, NumericDate; None without `openid` if it was at the grant's issue.
        methods: What the user proved then: see `factors`. It means nothing without a user.
        openid_issuer: The `iss` of every ID token of the grant.
        ends_at: NumericDate of the absolute end, however often it is refreshed.
        expires_at: NumericDate of the latest end; the TTL attribute.
    """

    grant_id: str
    organisation: str
    client_id: str
    application_id: str
    key_type: KeyType
    grant_type: str
    user_id: str | None
    username: str | None
    status_id: str | None = None
    generation: str | None = None
    connection_generation: str = ""
    client_generation: str
    credential_generation: str
    organisation_generation: str
    scopes: frozenset[str]
    issued_at_ms: int
    access_digest: bytes
    access_scopes: frozenset[str]
    access_expires_at: int
    refresh_digest: bytes | None = None
    refresh_expires_at: int | None = None
    family_digest: bytes | None = None
    previous_access_digest: bytes | None = None
    previous_access_scopes: frozenset[str] | None = None
    previous_access_expires_at: int | None = None
    previous_refresh_digest: bytes | None = None
    user_roles: frozenset[str] = frozenset()
    dropped_scopes: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    access_resources: tuple[str, ...] = ()
    previous_access_resources: tuple[str, ...] = ()
    rotation: int = 0
    rotation_key: bytes | None = None
    rotation_kid: str | None = None
    rotated_at_ms: int | None = None
    kid: str | None = None
    issuer: str | None = None
    authenticated_at: int | None = None
    methods: frozenset[str] = frozenset({"pwd"})
    openid_issuer: str | None = None
    ends_at: int
    revoked: bool = False
    expires_at: int


type Issued = Grant | Code
"""What was issued to a client, perhaps for a user, and ends with them."""


class AccessToken(Secretive, frozen=True):
    """A presented access token, taken apart. The secret of a JWT is all of it; an application's has no status id."""

    SECRETS = frozenset({"secret"})

    grant_id: str
    status_id: str | None
    secret: str

    @property
    def is_jwt(self) -> bool:
        """Whether it says itself whom it stands for."""
        return "." in self.secret


class RefreshToken(Secretive, frozen=True):
    """A presented refresh token, taken apart."""

    SECRETS = frozenset({"family", "secret"})

    grant_id: str
    status_id: str
    family: str
    secret: str


class Access(msgspec.Struct, frozen=True):
    """What a living access token allows.

    Attributes:
        resources: The APIs that it is for; empty for all (`oauth.resource_indicators.is_for`).
    """

    scopes: frozenset[str]
    expires_at: int
    resources: tuple[str, ...] = ()


class GrantStore(Protocol):
    """Where grants are kept. Every read is strongly consistent and goes past every cache."""

    def add_grant(self, grant: Grant) -> None:
        """Store a new grant, by one write."""
        ...

    def add_grant_once(self, grant: Grant) -> bool:
        """Store the grant unless one of its id is there; say whether it was stored (by the same one write)."""
        ...

    def find_grant(self, grant_id: str) -> Grant | None:
        """Return the grant, dead or alive."""
        ...

    def find_grant_and_status(self, grant_id: str, status_id: str | None) -> tuple[Grant | None, Status | None]:
        """Return the grant, dead or alive, and the user's status (None without an id), by one call.

        Raises:
            TemporarilyUnavailableError: One of them could not be read.
        """
        ...

    def rotate_grant(self, grant: Grant, spent_digest: bytes, now: int) -> Grant | None:
        """Store the rotated grant if the spent digest is still the current one and the grant is alive.

        Returns:
            None if it was stored, else the grant as it stands (by the same one write).
        """
        ...

    def revoke_grant(self, grant_id: str) -> None:
        """Mark the grant as revoked, for good."""
        ...


def render_access(grant_id: str, status_id: str | None, secret: str) -> str:
    """Return the access token; an application's has no status id."""
    return f"gha_{grant_id}.{secret}" if status_id is None else f"gha_{grant_id}.{status_id}.{secret}"


def render_refresh(grant_id: str, status_id: str, family: str, secret: str) -> str:
    """Return the refresh token."""
    return f"ghr_{grant_id}.{status_id}.{family}.{secret}"


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when the first token needs it: most instances meet one form of tokens, and no start waits."""
    return re.compile(pattern, re.ASCII)


def parse_access(token: str) -> AccessToken | None:
    """Take an access token apart; None if it cannot be one of ours.

    A JWT's `jti` says which grant it claims to be of, and the whole JWT is its secret:
    it is as good as the digest that we kept of it, whatever else it says (its `alg`, its `kid`).
    """
    match = _compile(_ACCESS).fullmatch(token)
    return AccessToken(*match.groups()) if match else _parse_jwt(token)


def _parse_jwt(token: str) -> AccessToken | None:
    match = _compile(_JWT).fullmatch(token) if len(token) <= _JWT_MAX_CHARACTERS else None
    if match is None:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(match[1] + "=="))
        jti = _compile(_JTI).fullmatch(claims["jti"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return AccessToken(jti[1], jti[2], token) if jti else None


def parse_refresh(token: str) -> RefreshToken | None:
    """Take a refresh token apart; None if it is not one of ours."""
    match = _compile(_REFRESH).fullmatch(token)
    return RefreshToken(*match.groups()) if match else None


def derive(key: HmacKey, purpose: str, spent_secret: str) -> str:
    """Return the successor secret: HMAC-SHA-256(key, purpose, 0x00, spent secret), 43 characters."""
    return digests.base64url(key.sign(f"{purpose}\0{spent_secret}".encode()))


def is_same(presented: bytes, stored: bytes | None) -> bool:
    """Compare two digests in constant time; None equals nothing."""
    return stored is not None and hmac.compare_digest(presented, stored)


def find_access(grant: Grant, token: AccessToken, now: int) -> Access | None:
    """Return what the access token allows now, if its user and client live; None if it is not this grant's, or dead.

    Its status id must be the grant's: whoever chose another one would choose which user's status is read.

    The token that a refresh replaced keeps its own scopes and lives until the replay window closes.
    """
    if grant.revoked or now >= grant.ends_at or token.status_id != grant.status_id:
        return None
    presented = digest(token.secret)
    if is_same(presented, grant.access_digest):
        access = Access(grant.access_scopes, grant.access_expires_at, grant.access_resources)
    elif is_same(presented, grant.previous_access_digest):
        access = Access(
            grant.previous_access_scopes or frozenset(),
            grant.previous_access_expires_at or 0,
            grant.previous_access_resources,
        )
    else:
        return None
    return access if now < access.expires_at else None


def is_refreshable(grant: Grant, token: RefreshToken, now: int) -> bool:
    """Say whether the refresh token is the current one of a living grant."""
    return (
        token.status_id == grant.status_id
        and is_same(digest(token.family), grant.family_digest)
        and is_same(digest(token.secret), grant.refresh_digest)
        and not grant.revoked
        and now < min(grant.ends_at, grant.refresh_expires_at or 0)
    )


def is_client_alive(issued: Issued, client: Client | None, organisation: Organisation | None) -> bool:
    """Say whether nothing ended what was issued through its client or its organisation."""
    if client is None or organisation is None or not (client.is_active and organisation.is_active):
        return False
    if client.registration is not None:
        from gatehouse.domain.oauth import registered_clients  # only for these: no start waits for it

        if not registered_clients.is_admitted(client, organisation):
            return False
    return issued.client_generation == client.generation and issued.organisation_generation == organisation.generation


def is_credential_alive(grant: Grant, client: Client | None) -> bool:
    """Say whether the client had lost no credential yet when the grant's present access token was issued."""
    return client is not None and grant.credential_generation == client.credential_generation


def is_user_alive(issued: Issued, user: User | Status | None) -> bool:
    """Say whether nothing ended what was issued through its user; what has no user lives without one."""
    if issued.user_id is None:
        return True
    return (
        user is not None
        and (user.organisation, user.user_id) == (issued.organisation, issued.user_id)
        and user.is_active
        and user.generation == issued.generation
        and users.is_connected(user, issued.client_id, issued.connection_generation)
    )


def rotate(
    grant: Grant,
    *,
    refresh_secret: str,
    rotation_key: bytes,
    rotation_kid: str,
    access_scopes: frozenset[str],
    access_resources: tuple[str, ...],
    user_roles: frozenset[str],
    credential_generation: str,
    access_expires_at: int,
    refresh_expires_at: int,
    rotated_at_ms: int,
    previous_access_expires_at: int,
) -> Grant:
    """Return the grant after a refresh: the new pair is current, the old pair is previous.

    The new access token's digest is still missing: see `access_tokens.seal`.
    """
    return replace(
        grant,
        access_scopes=access_scopes,
        access_resources=access_resources,
        user_roles=user_roles,
        credential_generation=credential_generation,
        access_expires_at=access_expires_at,
        refresh_digest=digest(refresh_secret),
        refresh_expires_at=refresh_expires_at,
        previous_access_digest=grant.access_digest,
        previous_access_scopes=grant.access_scopes,
        previous_access_resources=grant.access_resources,
        previous_access_expires_at=previous_access_expires_at,
        previous_refresh_digest=grant.refresh_digest,
        rotation=grant.rotation + 1,
        rotation_key=rotation_key,
        rotation_kid=rotation_kid,
        rotated_at_ms=rotated_at_ms,
        expires_at=max(access_expires_at, refresh_expires_at, previous_access_expires_at),
    )
