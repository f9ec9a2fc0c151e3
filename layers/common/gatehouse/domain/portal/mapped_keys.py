"""Binding keys that exist to another application, as WSO2's map-keys: deployed software keeps its consumer key."""

from copy import replace

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import generations
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError, KeySetExistsError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.portal.applications import ApplicationStore
from gatehouse.domain.portal.key_sets import KeySetStore


def map_keys(
    store: KeySetStore,
    applications: ApplicationStore,
    caller: Caller,
    application: Application,
    key_type: KeyType,
    consumer_key: str,
    consumer_secret: str,
) -> Client:
    """Move keys of an application of the caller's to another one of theirs; their tokens are revoked.

    The tokens end because each names the application whose subscriptions it uses.

    Raises:
        InvalidInputError: Unknown key, wrong secret, or keys of another member's application, indistinguishably.
        ConflictError: The application has keys of that type, or they changed meanwhile.
    """
    client = store.find_client(consumer_key)
    source = _source(applications, caller, client)
    if client is None or source is None or not clients.is_secret(client, consumer_secret, caller.now):
        raise InvalidInputError(
            "The consumer key and secret are not those of keys of an application of yours.", field="consumerKey"
        )
    if key_type in application.client_ids or source.application_id == application.application_id:
        raise KeySetExistsError("Key Mappings already exists")
    bound = replace(
        client,
        application_id=application.application_id,
        key_type=key_type,
        token_format=application.token_format,
        is_mapped=True,
        revision=client.revision + 1,
        generation=generations.fresh(),
    )
    entry = caller.entry("keys.map", client.client_id, f"{key_type}: from {source.name} to {application.name}")
    if not store.move_key_set(caller.organisation, application, client, bound, entry):
        raise KeySetExistsError("Key Mappings already exists")
    return bound


def _source(applications: ApplicationStore, caller: Caller, client: Client | None) -> Application | None:
    """Return the application that has the keys now, if it is the caller's."""
    if client is None or client.organisation != caller.organisation:
        return None
    found = applications.find_application(caller.organisation, client.application_id)
    is_own = found is not None and found.owner_id == caller.user_id and client.client_id in found.client_ids.values()
    return found if is_own else None
