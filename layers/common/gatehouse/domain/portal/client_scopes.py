"""Role-bound scopes that administrators grant to an application's own tokens."""

from gatehouse.domain.apis import apis, builtin_api
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel import role_names
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError
from gatehouse.domain.portal.applications import ApplicationStore


def find(caller: Caller, application: Application, subscribed: tuple[Api, ...]) -> frozenset[str]:
    """Return which role-bound scopes of the caller's organisation the application's own tokens may carry today."""
    return frozenset(
        name
        for api in _own(caller, subscribed)
        for name in api.scopes
        if apis.granted_scope(name, api) in application.client_scopes
    )


def grant(
    store: ApplicationStore,
    caller: Caller,
    application: Application,
    scopes: frozenset[str],
    subscribed: tuple[Api, ...],
) -> None:
    """Say which role-bound scopes an application's own tokens may carry; they end with the lives of the APIs.

    Args:
        caller: An administrator.
        application: Of the same organisation.
        scopes: All that it is granted from now on.
        subscribed: The APIs that it subscribes to.

    Raises:
        InvalidInputError: There are too many, or none of the organisation's APIs among them defines one.
        ConflictError: They changed meanwhile, or the application is gone.
    """
    if len(scopes) > role_names.ROLES_MAX:
        raise InvalidInputError("At most 50 scopes.", field="scopes")
    own = _own(caller, subscribed)
    unknown = scopes - {name for api in own for name in api.scopes}
    if unknown:
        raise InvalidInputError(
            f"No API that the application subscribes to defines {', '.join(sorted(unknown))[:200]}.", field="scopes"
        )
    granted = frozenset(apis.granted_scope(name, api) for api in own for name in scopes & api.scopes.keys())
    before, after = (" ".join(sorted(one)) or "none" for one in (application.client_scopes, granted))
    entry = caller.entry("application.scopes", application.application_id, f"{before} to {after}")
    if not store.change_client_scopes(caller.organisation, application, granted, entry):
        raise ConflictError("It changed meanwhile. Look at it again.")


def _own(caller: Caller, subscribed: tuple[Api, ...]) -> tuple[Api, ...]:
    """Return those of the APIs that are the caller's organisation's, with Gatehouse's own."""
    own = (one for one in subscribed if one.organisation == caller.organisation)
    return (*own, builtin_api.api(caller.organisation))
