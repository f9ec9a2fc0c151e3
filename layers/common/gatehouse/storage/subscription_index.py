"""Where subscriptions are listed: at their APIs by owner, and in the inbox of administrators while they wait."""

from collections.abc import Sequence
from copy import replace

from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.portal.subscriptions import ON_HOLD, TIER_UPDATE_PENDING, ApplicationSubscription
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.transaction_items import Action

MOVED_AT_ONCE = 25
"""How many subscriptions one transaction moves: each takes three of its hundred actions."""

_WAITING_STATES = frozenset({ON_HOLD, TIER_UPDATE_PENDING})


def position(listed: ApplicationSubscription) -> str:
    """Return where a subscription stands in its API's listing."""
    return f"{listed.owner_id}\0{listed.application_id}"


def of_api(organisation: str, api_id: str) -> str:
    """Return the listing of an API's subscriptions."""
    return keys.collection("SUBSCRIPTIONS_OF_API", organisation, api_id)


def listing(listed: ApplicationSubscription) -> str:
    """Return the listing that a subscription is in."""
    return of_api(listed.subscription.api_organisation, listed.subscription.api_id)


def waiting(organisation: str) -> str:
    """Return the listing of the subscriptions that await a decision of an organisation."""
    return keys.collection("WAITING_SUBSCRIPTIONS", organisation)


def awaits_decision(listed: ApplicationSubscription) -> bool:
    """Say whether an administrator has to decide about it."""
    return listed.subscription.state in _WAITING_STATES


class SubscriptionIndex(ListingStore):
    """Says how a transaction lists, moves and ends subscriptions.

    Its item says under whose name a subscription stands; after a hand-over that broke off, that is the new owner
    already, though the application is still the old one's. So it is read wherever a place or a count depends on it.
    """

    def find(self, wanted: Sequence[ApplicationSubscription]) -> list[ApplicationSubscription]:
        """Return those that exist, as they are, each with the owner under whom it stands; one batched read."""
        items = [(self._tables.directory, keys.subscription(one.organisation, one.subscription_id)) for one in wanted]
        found = self._tables.get_many(items)
        return [
            replace(one, owner_id=values["owner_id"], subscription=mappers.read(Subscription, values))
            for one, values in zip(wanted, found, strict=True)
            if values is not None
        ]

    def move(
        self, wanted: Sequence[ApplicationSubscription], owner_id: str, *, keep: int = 0, only_if: Sequence[Action] = ()
    ) -> list[ApplicationSubscription] | None:
        """Move what stands under another owner, in bounded transactions; calling it again goes on where it broke off.

        Args:
            wanted: Subscriptions of one application.
            owner_id: Where they shall stand.
            keep: How many are left for the caller's own transaction.
            only_if: Checks that each transaction carries.

        Returns:
            What is left, at most `keep`; None if somebody else moved some meanwhile, or a check failed.
        """
        left = [one for one in self.find(wanted) if one.owner_id != owner_id]
        while len(left) > keep:
            batch, left = left[:MOVED_AT_ONCE], left[MOVED_AT_ONCE:]
            moved = [action for one in batch for action in self.moving(one, owner_id)]
            if not self._tables.try_transact([*only_if, *moved]):
                return None
        return left

    def moving(self, placed: ApplicationSubscription, owner_id: str) -> list[Action]:
        """Return the actions that move one subscription, on condition that it still stands where it was found."""
        moved = replace(placed, owner_id=owner_id)
        key = keys.subscription(placed.organisation, placed.subscription_id)
        changed = {"owner_id": owner_id, "position": position(moved)}
        return [
            transaction_items.change(self._tables, key, changed, {"owner_id": placed.owner_id}),
            self._listings.counting(listing(placed), -1, f"{placed.owner_id}\0"),
            self._listings.counting(listing(moved), 1, f"{owner_id}\0"),
        ]

    def counting(self, listed: ApplicationSubscription, change: int) -> list[Action]:
        """Return the actions that count it at its API, in all and for its owner."""
        collection = listing(listed)
        return [
            self._listings.counting(collection, change),
            self._listings.counting(collection, change, f"{listed.owner_id}\0"),
        ]

    def ending(self, wanted: Sequence[ApplicationSubscription]) -> list[Action]:
        """Return the actions that delete those that exist, with their place and counts; one batched read."""
        return _merge_counts([action for one in self.find(wanted) for action in self._ending(one)])

    def _ending(self, listed: ApplicationSubscription) -> list[Action]:
        key = keys.subscription(listed.organisation, listed.subscription_id)
        ended = replace(listed, subscription=replace(listed.subscription, state=""))
        return [
            transaction_items.delete_if(
                self._tables, key, {"owner_id": listed.owner_id, "state": listed.subscription.state}
            ),
            *self.counting(listed, -1),
            *self.waiting(ended, was_waiting=awaits_decision(listed)),
        ]

    def waiting(self, listed: ApplicationSubscription, *, was_waiting: bool) -> list[Action]:
        """Return the actions that put it in the administrators' inbox, or remove it."""
        is_waiting = awaits_decision(listed)
        if is_waiting == was_waiting:
            return []
        decides = listed.subscription.api_organisation
        key, collection = keys.waiting(decides, "subscription", listed.subscription_id), waiting(decides)
        if not is_waiting:
            return [transaction_items.delete(self._tables, key), self._listings.counting(collection, -1)]
        values = {
            "organisation": listed.organisation,
            "subscription_id": listed.subscription_id,
            "collection": collection,
            "position": f"{listed.created_at_ms:013d} {listed.subscription_id}",
        }
        return [transaction_items.put(self._tables, key, values), self._listings.counting(collection, 1)]


def _merge_counts(made: list[Action]) -> list[Action]:
    """Return the actions with one for each item, since a transaction may touch an item once."""
    merged: dict[str, Action] = {}
    for action in made:
        ((kind, body),) = action.items()
        key = (body.get("Key") or body["Item"])["pk"]["S"]
        standing = merged.get(key)
        if standing is None or kind != "Update":
            merged[key] = action
            continue
        values = standing["Update"]["ExpressionAttributeValues"]
        change = int(values[":change"]["N"]) + int(body["ExpressionAttributeValues"][":change"]["N"])
        values[":change"] = {"N": str(change)}
    return list(merged.values())
