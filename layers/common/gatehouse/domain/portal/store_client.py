"""The store as a client of each organisation: first-party, with code and PKCE, and no way in from outside.

It has a confidential client's method and no secret, so that nobody authenticates as it over HTTP;
the store redeems its codes in process.
"""

from dataclasses import replace
from typing import Protocol

from gatehouse.domain import clients
from gatehouse.domain.apis import Application
from gatehouse.domain.clients import Client

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
"""What the store asks for; each user gets what his roles allow."""

_ADDRESSES_MAX = 5


class StoreClients(Protocol):
    """Where the store's own clients are kept."""

    def find_client(self, client_id: str) -> Client | None:
        """Return the client as it is now."""
        ...

    def save_store_client(self, organisation: str, client: Client, application: Application) -> None:
        """Store the client and its application, new or changed."""
        ...


def id_of(organisation: str) -> str:
    """Return the store's client id in an organisation."""
    return f"{APPLICATION_ID}.{organisation}"


def ensure(store: StoreClients, organisation: str, base: str) -> Client:
    """Return the organisation's store client, which may be called back at this address of the store.

    Args:
        store: Where clients are kept.
        organisation: One that exists.
        base: The deployment's address, from its settings or from API Gateway; never from a header.
    """
    client = store.find_client(id_of(organisation))
    callback, landing = f"{base}/store/callback", f"{base}/store"
    if client is not None and callback in client.redirect_uris:
        return client
    callbacks = (callback, *(client.redirect_uris if client else ()))[:_ADDRESSES_MAX]
    landings = (landing, *(client.post_logout_redirect_uris if client else ()))[:_ADDRESSES_MAX]
    made = Client(
        organisation=organisation,
        client_id=id_of(organisation),
        application_id=APPLICATION_ID,
        key_type="PRODUCTION",
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        authentication_methods=frozenset({clients.SECRET_BASIC}),
        redirect_uris=callbacks,
        post_logout_redirect_uris=landings,
        skips_consent=True,
    )
    if client is not None:  # whoever is signed in stays so
        made = replace(client, redirect_uris=callbacks, post_logout_redirect_uris=landings)
    application = Application(
        organisation=organisation, application_id=APPLICATION_ID, name="API Store", owner_id=NOBODY
    )
    store.save_store_client(organisation, made, application)
    return made
