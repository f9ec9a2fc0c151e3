"""What administrators decide about clients that registered themselves: block them, end their tokens, delete them."""

from collections.abc import Callable

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore

_ATTEMPTS = 3


def find_page(store: RegisteredClientStore, caller: Caller, window: Window) -> Page[Client]:
    """Return a page of the organisation's registered clients; those that users consented to come first."""
    return store.find_registered_page(caller.organisation, window)


def find(store: RegisteredClientStore, caller: Caller, client_id: str) -> Client:
    """Return a registered client of the caller's organisation.

    Raises:
        NotFoundError: There is none of that id.
    """
    found = store.find_registered(caller.organisation, client_id)
    if found is None:
        raise NotFoundError("There is no registered client of that id.")
    return found


def block(store: RegisteredClientStore, caller: Caller, client_id: str, *, is_blocked: bool) -> Client:
    """Block a client, or let it in again. Blocking ends its tokens; it outlives a new description of the client.

    Raises:
        NotFoundError: There is none of that id.
        ConflictError: It kept changing.
    """
    action = "client.block" if is_blocked else "client.unblock"
    return _change(store, caller, client_id, action, lambda old: registered_clients.block(old, is_blocked=is_blocked))


def revoke(store: RegisteredClientStore, caller: Caller, client_id: str) -> Client:
    """End everything that was issued to a client, for all users. Users may consent again.

    Raises:
        NotFoundError: There is none of that id.
        ConflictError: It kept changing.
    """
    return _change(store, caller, client_id, "client.revoke", registered_clients.end)


def delete(store: RegisteredClientStore, caller: Caller, client_id: str) -> None:
    """Delete a client; its tokens end. If policy lets it in, it may register again: block it to keep it out.

    Raises:
        NotFoundError: There is none of that id.
        ConflictError: It kept changing.
    """
    for _ in range(_ATTEMPTS):
        found = find(store, caller, client_id)
        entry = caller.entry("client.delete", client_id, registered_clients.title(found))
        if store.delete_registered(caller.organisation, found, entry):
            return
    raise ConflictError("The client changed meanwhile. Look at it again.")


def _change(
    store: RegisteredClientStore, caller: Caller, client_id: str, action: str, change: Callable[[Client], Client]
) -> Client:
    for _ in range(_ATTEMPTS):
        found = find(store, caller, client_id)
        entry = caller.entry(action, client_id, registered_clients.title(found))
        changed = change(found)
        if store.replace_registered(caller.organisation, found, changed, entry):
            return changed
    raise ConflictError("The client changed meanwhile. Look at it again.")
