"""The consumer secrets of a key set: add, replace and revoke them."""

from copy import replace

from gatehouse.domain.accounts import quotas
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    InvalidInputError,
    NotFoundError,
)
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, Secret
from gatehouse.domain.portal import key_sets, new_secrets
from gatehouse.domain.portal.key_sets import KeySetStore
from gatehouse.domain.portal.new_secrets import NewSecret


def add_secret(store: KeySetStore, caller: Caller, client: Client, label: str, expires_in: int) -> NewSecret:
    """Add a secret beside the others; `expires_in` in seconds, 0 for never.

    Raises:
        InvalidInputError: The client is public, has as many secrets as it may have, or label or expiry are wrong.
        ConflictError: The keys changed meanwhile.
    """
    _refuse_public(client)
    alive = tuple(one for one in client.secrets if one.expires_at is None or one.expires_at > caller.now)
    most = quotas.allowed(store, caller.organisation, "secrets", len(alive) + 1)
    if len(alive) >= most:
        raise InvalidInputError(f"A key has at most {most} secrets. Revoke one first.", field="label")
    secret = new_secrets.generate(caller, label, expires_in)
    key_sets.store_changed(
        store, caller, client, replace(client, secrets=(*alive, secret.stored)), "secret.create", label
    )
    return secret


def regenerate_secret(store: KeySetStore, caller: Caller, client: Client) -> NewSecret:
    """Replace all secrets by a new one; access tokens end, and the client needs the new secret to refresh.

    Raises:
        InvalidInputError: The client is public.
        ConflictError: The keys changed meanwhile.
    """
    _refuse_public(client)
    secret = new_secrets.generate(caller, "", 0)
    key_sets.store_changed(store, caller, client, replace(client, secrets=(secret.stored,)), "secret.regenerate", "")
    return secret


def revoke_secret(store: KeySetStore, caller: Caller, client: Client, secret_id: str) -> None:
    """Revoke one secret; never the newest, so that one always remains (WSO2's rule).

    Access tokens end: one may have been got by the secret while an instance still had it in its cache. Refresh tokens
    stay, since the client needs another secret to use them.

    Raises:
        NotFoundError: There is no such secret.
        InvalidInputError: It is the newest.
        ConflictError: The keys changed meanwhile.
    """
    ids = [id_of(secret) for secret in client.secrets]
    if secret_id not in ids:
        raise NotFoundError("There is no such secret.")
    if secret_id == ids[-1]:
        raise InvalidInputError("The most recent secret cannot be revoked. Make a new one first.", field="secretId")
    left = tuple(secret for secret in client.secrets if id_of(secret) != secret_id)
    key_sets.store_changed(store, caller, client, replace(client, secrets=left), "secret.revoke", secret_id)


def id_of(secret: Secret) -> str:
    """Return what names a secret; of one without a name, the beginning of its digest's digest."""
    return secret.secret_id or clients.secret_digest(secret.digest.hex()).hex()[:16]


def _refuse_public(client: Client) -> None:
    if client.is_public:
        raise InvalidInputError("A public client has no secret.", field="label")
    if client.jwks or client.jwks_uri:
        raise InvalidInputError(
            "These keys authenticate by private_key_jwt. Remove their JWK Set, or its URL, to use secrets.",
            field="label",
        )
