"""Gatehouse's own API, to which every application is subscribed: its scopes come by role, as in WSO2's portals."""

from gatehouse.domain.kernel.scopes import Scope

API_ID = "gatehouse"

EVERYONE = "everyone"
"""A role that every user of the organisation has without being given it."""

PUBLISHER = "publisher"
ADMIN = "admin"

_MEMBERS = frozenset({EVERYONE})
_PUBLISHERS = frozenset({PUBLISHER, ADMIN})
_ADMINS = frozenset({ADMIN})

SCOPES = {
    scope.name: scope
    for scope in (
        Scope(name="apim:subscribe", display_name="Subscribe to APIs", roles=_MEMBERS),
        Scope(name="apim:app_manage", display_name="Manage own applications", roles=_MEMBERS),
        Scope(name="apim:sub_manage", display_name="Manage own subscriptions", roles=_MEMBERS),
        Scope(name="apim:api_key", display_name="Generate keys", roles=_MEMBERS),
        Scope(name="apim:store_settings", display_name="Read the store's settings", roles=_MEMBERS),
        Scope(name="apim:app_import_export", display_name="Move applications", roles=_ADMINS),
        Scope(name="apim:api_view", display_name="See all APIs", roles=_PUBLISHERS),
        Scope(name="apim:api_publish", display_name="Publish APIs", roles=_PUBLISHERS),
        Scope(name="apim:subscription_block", display_name="Block subscriptions", roles=_PUBLISHERS),
        Scope(name="apim:admin", display_name="Administer the organisation", roles=_ADMINS),
    )
}


def still_held(scopes: frozenset[str], roles: frozenset[str]) -> frozenset[str]:
    """Return the scopes without those of this API that the roles give no more.

    A token outlives the roles that it was issued for; a former administrator could become one again.
    """
    given = roles | {EVERYONE}
    return frozenset(one for one in scopes if one not in SCOPES or not SCOPES[one].roles.isdisjoint(given))
