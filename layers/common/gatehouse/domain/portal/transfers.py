"""Transferring an application to another member, who accepts it before it is theirs.

The owner of an application answers for it: backends and the audit log name the owner. So nobody becomes an owner
unasked. What the owner before knew of the application ends with the transfer: secrets, keys and tokens.
"""

from gatehouse.domain.accounts import usernames
from gatehouse.domain.accounts.users import UserStore
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import ApplicationNotFoundError, InvalidInputError
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationStore

NO_TRANSFER = "No transfer of this application awaits you."


def offer(
    store: ApplicationStore, owners: UserStore, caller: Caller, application: Application, typed: str
) -> Application:
    """Offer an application to a member, as its owner or as an administrator.

    It is theirs when they accept it. It is at once if its owner can no longer sign in, or if an administrator takes it.

    Args:
        store: Where applications are.
        owners: Where members are.
        caller: The owner, or an administrator of the organisation.
        application: Of the caller's organisation.
        typed: The username of the recipient.

    Raises:
        InvalidInputError: There is no such member, or it is the owner.
        ConflictError: The member has an application of that name, or the application changed meanwhile.
    """
    login = usernames.parse(typed, caller.organisation)
    is_ours = login is not None and login.organisation == caller.organisation
    user = owners.find_user(caller.organisation, login.username) if login and is_ours else None
    if user is None or not user.is_active:
        raise InvalidInputError("There is no such member of your organisation.", field="owner")
    if user.user_id == application.owner_id:
        raise InvalidInputError("The application is theirs already.", field="owner")
    owner = owners.find_user(caller.organisation, application.owner) if application.owner else None
    is_orphan = owner is None or owner.user_id != application.owner_id or not owner.is_active
    is_taken = user.user_id == caller.user_id
    if is_taken or (is_orphan and caller.user_id != application.owner_id):
        return applications.transfer(store, caller, application, user.user_id, user.username)
    return applications.offer(store, caller, application, user.user_id, user.username)


def find_offered(store: ApplicationStore, caller: Caller, window: Window) -> Page[Application]:
    """Return a page of the applications that the caller may accept."""
    return store.find_offered_applications(caller.organisation, caller.user_id, window)


def accept(store: ApplicationStore, caller: Caller, application_id: str) -> Application:
    """Take over an application that was offered to the caller.

    Raises:
        NotFoundError: It was not offered, or to another member.
        ConflictError: The caller has an application of that name, or it changed meanwhile.
    """
    found = store.find_application(caller.organisation, application_id)
    if found is None or found.pending_owner_id != caller.user_id:
        raise ApplicationNotFoundError(NO_TRANSFER)
    return applications.transfer(store, caller, found, caller.user_id, caller.username)


def decline(store: ApplicationStore, caller: Caller, application_id: str) -> Application:
    """Decline a transfer as its recipient, or withdraw it as the owner.

    Raises:
        NotFoundError: There is no transfer of or to the caller.
        ConflictError: It changed meanwhile.
    """
    found = store.find_application(caller.organisation, application_id)
    if found is None or not found.pending_owner_id or caller.user_id not in {found.pending_owner_id, found.owner_id}:
        raise ApplicationNotFoundError(NO_TRANSFER)
    return applications.offer(store, caller, found, "", "")
