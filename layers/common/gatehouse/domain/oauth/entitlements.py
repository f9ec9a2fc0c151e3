"""Which scopes a token may carry: those of the APIs its application subscribes to, as far as roles allow.

The scopes of OpenID Connect need no subscription: they open nothing but the user's own profile. A registered client
gets those of subscriptionless APIs, and never those of this service's own API.
What is asked but not allowed is silently dropped; nothing left becomes `default` (as in WSO2).
"""

from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.apis import apis, builtin_api
from gatehouse.domain.apis.apis import Api, ApiStore, Application
from gatehouse.domain.kernel import builtin, scopes
from gatehouse.domain.oauth.clients import Client

_NONE = frozenset[str]()
_UNBOUND = scopes.IDENTITY | {scopes.DEFAULT}
"""What no API defines."""


def prefetch_for(client: Client, requested: frozenset[str]) -> Client | None:
    """Return whose subscriptions `granted` will ask for, if it will, so that they can be read ahead."""
    return None if requested <= _UNBOUND else client


def granted(store: ApiStore, client: Client, user: User | Status | None, requested: frozenset[str]) -> frozenset[str]:
    """Return the granted part of the requested scopes, or `default`.

    Reads nothing when nothing but `default` was asked.

    Args:
        user: The resource owner, or the status; None if the application itself is the subject.
    """
    identity = frozenset[str]() if user is None else requested & _identity(client)
    asked = requested - _UNBOUND
    if not asked:
        return scopes.or_default(identity)
    application, subscribed = store.find_subscriptions(client.organisation, client.application_id)
    if application is None or (user is not None and user.organisation != application.organisation):
        return scopes.or_default(identity)
    known = usable(application, subscribed, client)
    if client.registration is None:
        known = (*known, builtin_api.api(client.organisation))
    else:
        known = tuple(one for one in known if apis.is_open_to(one, client.organisation, user.roles if user else _NONE))
    allowed = frozenset(name for name in asked if _is_allowed(name, known, application, user))
    return scopes.or_default(identity | allowed)


def usable(application: Application, found: tuple[Api, ...], client: Client) -> tuple[Api, ...]:
    """Return those of the APIs that a client's application still subscribes to, and its organisation still sees."""
    return tuple(
        api for api in found if apis.is_visible(api, client.organisation) and apis.find_subscription(application, api)
    )


def _identity(client: Client) -> frozenset[str]:
    """Return the scopes that need no API; `offline_access` asks for a refresh token, so the client must take them."""
    return scopes.IDENTITY if "refresh_token" in client.grant_types else scopes.IDENTITY - {scopes.OFFLINE_ACCESS}


def _is_allowed(name: str, known: tuple[Api, ...], application: Application, user: User | Status | None) -> bool:
    """Where several APIs define a scope of one name, every definition must allow it."""
    roles = None if user is None else user.roles
    definitions = [api for api in known if name in api.scopes]
    return bool(definitions) and all(allows(api, name, application, roles) for api in definitions)


def allows(api: Api, name: str, application: Application | None, roles: frozenset[str] | None) -> bool:
    """Say whether one API, as it is now, lets an application's token have a scope of that name.

    Asked when a token is issued, of every API that the application then subscribes to; and again at the gate, of the
    API that is called: the application may subscribe to it since, or the roles be bound since.

    Args:
        api: Binds the scope to roles, or to none; a name that it does not define is free.
        roles: The user's; None if the application itself is the subject.
    """
    scope = api.scopes.get(name)
    if scope is None or not scope.is_bound:
        return True
    if application is None or api.organisation != application.organisation:
        return False  # its roles are another organisation's, and so is the right to tick its scopes
    if roles is None:
        return apis.granted_scope(name, api) in application.client_scopes
    held = roles | {builtin.EVERYONE}
    return not any(wanted.isdisjoint(held) for wanted in scope.demands)
