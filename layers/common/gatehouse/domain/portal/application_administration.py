"""What administrators do with any application of their organisation."""

from gatehouse.domain.accounts import usernames
from gatehouse.domain.accounts.users import UserStore
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import key_sets
from gatehouse.domain.portal.applications import ApplicationStore
from gatehouse.domain.portal.key_sets import KeySetStore


def find_page(
    store: ApplicationStore, owners: UserStore, caller: Caller, window: Window, owner: str = ""
) -> Page[Application]:
    """Return a page of the organisation's applications, or of those of the member of that username.

    Raises:
        NotFoundError: There is no such member.
    """
    if not owner:
        return store.find_all_applications(caller.organisation, window)
    spelling = usernames.normalise(owner)
    member = owners.find_user(caller.organisation, spelling) if spelling else None
    if member is None:
        raise NotFoundError("There is no member of that name.")
    return store.find_applications(caller.organisation, member.user_id, window)


def find(store: ApplicationStore, caller: Caller, application_id: str) -> Application:
    """Return an application of the caller's organisation, of any owner.

    Raises:
        NotFoundError: There is none of that id.
    """
    found = store.find_application(caller.organisation, application_id)
    if found is None:
        raise NotFoundError("There is no application of that id.")
    return found


def revoke(store: KeySetStore, caller: Caller, application: Application) -> None:
    """End every secret and every token of an application. Its owner may make new secrets.

    Raises:
        ConflictError: Its keys changed meanwhile; whatever was ended stays so.
    """
    for client in key_sets.find_all(store, application):
        key_sets.revoke_everything(store, caller, client)
