"""The store as a client of each organisation: first-party, with code and PKCE, and no way in from outside.

It has a confidential client's method and no secret, so that nobody authenticates as it over HTTP;
the store redeems its codes in process.
"""

from copy import replace
from typing import Protocol

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, ClientReader

APPLICATION_ID = "gatehouse-store"
NOBODY = "gatehouse"

SCOPES = frozenset(
    {
        "apim:admin",
        "apim:api_publish",
        "apim:api_view",
        "apim:app_manage",
        "apim:sub_manage",
        "apim:subscribe",
        "apim:subscription_block",
    }
)
"""What the store asks for; each user gets what their roles allow."""

_ADDRESSES_MAX = 5
_ATTEMPTS = 4


class StoreClientStore(ClientReader, Protocol):
    """Where the store's own clients are kept."""

    def add_store_client(self, organisation: str, client: Client, application: Application) -> bool:
        """Store the client and its application, both new; False if another request did."""
        ...

    def replace_store_client(self, organisation: str, old: Client, new: Client) -> bool:
        """Store the changed client; False if the old one no longer stands."""
        ...


def id_of(organisation: str) -> str:
    """Return the store's client id in an organisation."""
    return f"{APPLICATION_ID}.{organisation}"


def ensure(store: StoreClientStore, organisation: str, base: str) -> Client:
    """Return the organisation's store client, which may be called back at this address of the store.

    Args:
        store: Where clients are kept.
        organisation: One that exists.
        base: The deployment's address, from its settings or from API Gateway; never from a header.

    Raises:
        TemporarilyUnavailableError: Other requests changed the client all the time.
    """
    callback, landing = f"{base}/store/callback", f"{base}/store"
    for _ in range(_ATTEMPTS):
        client = store.find_client(id_of(organisation))
        if client is not None and callback in client.redirect_uris:
            return client
        made = _make(organisation, callback, landing) if client is None else _extend(client, callback, landing)
        if client is None:
            application = Application(
                organisation=organisation, application_id=APPLICATION_ID, name="API Store", owner_id=NOBODY
            )
            is_stored = store.add_store_client(organisation, made, application)
        else:
            is_stored = store.replace_store_client(organisation, client, made)
        if is_stored:
            return made
    raise TemporarilyUnavailableError(f"the store's client of {organisation} keeps changing")


def _make(organisation: str, callback: str, landing: str) -> Client:
    return Client(
        organisation=organisation,
        client_id=id_of(organisation),
        application_id=APPLICATION_ID,
        key_type="PRODUCTION",
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        authentication_methods=frozenset({clients.SECRET_BASIC}),
        redirect_uris=(callback,),
        post_logout_redirect_uris=(landing,),
        skips_consent=True,
    )


def _extend(client: Client, callback: str, landing: str) -> Client:
    """Return the client with one more address; users who are signed in stay so."""
    return replace(
        client,
        redirect_uris=(callback, *client.redirect_uris)[:_ADDRESSES_MAX],
        post_logout_redirect_uris=(landing, *client.post_logout_redirect_uris)[:_ADDRESSES_MAX],
        revision=client.revision + 1,
    )
