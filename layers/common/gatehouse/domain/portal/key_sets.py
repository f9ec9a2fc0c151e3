"""Key sets: the consumer key and secrets of an application, for production or for the sandbox."""

from copy import replace
from typing import Protocol

from gatehouse.domain.accounts.quotas import QuotaStore
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import generations
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConflictError,
    InvalidInputError,
    KeySetExistsError,
    KeySetNotFoundError,
)
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, ClientReader, KeyType
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.domain.portal import client_settings, key_set_inputs, new_secrets
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.domain.portal.new_secrets import NewSecret

KEY_TYPES: tuple[KeyType, ...] = ("PRODUCTION", "SANDBOX")


class KeySetStore(QuotaStore, ClientReader, Protocol):
    """Where key sets are kept; every change and its audit entry are one transaction."""

    def find_clients(self, organisation: str, client_ids: tuple[str, ...]) -> tuple[Client, ...]:
        """Return those of the clients that exist, by one batched read."""
        ...

    def add_key_set(
        self, organisation: str, application: Application, client: Client, grant: Grant | None, entry: Entry
    ) -> bool:
        """Store the client, its application's reference to it, and its first token, all or nothing.

        Returns:
            False if the application has keys of that type, or changed its owner or token format, or is gone.
        """
        ...

    def replace_client(self, organisation: str, old: Client, new: Client, entry: Entry, owner_id: str = "") -> bool:
        """Store a changed client; False if it is not of the old one's revision any more.

        With an owner, the client's application must be theirs.
        """
        ...

    def move_key_set(self, organisation: str, application: Application, old: Client, new: Client, entry: Entry) -> bool:
        """Store the client as this application's.

        False if the application has keys of the type, or another owner or token format than was read; or the old
        client changed.
        """
        ...

    def delete_key_set(self, organisation: str, application: Application, client: Client, entry: Entry) -> bool:
        """Delete the client and its application's reference to it.

        Returns:
            True if it is deleted, also by another request; False if it changed meanwhile.
        """
        ...


def find_all(store: KeySetStore, application: Application) -> tuple[Client, ...]:
    """Return the application's key sets, production first."""
    wanted = tuple(application.client_ids[kind] for kind in KEY_TYPES if kind in application.client_ids)
    return store.find_clients(application.organisation, wanted) if wanted else ()


def find(store: KeySetStore, application: Application, client_id: str) -> Client:
    """Return one key set of the application.

    Raises:
        NotFoundError: It has none of that id.
    """
    client = store.find_client(client_id) if client_id in application.client_ids.values() else None
    if client is None:
        raise KeySetNotFoundError("The application has no such keys.")
    return client


def make(
    caller: Caller,
    application: Application,
    key_type: KeyType,
    draft: KeySetInput,
    *,
    label: str,
    secret_expires_in: int,
    uris_max: int = key_set_inputs.URIS_MAX,
) -> tuple[Client, NewSecret | None]:
    """Return a new key set, not yet stored, and its first secret (None for a public client).

    Args:
        caller: Who makes it.
        application: Whose it will be.
        key_type: Of which there is none yet.
        draft: What its owner says of it.
        label: What the owner calls the secret.
        secret_expires_in: When the secret expires, in seconds; 0 for never.
        uris_max: See `key_set_inputs.find_uris_max`.

    Raises:
        InvalidInputError: The draft is wrong.
        NotAllowedError: It skips consent, and the caller is no administrator.
        ConflictError: The application has keys of that type.
    """
    key_set_inputs.check(draft, uris_max)
    if key_type in application.client_ids:
        raise KeySetExistsError("Key Mappings already exists")
    secret = (
        None
        if draft.is_public or draft.settings.jwks or draft.settings.jwks_uri
        else new_secrets.generate(caller, label, secret_expires_in)
    )
    client = Client(
        organisation=caller.organisation,
        client_id=new_secrets.random_key(),
        application_id=application.application_id,
        key_type=key_type,
        grant_types=draft.grant_types,
        authentication_methods=frozenset({clients.NONE}) if draft.is_public else clients.BY_SECRET,
        secrets=(secret.stored,) if secret else (),
        redirect_uris=draft.redirect_uris,
        token_format=application.token_format,
        access_token_lifetime_seconds=draft.access_token_lifetime_seconds,
        refresh_token_lifetime_seconds=draft.refresh_token_lifetime_seconds,
    )
    return client_settings.apply(client, draft.settings, caller), secret


def generation_entry(caller: Caller, client: Client) -> Entry:
    """Return the line of the audit log for a new key set: its type and its grant types."""
    detail = f"{client.key_type}: {' '.join(sorted(client.grant_types))}"
    return caller.entry("keys.generate", client.client_id, detail)


def change(store: KeySetStore, caller: Caller, client: Client, draft: KeySetInput, *, must_own: bool = True) -> Client:
    """Change grant types, callbacks, lifetimes and settings; operators need not own the application.

    Raises:
        InvalidInputError: The draft is wrong, or makes a client public or confidential.
        NotAllowedError: It changes whether users are asked for consent, and the caller is no administrator.
        ConflictError: The keys changed meanwhile.
    """
    key_set_inputs.check(draft, key_set_inputs.find_uris_max(store, caller, draft))
    if draft.is_public != client.is_public:
        raise InvalidInputError("Delete the keys to change between public and confidential.", field="public")
    changed = replace(
        client,
        grant_types=draft.grant_types,
        redirect_uris=draft.redirect_uris,
        access_token_lifetime_seconds=draft.access_token_lifetime_seconds,
        refresh_token_lifetime_seconds=draft.refresh_token_lifetime_seconds,
    )
    changed = client_settings.apply(changed, draft.settings, caller)
    return store_changed(store, caller, client, changed, "keys.update", _detail(client, changed), must_own=must_own)


def revoke_tokens(store: KeySetStore, caller: Caller, client: Client) -> None:
    """Kill every token that the client got so far.

    Raises:
        ConflictError: The keys changed meanwhile.
    """
    store_changed(store, caller, client, replace(client, generation=generations.fresh()), "tokens.revoke-all", "")


def revoke_everything(store: KeySetStore, caller: Caller, client: Client) -> None:
    """End every secret, every key and every token of a client, so that nobody who knew them can use it.

    Raises:
        ConflictError: The keys changed meanwhile.
    """
    ended = replace(client, secrets=(), jwks="", jwks_uri="", generation=generations.fresh())
    store_changed(store, caller, client, ended, "keys.revoke", client.key_type, must_own=False)


def delete(store: KeySetStore, caller: Caller, application: Application, client: Client) -> None:
    """Delete a key set; its credentials and tokens end with it.

    Raises:
        ConflictError: It changed meanwhile.
    """
    entry = caller.entry("keys.delete", client.client_id, client.key_type)
    if not store.delete_key_set(caller.organisation, application, client, entry):
        raise ConflictError("The keys changed meanwhile. Look at them again.")


def _detail(old: Client, new: Client) -> str:
    """Return what the audit log says of a change: the grant types, and a decision about consent."""
    consent = "" if old.skips_consent == new.skips_consent else f", skips consent: {new.skips_consent}".lower()
    return " ".join(sorted(new.grant_types)) + consent


def store_changed(
    store: KeySetStore,
    caller: Caller,
    old: Client,
    new: Client,
    action: str,
    detail: str,
    *,
    must_own: bool = True,
) -> Client:
    """Store a change. A caller who must own the application could have transferred it since it was read."""
    new = replace(new, revision=old.revision + 1)
    if clients.loses_credentials(old, new, caller.now):
        new = replace(new, credential_generation=generations.fresh())
    entry, owner_id = caller.entry(action, old.client_id, detail), caller.user_id if must_own else ""
    if not store.replace_client(caller.organisation, old, new, entry, owner_id):
        raise ConflictError("The keys changed meanwhile. Look at them again.")
    return new
