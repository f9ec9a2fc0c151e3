"""Items of the directory as domain values, and back. What an item lacks has the default of its type."""

from copy import replace
from functools import cache
from typing import Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Disconnection, Status, User
from gatehouse.domain.apis.apis import Api, Application, Deployment, Document, Resource, Subscription
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth.clients import Client, Registration, Secret

SUBSCRIPTIONLESS_API = "api#"
"""How the members of the item of subscriptionless APIs begin."""

RESTRICTED_SCOPE, RESTRICTED_API = "scope#", "api#"
"""How the members of the item of restrictions begin."""

type Values = dict[str, Any]
type Record = Organisation | User | Status | Client | Application | Api | Deployment


def parse_organisation(values: Values) -> Organisation:
    """Read an organisation."""
    known = only(Organisation, values)
    for name in ("second_factor_roles", "client_hosts"):
        known[name] = tuple(known.get(name, ()))
    return Organisation(**known)


def parse_user(values: Values) -> User:
    """Read a user."""
    return User(**_disconnections(only(User, {"password_hash": None, **values}, sets=("roles", "factors", "blocks"))))


def parse_status(values: Values) -> Status:
    """Read a user's status."""
    return Status(**_disconnections(only(Status, values, sets=("roles", "blocks"))))


def revise(user: User, revision: int) -> User:
    """Return the user with this revision."""
    return replace(user, revision=revision)


def parse_client(values: Values) -> Client:
    """Read a client."""
    known = only(Client, values, sets=("grant_types", "authentication_methods"))
    for name in ("redirect_uris", "post_logout_redirect_uris", "allowed_origins"):
        known[name] = tuple(known.get(name, ()))
    if known.get("registration") is not None:
        known["registration"] = Registration(**only(Registration, known["registration"]))
    known["secrets"] = tuple(Secret(**only(Secret, secret)) for secret in values.get("secrets", ()))
    return Client(**known)


def parse_application(values: Values) -> Application:
    """Read an application with its subscriptions."""
    known = only(Application, values, sets=("client_scopes", "groups"))
    known["subscriptions"] = tuple(parse_subscription(one) for one in values.get("subscriptions", ()))
    return Application(**known)


def parse_subscription(values: Values) -> Subscription:
    """Read a subscription."""
    return Subscription(**only(Subscription, values))


def parse_api(values: Values) -> Api:
    """Read an API."""
    known = only(Api, values, sets=("visible_to", "visible_roles", "tiers", "tags"))
    known["deployments"] = tuple(parse_deployment(one) for one in values.get("deployments", ()))
    known["documents"] = tuple(Document(**only(Document, one)) for one in values.get("documents", ()))
    known["warnings"], known["opened"] = tuple(values.get("warnings", ())), tuple(values.get("opened", ()))
    known["resources"] = parse_resources(values["resources"])
    known["scopes"] = {name: Scope(**only(Scope, one, sets=("roles",))) for name, one in values["scopes"].items()}
    return Api(**known)


def parse_resources(values: list[Values]) -> tuple[Resource, ...]:
    """Read the resources of an API."""
    return tuple(Resource(**only(Resource, one, sets=("scopes",))) for one in values)


def subscriptionless_ids(values: Values) -> list[str]:
    """Read the ids of an organisation's subscriptionless APIs."""
    return sorted(name.removeprefix(SUBSCRIPTIONLESS_API) for name in values if name.startswith(SUBSCRIPTIONLESS_API))


def parse_restrictions(organisation: str, values: Values | None) -> Restrictions:
    """Read what an organisation's administrators decide; without an item, nothing."""
    found = (values or {}).items()
    return Restrictions(
        organisation=organisation,
        scopes={
            name.removeprefix(RESTRICTED_SCOPE): frozenset(roles)
            for name, roles in found
            if name.startswith(RESTRICTED_SCOPE)
        },
        apis={
            name.removeprefix(RESTRICTED_API): ApiRestriction(
                **only(ApiRestriction, one, sets=("visible_to", "visible_roles"))
            )
            for name, one in found
            if name.startswith(RESTRICTED_API)
        },
        revision=values.get("revision", 0) if values else 0,
    )


def parse_deployment(values: Values) -> Deployment:
    """Read where an API runs."""
    return Deployment(**only(Deployment, values, sets=("key_types",)))


def values(record: Record) -> Values:
    """Return the plain values of a domain value, ready for `attribute_values.render`."""
    return plain_values.of(record)


def _disconnections(known: Values) -> Values:
    found: dict[str, Values] = known.get("client_generations", {})
    known["client_generations"] = {name: Disconnection(**only(Disconnection, one)) for name, one in found.items()}
    return known


def only(kind: type[Any], values: Values, sets: tuple[str, ...] = ()) -> Values:
    """Return the values that the type knows, lists as sets where it has sets.

    What it does not know was written by a later release, before somebody went back to this one.
    """
    names = _names(kind)
    known: Values = {name: value for name, value in values.items() if name in names}
    for name in sets:
        if name in known:
            known[name] = frozenset(known[name])
    return known


@cache
def _names(kind: type[Any]) -> frozenset[str]:
    return frozenset(kind.__struct_fields__)
