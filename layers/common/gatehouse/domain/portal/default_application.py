"""WSO2's `DefaultApplication`, which scripts expect to find: made for a user by the first list he asks for, once."""

from typing import Protocol

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller

NAME = "DefaultApplication"


class DefaultApplicationStore(Protocol):
    """Where it is kept, with the memory that it was made."""

    def had_default_application(self, organisation: str, user_id: str) -> bool:
        """Say whether the user was given one before, though he may have deleted it."""
        ...

    def add_default_application(self, organisation: str, application: Application, entry: Entry) -> bool:
        """Store it; False if the user was given one before, or has an application of that name."""
        ...


def is_meant(name: str) -> bool:
    """Say whether somebody asks for it by name."""
    return name.casefold() == NAME.casefold()


def make(store: DefaultApplicationStore, caller: Caller) -> Application | None:
    """Make the caller's; None if he was given one before. One read then, one transaction more where not."""
    if store.had_default_application(caller.organisation, caller.user_id):
        return None
    application = Application(
        organisation=caller.organisation,
        application_id=digests.generate_id(),
        name=NAME,
        owner_id=caller.user_id,
        owner=caller.username,
        created_at_ms=caller.at_ms,
        updated_at_ms=caller.at_ms,
    )
    entry = caller.entry("application.create", application.application_id, NAME)
    return application if store.add_default_application(caller.organisation, application, entry) else None
