"""Which scopes a token may carry: those of the APIs its application subscribes to, as far as roles allow.

The scopes of OpenID Connect need no subscription: they open nothing but the user's own profile.
What is asked but not allowed is silently dropped; nothing left becomes `default` (as in WSO2).
"""

from gatehouse.domain import apis, builtin, scopes
from gatehouse.domain.apis import Api, ApiStore, Application, Scope
from gatehouse.domain.clients import Client
from gatehouse.domain.users import User


def granted(store: ApiStore, client: Client, user: User | None, requested: frozenset[str]) -> frozenset[str]:
    """Return the granted part of the requested scopes, or `default`.

    Reads nothing when nothing but `default` was asked.

    Args:
        user: The resource owner; None if the application itself is the subject.
    """
    identity = frozenset[str]() if user is None else requested & scopes.IDENTITY
    asked = requested - scopes.IDENTITY - {scopes.DEFAULT}
    if not asked:
        return scopes.or_default(identity)
    application = store.find_application(client.organisation, client.application_id)
    if application is None:
        return scopes.or_default(identity)
    references = frozenset((one.api_organisation, one.api_id) for one in application.subscriptions)
    visible = [api for api in store.find_apis(references) if apis.is_visible(api, client.organisation)]
    known = (*visible, builtin.api(client.organisation))
    allowed = frozenset(name for name in asked if _is_allowed(name, known, application, user))
    return scopes.or_default(identity | allowed)


def _is_allowed(name: str, known: tuple[Api, ...], application: Application, user: User | None) -> bool:
    """Where several APIs define a scope of one name, every definition must allow it."""
    definitions = [(api, api.scopes[name]) for api in known if name in api.scopes]
    return bool(definitions) and all(_allows(api, scope, application, user) for api, scope in definitions)


def _allows(api: Api, scope: Scope, application: Application, user: User | None) -> bool:
    if not scope.roles:
        return True
    if api.organisation != application.organisation:
        return False  # its roles are another organisation's, and so is the right to tick its scopes
    if user is None:
        return scope.name in application.client_scopes
    return user.organisation == api.organisation and not scope.roles.isdisjoint(user.roles | {builtin.EVERYONE})
