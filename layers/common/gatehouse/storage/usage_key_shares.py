"""Which applications of an organisation have an API key of API Gateway: its share of the account's 10,000.

An application has one while it has a subscription whose tier has a limit. Each is listed by an item of its own, written
by the transaction that changes the application's subscriptions; the length of the listing is the count.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from collections.abc import Sequence

from gatehouse.domain.apis import usage_plans
from gatehouse.domain.apis.apis import Application, Subscription
from gatehouse.storage import organisation_quotas
from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action

_QUOTA = "usage-keys"


def listing(organisation: str) -> str:
    """Return the listing of an organisation's applications that have a key."""
    return keys.collection("USAGE_KEYS", organisation)


def is_changed(tables: Tables, application: Application) -> bool:
    """Say whether an application that is stored as a whole gets a key or loses it."""
    key = keys.usage_key(application.organisation, application.application_id)
    return (tables.get(tables.directory, key) is not None) != usage_plans.needs_key(application.subscriptions)


def saving(tables: Tables, application: Application) -> Action:
    """Return the action for an application that is stored as a whole; the share has to be counted anew."""
    key = keys.usage_key(application.organisation, application.application_id)
    if not usage_plans.needs_key(application.subscriptions):
        return transaction_items.delete(tables, key)
    return transaction_items.put(tables, key, _values(application.organisation, application.application_id))


def _values(organisation: str, application_id: str) -> dict[str, str]:
    return {"collection": listing(organisation), "position": application_id}


class UsageKeyShares(ListingStore):
    """Says how a transaction keeps the share right."""

    def changing(
        self, organisation: str, application_id: str, before: Sequence[Subscription], after: Sequence[Subscription]
    ) -> list[Action]:
        """Return the actions for another list of subscriptions; they fail if the share is used up.

        The transaction must hold the list that was there before.
        """
        had, has = usage_plans.needs_key(before), usage_plans.needs_key(after)
        if had == has:
            return []
        key = keys.usage_key(organisation, application_id)
        if had:
            return [transaction_items.delete(self._tables, key), self._listings.counting(listing(organisation), -1)]
        most = organisation_quotas.find(self._tables, organisation, _QUOTA)
        return [
            transaction_items.put(self._tables, key, _values(organisation, application_id)),
            self._listings.counting(listing(organisation), 1, most=most),
        ]

    def is_full(self, organisation: str, before: Sequence[Subscription], after: Sequence[Subscription]) -> bool:
        """Say whether it was the share that refused such a change."""
        if usage_plans.needs_key(before) or not usage_plans.needs_key(after):
            return False
        most = organisation_quotas.find(self._tables, organisation, _QUOTA)
        return self._listings.count(listing(organisation)) >= most
