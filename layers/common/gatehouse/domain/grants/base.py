"""What every grant type takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from gatehouse.domain import access_tokens, id_tokens, tokens
from gatehouse.domain import scopes as scope_values
from gatehouse.domain.apis import ApiStore
from gatehouse.domain.clients import Client
from gatehouse.domain.codes import Code, CodeStore
from gatehouse.domain.id_tokens import Subject
from gatehouse.domain.organisations import Organisation, OrganisationStore
from gatehouse.domain.scopes import OPENID
from gatehouse.domain.sign_in import SignIns
from gatehouse.domain.signing import TOKEN_LIFETIME_MAX_SECONDS, Signer
from gatehouse.domain.tokens import Grant, GrantStore, Issued
from gatehouse.domain.users import User, UserStore

REFRESH_TOKEN = "refresh_token"


class StandingStore(Protocol):
    """The strong reads behind a code, and behind an introspection."""

    def find_standing(self, issued: Issued) -> tuple[Client | None, Organisation | None, User | None]:
        """Return its client, organisation and user (None without one) as they are now, by one batched read."""
        ...


class OwnerStore(Protocol):
    """The read behind a refresh."""

    def find_owner(
        self, organisation: str, username: str, ahead: Client | None
    ) -> tuple[Organisation | None, User | None]:
        """Return the user as now, and the organisation at most the cache seconds old, by one read.

        The subscriptions of the client `ahead` are read by the way, if they must be.
        """
        ...


class Directory(ApiStore, OrganisationStore, OwnerStore, StandingStore, UserStore, Protocol):
    """What people made. Implemented by `storage.directory`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """The deployment's lifetimes, in seconds."""

    access_token_seconds: int
    refresh_token_seconds: int
    grant_seconds: int


@dataclass(frozen=True, slots=True)
class GrantContext:
    """What a grant type may touch besides its arguments."""

    directory: Directory
    grants: GrantStore
    codes: CodeStore
    sign_ins: SignIns
    signer: Signer
    lifetimes: Lifetimes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """An authenticated token request.

    Attributes:
        arrived_at_ms: When it reached the gateway, epoch milliseconds; all expiry is measured by it.
        source: The address it came from.
        issuer: The issuer whose path was called.
    """

    client: Client
    parameters: Mapping[str, str]
    arrived_at_ms: int
    source: str
    issuer: str

    @property
    def now(self) -> int:
        """The arrival as NumericDate."""
        return self.arrived_at_ms // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A successful answer (RFC 6749 section 5.1).

    Attributes:
        expires_in: Lifetime in seconds from now.
    """

    access_token: str
    expires_in: int
    scopes: frozenset[str]
    refresh_token: str | None = None
    id_token: str | None = None


def begin(
    context: GrantContext,
    request: TokenRequest,
    *,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation | None,
    user: User | None,
) -> IssuedToken:
    """Make a new grant with its first access token, by one write.

    It gets a refresh token if it has a user and the client may refresh (RFC 6749 sections 4.3.3 and 4.4.3).
    """
    grant, issued = _prepare(context, request, grant_type, scopes, organisation, user, None)
    context.grants.add_grant(grant)
    return issued


def begin_once(
    context: GrantContext,
    request: TokenRequest,
    *,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation | None,
    user: User,
    code: Code,
) -> IssuedToken | None:
    """Do the same under the id that the code has ready, by one conditional write; None if it was done already."""
    grant, issued = _prepare(context, request, grant_type, scopes, organisation, user, code)
    return issued if context.grants.add_grant_once(grant) else None


def _prepare(
    context: GrantContext,
    request: TokenRequest,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation | None,
    user: User | None,
    code: Code | None,
) -> tuple[Grant, IssuedToken]:
    client, now = request.client, request.now
    grant_id, authenticated_at = (code.grant_id, code.authenticated_at) if code else (tokens.generate_id(), now)
    is_openid = user is not None and OPENID in scopes
    ends_at = now + context.lifetimes.grant_seconds
    access_expires_at = min(now + access_token_seconds(context, client, organisation), ends_at)
    refresh_expires_at = min(now + refresh_token_seconds(context, client, organisation), ends_at)
    access_secret, refresh_secret = tokens.generate_secret(), tokens.generate_secret()
    family = tokens.generate_id() if user is not None and REFRESH_TOKEN in client.grant_types else None
    grant, access_token = access_tokens.seal(
        Grant(
            grant_id=grant_id,
            organisation=client.organisation,
            client_id=client.client_id,
            application_id=client.application_id,
            key_type=client.key_type,
            grant_type=grant_type,
            user_id=user.user_id if user else None,
            username=user.username if user else None,
            scopes=scopes,
            issued_at_ms=request.arrived_at_ms,
            access_digest=b"",
            access_scopes=scopes,
            access_expires_at=access_expires_at,
            user_roles=user.roles if user else frozenset(),
            dropped_scopes=scope_values.dropped(_requested(request, code), scopes) if family else frozenset(),
            refresh_digest=tokens.digest(refresh_secret) if family else None,
            refresh_expires_at=refresh_expires_at if family else None,
            family_digest=tokens.digest(family) if family else None,
            authenticated_at=authenticated_at if is_openid else None,
            openid_issuer=request.issuer if is_openid else None,
            ends_at=ends_at,
            expires_at=max(access_expires_at, refresh_expires_at) if family else access_expires_at,
        ),
        access_secret,
        client,
        context.signer,
        request.issuer,
    )
    issued = IssuedToken(
        access_token=access_token,
        expires_in=access_expires_at - now,
        scopes=scopes,
        refresh_token=tokens.render_refresh(grant_id, family, refresh_secret) if family else None,
    )
    return grant, with_id_token(context, request, issued, user, grant, nonce=code.nonce if code else None)


def _requested(request: TokenRequest, code: Code | None) -> frozenset[str]:
    """Return the scopes that the client asked for, here or at the authorization endpoint."""
    if code is not None:
        return code.scopes | code.dropped_scopes
    return scope_values.parse_optional(request.parameters.get("scope"))


def access_token_seconds(context: GrantContext, client: Client, organisation: Organisation | None) -> int:
    """Return the lifetime of the client's access tokens: its own, the organisation's, or the deployment's.

    A JWT lives for a day at most: afterwards the key that signed it may be gone.
    """
    chosen = organisation.access_token_lifetime_seconds if organisation else 0
    seconds = client.access_token_lifetime_seconds or chosen or context.lifetimes.access_token_seconds
    return seconds if client.token_format == "opaque" else min(seconds, TOKEN_LIFETIME_MAX_SECONDS)


def refresh_token_seconds(context: GrantContext, client: Client, organisation: Organisation | None) -> int:
    """Return how long the client's refresh tokens live unused."""
    chosen = organisation.refresh_token_lifetime_seconds if organisation else 0
    return client.refresh_token_lifetime_seconds or chosen or context.lifetimes.refresh_token_seconds


def with_id_token(
    context: GrantContext,
    request: TokenRequest,
    issued: IssuedToken,
    user: User | None,
    grant: Grant,
    *,
    nonce: str | None = None,
) -> IssuedToken:
    """Return the answer with an ID token beside it, if `openid` was granted (OpenID Connect Core section 12.2)."""
    if OPENID not in issued.scopes or user is None or grant.authenticated_at is None or grant.openid_issuer is None:
        return issued
    subject = Subject(
        client=request.client, user=user, scopes=issued.scopes, authenticated_at=grant.authenticated_at, nonce=nonce
    )
    expires_in = min(issued.expires_in, TOKEN_LIFETIME_MAX_SECONDS)
    token = id_tokens.issue(context.signer, grant.openid_issuer, subject, issued.access_token, request.now, expires_in)
    return replace(issued, id_token=token)
