"""Applications: who may see, use and change them, and what they may be called.

The owner changes an application. Holders of a role that it is shared with use it: they see its keys' names, subscribe
it and get tokens for it. Nobody else learns that it exists.
"""

from collections.abc import Mapping
from copy import replace
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import digests, names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import (
    ApplicationNotFoundError,
    ConflictError,
    InvalidInputError,
    InvalidTierError,
    MissingTierError,
    NotAllowedError,
)

NAME_MAX_CHARACTERS = 100
_DESCRIPTION_MAX_CHARACTERS = 512
_GROUPS_MAX = 10
_ATTRIBUTES_MAX = 20
_ATTRIBUTE_MAX_CHARACTERS = 500


type Outcome = Literal["stored", "taken", "changed", "full"]


class ApplicationInput(msgspec.Struct, frozen=True, kw_only=True):
    """What its owner says of an application: fields of `Application` of the same names."""

    name: str
    description: str = ""
    throttling_policy: str = throttling_policies.UNLIMITED
    token_format: Literal["opaque", "jwt"] = "opaque"
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])


class ApplicationStore(Protocol):
    """Where applications are kept; every change and its audit entry are one transaction."""

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """Return the application as it is now."""
        ...

    def find_application_named(self, organisation: str, owner_id: str, name: str) -> Application | None:
        """Return the owner's application of that name, whatever its case."""
        ...

    def find_applications(self, organisation: str, owner_id: str, window: Window) -> Page[Application]:
        """Return a page of the owner's applications, by name."""
        ...

    def find_shared_applications(self, organisation: str, group: str, window: Window) -> Page[Application]:
        """Return a page of the applications that are shared with a role, by name."""
        ...

    def find_offered_applications(self, organisation: str, user_id: str, window: Window) -> Page[Application]:
        """Return a page of the applications that a member may accept."""
        ...

    def find_all_applications(self, organisation: str, window: Window) -> Page[Application]:
        """Return a page of all applications of the organisation, by name; without a total."""
        ...

    def had_default_application(self, organisation: str, user_id: str) -> bool:
        """Say whether the user was given WSO2's `DefaultApplication` before, even if they deleted it."""
        ...

    def add_default_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """Store it; False if the user was given one before, or has an application of that name."""
        ...

    def add_application(self, organisation: str, application: Application, entry: Entry) -> Outcome:
        """Store a new application; `taken` if its owner has one of that name, `full` if they have as many as may be."""
        ...

    def replace_application(self, organisation: str, old: Application, new: Application, entry: Entry) -> Outcome:
        """Store a changed application; with a new owner, its secrets and tokens end. Subscriptions stay.

        Returns:
            `taken` if its owner has another one of that name, `changed` if the old one no longer stands, `full` if a
            new owner has as many as may be.
        """
        ...

    def change_client_scopes(
        self, organisation: str, application: Application, scopes: frozenset[str], entry: Entry
    ) -> bool:
        """Store the role-bound scopes of an application's own tokens; False if they changed meanwhile."""
        ...

    def delete_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """Delete it with its keys and subscriptions; its tokens are revoked with it. False if it changed meanwhile."""
        ...


def find_visible(store: ApplicationStore, caller: Caller, application_id: str) -> Application:
    """Return an application that the caller may use.

    Raises:
        NotFoundError: There is none in the caller's organisation.
        NotAllowedError: It is another member's and not shared with the caller.
    """
    application = store.find_application(caller.organisation, application_id)
    if application is None:
        raise ApplicationNotFoundError("There is no application of that id.")
    if application.owner_id != caller.user_id and application.groups.isdisjoint(caller.groups):
        raise NotAllowedError("The application belongs to somebody else.")
    return application


def find_own(store: ApplicationStore, caller: Caller, application_id: str) -> Application:
    """Return an application that the caller may change.

    Raises:
        NotFoundError: There is none in the caller's organisation.
        NotAllowedError: It is another member's.
    """
    application = find_visible(store, caller, application_id)
    if application.owner_id != caller.user_id:
        raise NotAllowedError("Only its owner may change the application.")
    return application


def find_page(store: ApplicationStore, caller: Caller, window: Window, group: str = "") -> Page[Application]:
    """Return a page of the caller's applications, or of those that are shared with one of their roles.

    Raises:
        NotAllowedError: The caller does not hold the role.
    """
    if not group:
        return store.find_applications(caller.organisation, caller.user_id, window)
    if group not in caller.groups:
        raise NotAllowedError("You do not hold that role.")
    return store.find_shared_applications(caller.organisation, group, window)


def create(store: ApplicationStore, caller: Caller, draft: ApplicationInput) -> Application:
    """Create an application of the caller's.

    Raises:
        InvalidInputError: The draft is wrong; its field says where.
        ConflictError: The caller has an application of that name, or as many as may be.
    """
    application = build(caller, _checked(draft, caller, frozenset()))
    entry = caller.entry("application.create", application.application_id, application.name)
    _settle(store.add_application(caller.organisation, application, entry), application.name)
    return application


def build(caller: Caller, draft: ApplicationInput) -> Application:
    """Return a new application of the caller's, not yet stored."""
    return Application(
        organisation=caller.organisation,
        application_id=digests.generate_id(),
        owner_id=caller.user_id,
        owner=caller.username,
        created_at_ms=caller.at_ms,
        updated_at_ms=caller.at_ms,
        **msgspec.structs.asdict(draft),
    )


def change(store: ApplicationStore, caller: Caller, application: Application, draft: ApplicationInput) -> Application:
    """Change what the owner says of an application.

    Raises:
        InvalidInputError: The draft is wrong.
        ConflictError: The name is taken, or the application changed meanwhile.
    """
    draft = _checked(draft, caller, application.groups)
    changed = replace(application, **msgspec.structs.asdict(draft))
    return _store_changed(store, caller, application, changed, "application.update", draft.name)


def offer(
    store: ApplicationStore, caller: Caller, application: Application, user_id: str, username: str
) -> Application:
    """Offer an application to another member, who may accept it; to nobody (empty), and the offer is withdrawn.

    Raises:
        ConflictError: It changed meanwhile.
    """
    changed = replace(application, pending_owner_id=user_id, pending_owner=username)
    detail = f"{application.owner} to {username}" if username else f"to {application.pending_owner}"
    action = "application.offer" if username else "application.decline"
    return _store_changed(store, caller, application, changed, action, detail)


def transfer(
    store: ApplicationStore, caller: Caller, application: Application, user_id: str, username: str
) -> Application:
    """Make another user of the organisation the owner; secrets and tokens end.

    Raises:
        ConflictError: The user has an application of that name, or it changed meanwhile.
    """
    changed = replace(application, owner_id=user_id, owner=username, pending_owner_id="", pending_owner="")
    detail = f"{application.owner} to {username}"
    return _store_changed(store, caller, application, changed, "application.transfer", detail)


def delete(store: ApplicationStore, caller: Caller, application: Application) -> None:
    """Delete an application with everything it has.

    Raises:
        ConflictError: It changed meanwhile, or it is being subscribed.
    """
    entry = caller.entry("application.delete", application.application_id, application.name)
    if not store.delete_application(caller.organisation, application, entry):
        _settle("changed", application.name)


def _store_changed(
    store: ApplicationStore, caller: Caller, old: Application, new: Application, action: str, detail: str
) -> Application:
    """Store a change, at a moment that differs from the last change, since changes are told apart by it."""
    new = replace(new, updated_at_ms=max(caller.at_ms, old.updated_at_ms + 1))
    entry = caller.entry(action, old.application_id, detail)
    _settle(store.replace_application(caller.organisation, old, new, entry), new.name)
    return new


def _settle(outcome: Outcome, name: str) -> None:
    if outcome == "taken":
        raise ConflictError(f"An application already exists with name {name}", field="name")
    if outcome == "full":
        raise ConflictError(
            "The owner has as many applications as a member may have. Delete one, or ask an operator for more."
        )
    if outcome == "changed":
        raise ConflictError("The application changed meanwhile. Look at it again.")


def _checked(draft: ApplicationInput, caller: Caller, kept_groups: frozenset[str]) -> ApplicationInput:
    name = _parse_name(draft.name)
    if len(draft.description) > _DESCRIPTION_MAX_CHARACTERS:
        raise InvalidInputError("The description may have 512 characters.", field="description")
    if not draft.throttling_policy:
        raise MissingTierError("The tier cannot be null.", field="throttlingPolicy")
    if draft.throttling_policy not in throttling_policies.APPLICATION:
        raise InvalidTierError("The tier name is invalid.", field="throttlingPolicy")
    if len(draft.groups) > _GROUPS_MAX or not draft.groups <= caller.groups | kept_groups:
        raise InvalidInputError("An application is shared with roles that you hold, at most 10.", field="groups")
    sizes = [len(text) for pair in draft.attributes.items() for text in pair]
    if (
        "" in draft.attributes
        or len(draft.attributes) > _ATTRIBUTES_MAX
        or max(sizes, default=0) > _ATTRIBUTE_MAX_CHARACTERS
    ):
        raise InvalidInputError("At most 20 attributes of 500 characters.", field="attributes")
    return replace(draft, name=name)


def _parse_name(typed: str) -> str:
    if not typed or len(typed) > NAME_MAX_CHARACTERS:
        raise InvalidInputError("The name has 1 to 100 characters.", field="name")
    if typed != typed.strip():
        raise InvalidInputError("Application name cannot contain leading or trailing white spaces", field="name")
    name = names.parse(typed, NAME_MAX_CHARACTERS)
    if name is None:
        raise InvalidInputError("Application name cannot contain invalid characters", field="name")
    return name
