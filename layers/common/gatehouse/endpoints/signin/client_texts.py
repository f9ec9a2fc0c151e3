"""Clients and scopes in words that the person who is asked understands."""

from collections.abc import Iterable
from typing import Any

from gatehouse.domain.apis.apis import Api, ApiStore
from gatehouse.domain.kernel import builtin, scopes
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.clients import Client

_IDENTITY = {
    "openid": "Know who you are",
    "profile": "See your name and username",
    "email": "See your e-mail address",
    scopes.OFFLINE_ACCESS: "Keep this access while you are away",
    scopes.DEFAULT: "Use the service in your name",
}


def describe(granted: frozenset[str], apis: Iterable[Api]) -> list[tuple[str, str]]:
    """Return each scope with what it allows, in a stable order; a scope nobody described stands for itself."""
    defined = {name: scope.display_name for api in apis for name, scope in api.scopes.items()}
    known = defined | {name: scope.display_name for name, scope in builtin.SCOPES.items()} | _IDENTITY
    return [(name, known.get(name) or name) for name in sorted(granted)]


def name(apis: ApiStore, client: Client) -> str:
    """Return what a client is called: by its application, or as `registered_clients.title` says."""
    if client.registration is not None:
        return registered_clients.title(client)
    application = apis.find_application(client.organisation, client.application_id)
    return application.name if application else client.client_id


def consent(apis: ApiStore, client: Client, granted: frozenset[str]) -> dict[str, Any]:
    """Return what a page that asks for consent shows of an application, and of the scopes of its APIs."""
    application = apis.find_application(client.organisation, client.application_id)
    references = application.references if application else frozenset[tuple[str, str]]()
    return {
        "application": application.name if application else client.client_id,
        "scopes": describe(granted, apis.find_apis(references)),
        "shown": scopes.render(granted),
    }
