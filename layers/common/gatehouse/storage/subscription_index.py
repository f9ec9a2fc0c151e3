"""Where subscriptions stand in the listings of their APIs: by owner, and moved to another one some at a time."""

from collections.abc import Sequence
from copy import replace

from gatehouse.domain.portal.subscriptions import Listed
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action

MOVED_AT_ONCE = 25
"""How many subscriptions one transaction moves: each takes three of its hundred actions."""


def position(listed: Listed) -> str:
    """Return where a subscription stands in its API's listing."""
    return f"{listed.owner_id}\0{listed.application_id}"


def of_api(organisation: str, api_id: str) -> str:
    """Return the listing of an API's subscriptions."""
    return keys.collection("SUBSCRIPTIONS_OF_API", organisation, api_id)


def listing(listed: Listed) -> str:
    """Return the listing that a subscription is in."""
    return of_api(listed.subscription.api_organisation, listed.subscription.api_id)


class SubscriptionIndex:
    """Moves subscriptions with their application.

    Its item says under whose name a subscription stands; after a hand-over that broke off, that is the new owner
    already, though the application is still the old one's. So it is read wherever a place or a count depends on it.
    """

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables
        self._listings = Listings(tables)

    def find(self, wanted: Sequence[Listed]) -> list[Listed]:
        """Return those that exist, as they are, each with the owner under whom it stands; one batched read."""
        items = [(self._tables.directory, keys.subscription(one.organisation, one.subscription_id)) for one in wanted]
        found = self._tables.get_many(items) if items else []
        return [
            replace(one, owner_id=values["owner_id"], subscription=mappers.parse_subscription(values))
            for one, values in zip(wanted, found, strict=True)
            if values is not None
        ]

    def move(
        self, wanted: Sequence[Listed], owner_id: str, *, keep: int = 0, only_if: Sequence[Action] = ()
    ) -> list[Listed] | None:
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

    def moving(self, placed: Listed, owner_id: str) -> list[Action]:
        """Return the actions that move one subscription, on condition that it still stands where it was found."""
        moved = replace(placed, owner_id=owner_id)
        key = keys.subscription(placed.organisation, placed.subscription_id)
        changed = {"owner_id": owner_id, "position": position(moved)}
        return [
            transaction_items.change(self._tables, key, changed, {"owner_id": placed.owner_id}),
            self._listings.counting(listing(placed), -1, f"{placed.owner_id}\0"),
            self._listings.counting(listing(moved), 1, f"{owner_id}\0"),
        ]
