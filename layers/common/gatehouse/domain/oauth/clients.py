"""Clients: one key set of an application, and how it proves itself (RFC 6749 section 2)."""

import hmac
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.kernel import digests, generations
from gatehouse.domain.kernel.errors import InvalidClientError, UnauthorizedClientError
from gatehouse.domain.kernel.secretive import Secretive

type KeyType = Literal["PRODUCTION", "SANDBOX"]

SECRET_BASIC = "client_secret_basic"
SECRET_POST = "client_secret_post"
NONE = "none"
BY_SECRET = frozenset({SECRET_BASIC, SECRET_POST})

_CLIENT_ID_MAX_CHARACTERS = 128


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer secret as it is stored. Secrets are random, so SHA-256 is enough.

    Attributes:
        secret_id: Names it where its owner lists and revokes secrets; tells nothing of it.
        expires_at: NumericDate from which it no longer works; None if it never ends.
    """

    digest: bytes
    label: str = ""
    expires_at: int | None = None
    secret_id: str = ""
    created_at: int = 0


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a client that registered itself, and that nobody made in the store.

    Attributes:
        kind: By a client ID metadata document, or by RFC 7591.
        name: As the client claims it; empty if it says none.
        document_url: Of the metadata document: the `client_id` that the client knows; empty without one.
        digest: Of redirect URIs, keys and name: what users consent to. Another one ends what was issued.
        created_at: NumericDate.
        unused_until: NumericDate at which it ends unless a user has consented; None if one did.
        fresh_until: NumericDate until which the document is not fetched again.
        token_digest: Of the registration access token (RFC 7592); empty for documents.
    """

    kind: Literal["document", "dynamic"]
    name: str = ""
    document_url: str = ""
    digest: str = ""
    created_at: int = 0
    unused_until: int | None = None
    fresh_until: int = 0
    token_digest: bytes = b""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One key set: the consumer key is the `client_id`, globally unique, and names its organisation.

    Attributes:
        authentication_methods: Registered names of RFC 7591 section 2; `none` makes it public.
        access_token_lifetime_seconds: Overrides the deployment's; None keeps it.
        refresh_token_lifetime_seconds: The same.
        redirect_uris: Where an authorization code may be sent, to the letter (RFC 6749 section 3.1.2.2).
        post_logout_redirect_uris: Where a browser may be sent after signing out, to the letter.
        requires_pkce: Only a confidential client may do without (RFC 9700 section 2.1.1).
        skips_consent: A client of the organisation's own, whose users are not asked; a public one's always are.
        jwks: The public keys of `private_key_jwt`, a JWK Set in JSON; empty without.
        jwks_uri: Where it publishes them instead; empty without.
        allowed_origins: The origins whose scripts may use it at the token endpoints; empty for any.
        second_factor: Whether it takes only users who proved a second factor.
        replay_window_seconds: How long a spent refresh token still gets its successors, 0 to 60.
        is_mapped: Whether it came from another application, by WSO2's map-keys.
        registration: Of a registered client; None for a key set of the store.
        revision: How often it was changed; a change states the revision that it read.
        generation: What everything that is issued to the client stores; a fresh one ends all of it.
        credential_generation: What every access token stores, from the copy that the credentials were checked against.
            A fresh one, when a credential is removed, ends access tokens only: a client authenticates to refresh.
    """

    organisation: str
    client_id: str
    application_id: str
    key_type: KeyType
    grant_types: frozenset[str]
    authentication_methods: frozenset[str]
    secrets: tuple[Secret, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    requires_pkce: bool = True
    skips_consent: bool = False
    token_format: Literal["opaque", "jwt"] = "opaque"
    access_token_lifetime_seconds: int | None = None
    refresh_token_lifetime_seconds: int | None = None
    jwks: str = ""
    jwks_uri: str = ""
    allowed_origins: tuple[str, ...] = ()
    second_factor: bool = False
    replay_window_seconds: int = 2
    is_active: bool = True
    is_mapped: bool = False
    registration: Registration | None = None
    revision: int = 0
    generation: str = msgspec.field(default_factory=generations.fresh)
    credential_generation: str = msgspec.field(default_factory=generations.fresh)

    @property
    def external_client_id(self) -> str:
        """The `client_id` as the client knows it: the URL of its metadata document, if it has one."""
        return (self.registration.document_url if self.registration else "") or self.client_id

    @property
    def title(self) -> str:
        """What its user calls a client that registered itself; empty for a key set of the store."""
        if self.registration is None:
            return ""
        from gatehouse.domain.oauth import registered_clients  # only for these: no start waits for it

        return registered_clients.title(self)

    @property
    def is_public(self) -> bool:
        """Whether it may come without credentials (RFC 6749 section 2.1), so that its name proves nothing."""
        return NONE in self.authentication_methods


class Credentials(Secretive, frozen=True):
    """What a request presented: a secret, an assertion, or for the method `none` neither."""

    SECRETS = frozenset({"client_secret", "assertion"})

    method: str
    client_id: str
    client_secret: str | None = None
    assertion: str | None = None


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the client means to talk to.

    Attributes:
        organisation: The organisation named in the path, or None.
        issuer: The issuer whose path was called.
    """

    organisation: str | None
    issuer: str


type KeyFinder = Callable[[Client, str], Iterator[str]]
"""Finds the JWK Sets, behind a client's `jwks_uri`, to check an assertion with, one after the other."""


class ClientReader(Protocol):
    """Where clients are read."""

    def find_client(self, client_id: str) -> Client | None:
        """Return the client as it is now, by one strongly consistent read."""
        ...


class ClientStore(ClientReader, Protocol):
    """The same, with a cache."""

    def find_cached_client(self, client_id: str) -> Client | None:
        """Return the client if it was read within the cache seconds; never does I/O."""
        ...


def secret_digest(client_secret: str) -> bytes:
    """Return the form in which a consumer secret is stored and compared."""
    return digests.sha256(client_secret.encode(errors="replace"))


def authenticate(
    store: ClientStore, audience: Audience, credentials: Credentials, now: int, find_keys: KeyFinder
) -> Client:
    """Return the client if its credentials are right (RFC 6749 section 2.3).

    A failure costs exactly one read, whether or not the client exists or was remembered,
    so time tells nothing, and a secret made a moment ago works at once. Only an assertion of a client with a
    `jwks_uri` may cost more, if it claims to be of that client, for us, and for now.

    An assertion is still to be used up (`assertions.ReplayStore`).

    Args:
        now: NumericDate.

    Raises:
        InvalidClientError: Unknown client, wrong secret, wrong method or wrong organisation, indistinguishably; or the
            client's `jwks_uri` is of no use, which the description says.
        TemporarilyUnavailableError: The client's keys cannot be fetched now.
    """
    if len(credentials.client_id) > _CLIENT_ID_MAX_CHARACTERS:
        raise InvalidClientError(f"client id of {len(credentials.client_id)} characters")
    client = store.find_cached_client(credentials.client_id)
    if client is not None and _is_right(client, audience, credentials, now, find_keys):
        return client
    client = store.find_client(credentials.client_id)
    if client is None or not _is_right(client, audience, credentials, now, find_keys):
        # An unknown id is not for the log: it may be a secret in the wrong field.
        who = "unknown client" if client is None else f"client {client.client_id!r}"
        raise InvalidClientError(f"{who} by {credentials.method}")
    return client


def loses_credentials(old: Client, new: Client, now: int) -> bool:
    """Say whether something by which the client could authenticate works no longer; what has expired does not count.

    An instance may have let it authenticate by its cached copy a moment ago, so that what it got must end.
    """
    lost = {one.digest for one in old.secrets if _lives(one, now)} - {one.digest for one in new.secrets}
    has_other_keys = bool(old.jwks) and old.jwks != new.jwks
    return bool(lost) or has_other_keys or not old.authentication_methods <= new.authentication_methods


def is_secret(client: Client, client_secret: str, now: int) -> bool:
    """Say whether it is one of the client's secrets, and has not expired; in constant time."""
    presented = secret_digest(client_secret)
    matches = [hmac.compare_digest(presented, one.digest) and _lives(one, now) for one in client.secrets]
    return any(matches)


def check_origin(client: Client, origin: str | None) -> None:
    """Refuse scripts of origins that the client does not list; what is no browser sends no origin, and may pass.

    Raises:
        UnauthorizedClientError: The origin is not listed.
    """
    if client.allowed_origins and origin is not None and origin not in client.allowed_origins:
        raise UnauthorizedClientError(
            f"origin {origin[:200]!r} at client {client.client_id!r}",
            description="Scripts of this origin may not use this client. Add it to the key set's allowed origins.",
        )


def _is_right(client: Client, audience: Audience, credentials: Credentials, now: int, find_keys: KeyFinder) -> bool:
    return (
        client.is_active
        and credentials.method in client.authentication_methods
        and exists_at(client, audience.organisation, now)
        and _proves(client, audience, credentials, now, find_keys)
    )


def exists_at(client: Client, organisation: str | None, now: int) -> bool:
    """Say whether a client exists at the path of an organisation, or at the bare path (None).

    A registered one exists at its organisation's only, and until it ends because no user consented in time.
    """
    registration = client.registration
    if registration is None:
        return organisation in {None, client.organisation}
    return organisation == client.organisation and (
        registration.unused_until is None or now < registration.unused_until
    )


def _proves(client: Client, audience: Audience, credentials: Credentials, now: int, find_keys: KeyFinder) -> bool:
    if credentials.method == NONE:
        return True
    if credentials.assertion is not None:
        return _has_signed(client, audience, credentials.assertion, now, find_keys)
    return is_secret(client, credentials.client_secret or "", now)


def _has_signed(client: Client, audience: Audience, assertion: str, now: int, find_keys: KeyFinder) -> bool:
    """Say whether the client signed the assertion; keys are fetched only for one that fits in everything else."""
    from gatehouse.domain.oauth import assertions  # only for assertions: no start waits for it

    name = client.external_client_id
    if not client.jwks_uri:
        return assertions.verify(assertion, client.jwks, name, audience.issuer, now) is not None
    return assertions.fits(assertion, name, audience.issuer, now) and any(
        assertions.verify(assertion, jwks, name, audience.issuer, now) is not None
        for jwks in find_keys(client, assertion)
    )


def _lives(secret: Secret, now: int) -> bool:
    return secret.expires_at is None or now < secret.expires_at
