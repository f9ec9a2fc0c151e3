"""Deleting an API together with its subscriptions."""

from functools import partial

from gatehouse.domain.apis import published_apis, publishing
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.kernel import paging
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.portal.subscriptions import SubscriptionStore

_ATTEMPTS = 3
_ENDED_AT_ONCE = 100


def delete_with_subscriptions(
    store: PublishedApiStore,
    subscriptions: SubscriptionStore,
    caller: Caller,
    api_id: str,
    seen: int | None = None,
) -> None:
    """End an API's subscriptions, then remove it; its stages are denied within the cache seconds.

    Each attempt looks at the API first, so that no subscription ends in vain.

    Args:
        store: Where APIs are.
        subscriptions: Where subscriptions are.
        caller: A publisher.
        api_id: Of the caller's organisation.
        seen: The revision that is deleted; None for any.

    Raises:
        NotFoundError: There is none.
        ConflictError: It changed again and again, or since it was seen, or was subscribed meanwhile.
    """
    for _ in range(_ATTEMPTS):
        past = published_apis.find_past(store, caller, api_id)
        past.check_seen(seen)
        _end(subscriptions, caller, api_id)
        if publishing.try_delete(store, caller, past):
            return
    raise ConflictError(published_apis.CHANGED)


def _end(store: SubscriptionStore, caller: Caller, api_id: str) -> None:
    find = partial(store.find_subscriptions_of_api, caller.organisation, api_id)
    for one in paging.read_all(find, _ENDED_AT_ONCE):
        entry = caller.entry("subscription.end", one.subscription_id, f"{one.application_name}, {api_id}")
        store.delete_subscription(one.organisation, one, entry)
