"""What every grant type takes and gives."""

from collections.abc import Callable, Mapping
from copy import replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from gatehouse.domain.accounts import connections, factors, users
from gatehouse.domain.accounts.connections import Connection, ConnectionStore
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.accounts.users import PasswordStore, Status, User
from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel import scopes as scope_values
from gatehouse.domain.kernel.errors import InvalidGrantError
from gatehouse.domain.kernel.scopes import OPENID
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.oauth import access_tokens, tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.codes import Code, CodeStore
from gatehouse.domain.oauth.signing import TOKEN_LIFETIME_MAX_SECONDS, Signer
from gatehouse.domain.oauth.tokens import Grant, GrantStore, Issued

if TYPE_CHECKING:
    from gatehouse.domain.accounts.sign_in import SignInStore  # no start waits for it
    from gatehouse.domain.oauth.device_requests import DeviceRequestStore  # no start waits for it

REFRESH_TOKEN = "refresh_token"


class PartyStore(Protocol):
    """The strong reads behind a code, and behind an introspection."""

    def find_client_and_organisation(self, issued: Issued) -> tuple[Client | None, Organisation | None]:
        """Return its client and organisation as they are now, by one batched read."""
        ...

    def find_code_parties(
        self, code: Code
    ) -> tuple[Client | None, Organisation | None, User | None, Connection | None]:
        """Return its client, organisation and user as they are now, and their connection, by one batched read."""
        ...


class RefreshStore(Protocol):
    """The read behind a refresh."""

    def find_refresh(
        self, organisation: str, grant_id: str, status_id: str, prefetch_for: Client | None
    ) -> tuple[Organisation | None, Grant | None, Status | None]:
        """Return grant and status as they are now, and the organisation at most the cache seconds old, by one call.

        The subscriptions of the client `prefetch_for` are read by the way, if they must be.
        """
        ...


class GrantDirectory(ApiStore, OrganisationStore, RefreshStore, PartyStore, PasswordStore, Protocol):
    """What people made. Implemented by `storage.directory`."""


class Lifetimes(msgspec.Struct, frozen=True, kw_only=True):
    """The deployment's lifetimes, in seconds."""

    access_token_seconds: int
    refresh_token_seconds: int
    grant_seconds: int


class GrantContext(msgspec.Struct, frozen=True):
    """What a grant type may touch besides its arguments.

    Attributes:
        devices: Builds the store of devices' requests.
    """

    directory: GrantDirectory
    grants: GrantStore
    codes: CodeStore
    connections: ConnectionStore
    sign_ins: "SignInStore"
    signer: Signer
    lifetimes: Lifetimes
    devices: "Callable[[], DeviceRequestStore]"


class TokenRequest(Secretive, frozen=True, kw_only=True):
    """An authenticated token request.

    Attributes:
        arrived_at_ms: When it reached the gateway, epoch milliseconds; all expiry is measured by it.
        source: The address it came from.
        issuer: The issuer whose path was called.
    """

    SECRETS = frozenset({"parameters"})

    client: Client
    parameters: Mapping[str, str]
    arrived_at_ms: int
    source: str
    issuer: str

    @property
    def now(self) -> int:
        """The arrival as NumericDate."""
        return self.arrived_at_ms // 1000


class IssuedToken(Secretive, frozen=True, kw_only=True):
    """A successful answer (RFC 6749 section 5.1).

    Attributes:
        expires_in: Lifetime in seconds from now.
    """

    SECRETS = frozenset({"access_token", "refresh_token", "id_token"})

    access_token: str
    expires_in: int
    scopes: frozenset[str]
    refresh_token: str | None = None
    id_token: str | None = None


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a user's grant is issued.

    Attributes:
        user: As the read says that the proof was checked against.
        connection: With the client, as read; None if there is none.
        code: The code that is redeemed, if one is: the grant inherits its generations.
    """

    user: User
    connection: Connection | None
    code: Code | None = None


def issue_grant(
    context: GrantContext,
    request: TokenRequest,
    *,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation,
    party: Party | None,
) -> IssuedToken:
    """Make a new grant with its first access token, by one write.

    It gets a refresh token if it has a user and the client may refresh (RFC 6749 sections 4.3.3 and 4.4.3).
    """
    grant, issued = _build_grant(context, request, grant_type, scopes, organisation, party)
    _connect(context, request, organisation, party)
    context.grants.add_grant(grant)
    return issued


def issue_grant_for_code(
    context: GrantContext,
    request: TokenRequest,
    *,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation,
    party: Party,
) -> IssuedToken | None:
    """Do the same under the id that the code has ready, by one conditional write; None if it was done already."""
    grant, issued = _build_grant(context, request, grant_type, scopes, organisation, party)
    _connect(context, request, organisation, party)
    return issued if context.grants.add_grant_once(grant) else None


def _connect(context: GrantContext, request: TokenRequest, organisation: Organisation, party: Party | None) -> None:
    """Store, at most once a day, that the client is about to hold a grant of the user, who can see and end it."""
    if party is None:
        return
    seconds = context.lifetimes.grant_seconds
    renewed = connections.renew(
        party.connection, party.user, organisation, request.client, request.arrived_at_ms, seconds
    )
    if renewed is not None:
        context.connections.save_connection(renewed.organisation, renewed)


def _build_grant(
    context: GrantContext,
    request: TokenRequest,
    grant_type: str,
    scopes: frozenset[str],
    organisation: Organisation,
    party: Party | None,
) -> tuple[Grant, IssuedToken]:
    client, now = request.client, request.now
    user, code = (party.user, party.code) if party else (None, None)
    proof, connection_generation = code or user, code.connection_generation if code else ""
    if user and not code:
        connection_generation = users.connection_generation(user, client.client_id)
    resources = find_resources(context, request)
    if code is not None and code.resources:
        resources = narrow_resources(code.resources, resources)
    grant_id, authenticated_at = (code.grant_id, code.authenticated_at) if code else (digests.generate_id(), now)
    is_openid = user is not None and OPENID in scopes
    ends_at = now + context.lifetimes.grant_seconds
    if code is not None and factors.FEDERATED in code.methods:
        ends_at = min(ends_at, factors.federated_end(code.signed_in_at or code.authenticated_at, organisation))
        if now >= ends_at:
            raise InvalidGrantError("code of a sign-in at an identity provider that does not count any more")
    access_expires_at = min(now + access_token_seconds(context, client, organisation), ends_at)
    refresh_expires_at = min(now + refresh_token_seconds(context, client, organisation), ends_at)
    access_secret, refresh_secret, family = digests.generate_secret(), "", None
    if user is not None and REFRESH_TOKEN in client.grant_types:
        refresh_secret, family = digests.generate_secret(), digests.generate_id()
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
            status_id=user.status_id if user else None,
            # Each generation is that of the copy that the proof was checked against.
            generation=proof.generation if proof else None,
            connection_generation=connection_generation,
            client_generation=code.client_generation if code else client.generation,
            credential_generation=client.credential_generation,
            organisation_generation=code.organisation_generation if code else organisation.generation,
            scopes=scopes,
            issued_at_ms=request.arrived_at_ms,
            access_digest=b"",
            access_scopes=scopes,
            access_expires_at=access_expires_at,
            user_roles=user.roles if user else frozenset(),
            resources=(code.resources if code else ()) or resources,
            access_resources=resources,
            dropped_scopes=scope_values.dropped(_requested(request, code), scopes) if family else frozenset(),
            refresh_digest=digests.digest(refresh_secret) if family else None,
            refresh_expires_at=refresh_expires_at if family else None,
            family_digest=digests.digest(family) if family else None,
            authenticated_at=authenticated_at if is_openid or code else None,
            methods=code.methods if code else factors.PASSWORD_ALONE,
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
        refresh_token=tokens.render_refresh(grant_id, user.status_id, family, refresh_secret)
        if user is not None and family is not None
        else None,
    )
    return grant, with_id_token(context, request, issued, user, grant, nonce=code.nonce if code else None)


def find_resources(context: GrantContext, request: TokenRequest) -> tuple[str, ...]:
    """Return the APIs that the request names (RFC 8707 section 2.2); none, and nothing is read, if it names none.

    Raises:
        InvalidTargetError: One is malformed or unknown.
    """
    value = request.parameters.get("resource")
    if value is None:
        return ()
    from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

    return resource_indicators.resolve(context.directory, request.client, value, request.issuer)


def narrow_resources(granted: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """Return the APIs of one token of a grant: those named, within those of the grant; all if none is named.

    Raises:
        InvalidTargetError: One is not the grant's.
    """
    if not named:
        return granted
    from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

    return resource_indicators.narrow(granted, named)


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
    from gatehouse.domain.oauth import id_tokens  # only with the scope `openid`: no start waits for it

    subject = id_tokens.IdTokenSubject(
        client=request.client,
        user=user,
        scopes=issued.scopes,
        authenticated_at=grant.authenticated_at,
        methods=grant.methods,
        nonce=nonce,
    )
    expires_in = min(issued.expires_in, TOKEN_LIFETIME_MAX_SECONDS)
    token = id_tokens.issue(context.signer, grant.openid_issuer, subject, issued.access_token, request.now, expires_in)
    return replace(issued, id_token=token)
