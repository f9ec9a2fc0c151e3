"""What administrators do with any application of their organisation."""

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal import key_sets
from gatehouse.domain.portal.key_sets import KeySetStore


def revoke(store: KeySetStore, caller: Caller, application: Application) -> None:
    """End every secret and every token of an application. Its owner may make new secrets.

    Raises:
        ConflictError: Its keys changed meanwhile; whatever was ended stays so.
    """
    for client in key_sets.find_all(store, application):
        key_sets.revoke_everything(store, caller, client)
