"""What holds of `DirectoryTable` whatever broke off or ran at the same time: no orphan, no wrong counter."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.apis import usage_plans
from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.domain.portal import store_client, subscriptions
from gatehouse.storage.dynamodb import attribute_values, keys, mappers

type Values = dict[str, Any]

_AWAITING = frozenset({"ON_HOLD", "TIER_UPDATE_PENDING"})


def find_faults(
    stored: Iterable[attribute_values.Item], parse: Callable[[attribute_values.Item], Values] = attribute_values.parse
) -> list[str]:
    """Return what is wrong with the items of the directory, on the wire's attribute values."""
    values = {one["pk"]: one for one in map(parse, stored) if store_client.APPLICATION_ID not in _application(one)}
    return sorted(
        {
            *_keys(values),
            *_names(values),
            *_subscriptions(values),
            *_waiting(values),
            *_usage_keys(values),
            *_counters(values),
            *_users(values),
        }
    )


def _application(values: Values) -> str:
    """Return the application of a key set or an application; the store's own is nobody's, and in no listing."""
    return str(values.get("application_id", ""))


def _of(values: dict[str, Values], kind: str) -> dict[str, Values]:
    return {pk: one for pk, one in values.items() if pk.startswith(f"{kind}#")}


def _keys(values: dict[str, Values]) -> Iterator[str]:
    for pk, client in _of(values, "CLIENT").items():
        application = values.get(_pk(keys.application(client["organisation"], client["application_id"])))
        if application is None or application["client_ids"].get(client["key_type"]) != client["client_id"]:
            yield f"{pk} is no client of its application"
        elif application["token_format"] != client["token_format"]:
            yield f"{pk} has not the token format of its application"
    for pk, application in _of(values, "APPLICATION").items():
        for client_id in application["client_ids"].values():
            client = values.get(_pk(keys.client(client_id)))
            if client is None or client["application_id"] != application["application_id"]:
                yield f"{pk} names a client that it has not"


def _names(values: dict[str, Values]) -> Iterator[str]:
    reserved = {pk: one["application_id"] for pk, one in _of(values, "APPLICATION_NAME").items()}
    taken = {
        _pk(keys.application_name(one["organisation"], one["owner_id"], one["name"])): one["application_id"]
        for one in _of(values, "APPLICATION").values()
    }
    for pk in reserved.keys() | taken.keys():
        if reserved.get(pk) != taken.get(pk):
            yield f"{pk} is reserved for {reserved.get(pk)} and used by {taken.get(pk)}"


def _subscriptions(values: dict[str, Values]) -> Iterator[str]:
    listed: dict[str, Any] = {}
    for application in map(mappers.reader(Application), _of(values, "APPLICATION").values()):
        for one in application.subscriptions:
            key = keys.subscription(application.organisation, subscriptions.id_of(application.application_id, one))
            listed[_pk(key)] = one
    stored = {pk: mappers.read(Subscription, one) for pk, one in _of(values, "SUBSCRIPTION").items()}
    for pk in listed.keys() | stored.keys():
        if listed.get(pk) != stored.get(pk):
            yield f"{pk} is stored as {stored.get(pk)} and listed as {listed.get(pk)}"


def _waiting(values: dict[str, Values]) -> Iterator[str]:
    stored = {pk for pk in _of(values, "WAITING") if pk.split("#")[2] == "subscription"}
    awaiting = {
        _pk(keys.waiting(one["api_organisation"], "subscription", one["subscription_id"]))
        for one in _of(values, "SUBSCRIPTION").values()
        if one["state"] in _AWAITING
    }
    yield from (f"{pk} awaits a decision, or nobody is asked" for pk in stored ^ awaiting)


def _usage_keys(values: dict[str, Values]) -> Iterator[str]:
    wanted = {
        _pk(keys.usage_key(one.organisation, one.application_id))
        for one in map(mappers.reader(Application), _of(values, "APPLICATION").values())
        if usage_plans.needs_key(one.subscriptions)
    }
    yield from (f"{pk} is one too many, or is missing" for pk in wanted ^ _of(values, "USAGE_KEY").keys())


def _users(values: dict[str, Values]) -> Iterator[str]:
    users = {_pk(keys.status(one["status_id"])): mappers.read(User, one) for one in _of(values, "USER").values()}
    statuses = {pk: mappers.read(Status, one) for pk, one in _of(values, "STATUS").items()}
    for pk in users.keys() ^ statuses.keys():
        yield f"{pk} has no user, or a user has no status"
    for pk in users.keys() & statuses.keys():
        if users[pk].status != statuses[pk]:
            yield f"{pk} is no copy of {users[pk].username}"
    names = {pk: one["username"] for pk, one in _of(values, "USERNAME").items()}
    wanted = {_pk(keys.username(one.organisation, one.user_id)): one.username for one in users.values()}
    yield from (
        f"{pk} leads to {names.get(pk)} and not to {wanted.get(pk)}"
        for pk in names.keys() | wanted.keys()
        if names.get(pk) != wanted.get(pk)
    )


def _counters(values: dict[str, Values]) -> Iterator[str]:
    lengths: Counter[str] = Counter()
    for one in values.values():
        if "collection" in one:
            owner, separator, _ = one["position"].partition("\0")
            lengths[_pk(keys.counter(one["collection"]))] += 1
            if separator:
                lengths[_pk(keys.counter(one["collection"], f"{owner}\0"))] += 1
    for pk, counter in _of(values, "COUNTER").items():
        if counter["total"] != lengths[pk]:
            yield f"{pk} is {counter['total']} and not {lengths[pk]}"


def _pk(key: keys.Key) -> str:
    return key["pk"]["S"]
