"""What an application's own token may carry and open, so that the store offers nothing that the gate refuses."""

from collections.abc import Iterable

from gatehouse.domain.apis import apis, stage_urls
from gatehouse.domain.apis.apis import Api, Application, Resource
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth import entitlements, gate
from gatehouse.domain.oauth.clients import KeyType


def find_grantable(application: Application, subscribed: Iterable[Api]) -> frozenset[str]:
    """Return the scopes that the application's own tokens may carry; see `entitlements.granted`."""
    found = tuple(subscribed)
    names = frozenset(name for api in found for name in api.scopes)
    return names - find_withheld(application, found).keys()


def find_withheld(application: Application, subscribed: Iterable[Api]) -> dict[str, frozenset[str]]:
    """Return the scopes that they may not carry, each with the roles that its APIs bind it to.

    No roles are named for an API of another organisation: only that organisation's own users get its bound scopes.
    """
    found: dict[str, frozenset[str]] = {}
    for api in subscribed:
        for name, scope in api.scopes.items():
            if not entitlements.allows(api, name, application, None):
                is_own = api.organisation == application.organisation
                found[name] = found.get(name, frozenset()) | (scope.roles_shown if is_own else frozenset[str]())
    return found


def find_example(
    application: Application, subscribed: Iterable[Api], key_type: KeyType, carried: frozenset[str]
) -> str:
    """Return the address of a GET that a token with these scopes opens, without variables; empty if there is none.

    What the token's scopes open is preferred to what every subscribed token opens.
    """
    urls = [
        (not resource.scopes, f"{deployment.url.rstrip('/')}{resource.path}")
        for api in subscribed
        if _is_open(application, api, key_type)
        for deployment in stage_urls.fill_in(api.deployments)
        if deployment.url and key_type in deployment.key_types
        for resource in api.resources
        if _opens(application, api, resource, carried - {scopes.DEFAULT})
    ]
    return min(urls, default=(True, ""))[1]


def _is_open(application: Application, api: Api, key_type: KeyType) -> bool:
    subscription = apis.find_subscription(application, api)
    if subscription is None or gate.is_closed(api):
        return False
    return gate.find_state_fault(subscription, key_type) is None


def _opens(application: Application, api: Api, resource: Resource, carried: frozenset[str]) -> bool:
    if resource.method != "GET" or "{" in resource.path or resource.security == "none":
        return False
    counted = frozenset(name for name in carried if entitlements.allows(api, name, application, None))
    return gate.decide_resource("application", counted, resource) is None
