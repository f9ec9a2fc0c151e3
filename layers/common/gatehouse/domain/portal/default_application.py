"""WSO2's `DefaultApplication`, which scripts expect: created once, when a user first lists their applications."""

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationInput, ApplicationStore

NAME = "DefaultApplication"


def is_meant(name: str) -> bool:
    """Say whether a name is its name."""
    return name.casefold() == NAME.casefold()


def make(store: ApplicationStore, caller: Caller) -> Application | None:
    """Create the caller's; None if they were given one before. One read then, else one more transaction."""
    if store.had_default_application(caller.organisation, caller.user_id):
        return None
    application = applications.build(caller, ApplicationInput(name=NAME))
    entry = caller.entry("application.create", application.application_id, NAME)
    return application if store.add_default_application(caller.organisation, application, entry) else None
