"""Subscriptions: the gate's list in the application and the item of each, changed together.

An application's list and its items change under one optimistic condition: list and owner are as they were read.
"""

from collections.abc import Callable
from copy import replace
from typing import Any

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.apis.apis import Api, Application, Subscription
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal.applications import Outcome
from gatehouse.domain.portal.subscription_blocks import Block, Blocks
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.storage import audit, jobs, organisation_quotas, subscription_index
from gatehouse.storage import subscription_blocks as blocked
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import ListingStore
from gatehouse.storage.dynamodb.tables import Tables, require_own, when
from gatehouse.storage.dynamodb.transaction_items import Action
from gatehouse.storage.subscription_blocks import DynamoDBSubscriptionBlocks
from gatehouse.storage.subscription_index import SubscriptionIndex
from gatehouse.storage.usage_key_shares import UsageKeyShares

_ATTEMPTS = 4


class DynamoDBSubscriptions(ListingStore):
    """Implements `SubscriptionStore`."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._index = SubscriptionIndex(tables)
        self._blocks = DynamoDBSubscriptionBlocks(tables)
        self._usage_keys = UsageKeyShares(tables)

    def find_quota(self, organisation: str, name: str) -> int:
        """See `QuotaStore.find_quota`."""
        return organisation_quotas.find(self._tables, organisation, name)

    def find_subscription(self, organisation: str, subscription_id: str) -> ApplicationSubscription | None:
        """See `SubscriptionStore.find_subscription`."""
        values = self._tables.get(self._tables.directory, keys.subscription(organisation, subscription_id))
        return None if values is None else next(iter(self._name([_read(values)])), None)

    def find_subscriptions_of_api(
        self, organisation: str, api_id: str, window: Window
    ) -> Page[ApplicationSubscription]:
        """See `SubscriptionStore.find_subscriptions_of_api`; one batched read more, for the applications' names."""
        page = self._listings.page(subscription_index.of_api(organisation, api_id), window)
        return page.holding(self._name([_read(one) for one in page.items]))

    def find_own_subscriptions_of_api(
        self, organisation: str, owner_id: str, api_id: str, window: Window
    ) -> Page[ApplicationSubscription]:
        """See `SubscriptionStore.find_own_subscriptions_of_api`."""
        page = self._listings.page(subscription_index.of_api(organisation, api_id), window, prefix=f"{owner_id}\0")
        named = self._name([_read(one) for one in page.items])
        return page.holding([one for one in named if one.owner_id == owner_id])  # or a transfer to them broke off

    def find_waiting_subscriptions(self, organisation: str, window: Window) -> Page[ApplicationSubscription]:
        """See `SubscriptionStore.find_waiting_subscriptions`; two batched reads more, for what the listing leads to."""
        page = self._listings.page(subscription_index.waiting(organisation), window)
        wanted = [
            (self._tables.directory, keys.subscription(one.get("organisation", organisation), one["subscription_id"]))
            for one in page.items
        ]
        return page.holding(self._name([_read(one) for one in self._tables.get_many(wanted) if one]))

    def find_blocks(self, organisation: str, application: Application, api: Api) -> Blocks:
        """See `SubscriptionBlockStore.find_blocks`; one batched read."""
        return self._blocks.find(organisation, application.application_id, application.owner_id, api)

    def find_blocks_of_api(self, organisation: str, api_id: str, window: Window) -> Page[Block]:
        """See `SubscriptionBlockStore.find_blocks_of_api`."""
        return self._listings.page(blocked.of_api(organisation, api_id), window, is_counted=False).map(
            mappers.reader(Block)
        )

    def find_block(self, organisation: str, api_id: str, holder: str, application_id: str) -> Block | None:
        """See `SubscriptionBlockStore.find_block`."""
        key = keys.subscription_block(organisation, api_id, holder, application_id)
        return self._tables.find(Block, self._tables.directory, key)

    def lift_block(self, organisation: str, api_id: str, block: Block, entry: Entry) -> bool:
        """See `SubscriptionBlockStore.lift_block`."""
        lifted = self._blocks.lifting(organisation, api_id, block)
        return audit.write(self._tables, lifted, entry)

    def add_subscription(
        self,
        organisation: str,
        application: Application,
        new: ApplicationSubscription,
        blocks: Blocks,
        entry: Entry,
        job: Job | None = None,
    ) -> Outcome:
        """See `SubscriptionStore.add_subscription`."""
        require_own(organisation, "an application", application.organisation)
        key = keys.subscription(organisation, new.subscription_id)

        def make(owner_id: str) -> list[Action]:
            placed = replace(new, owner_id=owner_id)
            return [
                transaction_items.put(self._tables, key, _render(placed), must_be_new=True),
                self._lives(new.subscription),
                self._blocks.check(application, new.subscription, blocks),
                *self._index.counting(placed, 1),
                *self._index.waiting(placed, was_waiting=False),
                *jobs.enqueue(self._tables, organisation, job),
            ]

        return self._change_list(
            new, lambda listed: None if _is_in(listed, new) else [*listed, new.subscription], make, entry
        )

    def replace_subscription(
        self, organisation: str, old: ApplicationSubscription, new: Subscription, entry: Entry, job: Job | None = None
    ) -> Outcome:
        """See `SubscriptionStore.replace_subscription`."""
        changed = replace(old, subscription=new)
        values, before = plain_values.of(new), plain_values.of(old.subscription)
        expected = {name: before[name] for name in ("state", "tier", "requested_tier")}
        made = [
            transaction_items.change(
                self._tables, keys.subscription(organisation, old.subscription_id), values, expected
            ),
            *self._index.waiting(changed, was_waiting=subscription_index.awaits_decision(old)),
            *jobs.enqueue(self._tables, organisation, job),
        ]
        return self._change_list(
            old,
            lambda listed: [new if _is_same(one, old) else one for one in listed],
            lambda owner_id: [*made, *self._blocks.changing(replace(old, owner_id=owner_id), new)],
            entry,
        )

    def delete_subscription(self, organisation: str, listed: ApplicationSubscription, entry: Entry) -> None:
        """See `SubscriptionStore.delete_subscription`; harmless if it is gone already."""
        require_own(organisation, "a subscription", listed.organisation)
        outcome = self._change_list(
            listed,
            lambda standing: (
                [one for one in standing if not _is_same(one, listed)] if _is_in(standing, listed) else None
            ),
            lambda _: self._index.ending([listed]),
            entry,
        )
        if outcome != "stored" and self.find_subscription(organisation, listed.subscription_id) is not None:
            raise TemporarilyUnavailableError("the subscription keeps changing")

    def _lives(self, subscription: Subscription) -> Action:
        """Return the action that fails unless the API still lives the life that is subscribed to."""
        key = keys.api(subscription.api_organisation, subscription.api_id)
        if subscription.life_id:
            return transaction_items.check(self._tables, key, {"life_id": subscription.life_id})
        missing = when("attribute_not_exists(life_id) OR life_id = :none", none="")
        return transaction_items.check_that(self._tables, key, **missing)

    def _name(self, found: list[ApplicationSubscription]) -> list[ApplicationSubscription]:
        """Return the subscriptions with their applications' names and owners, by one batched read."""
        wanted = [(self._tables.directory, keys.application(one.organisation, one.application_id)) for one in found]
        applications = self._tables.get_many(wanted)
        return [
            replace(one, application_name=read.name, owner=read.owner, owner_id=read.owner_id, application=read)
            for one, values in zip(found, applications, strict=True)
            if values is not None
            for read in (mappers.read(Application, values),)
        ]

    def _change_list(
        self,
        listed: ApplicationSubscription,
        change: Callable[[list[Subscription]], list[Subscription] | None],
        make: Callable[[str], list[Action]],
        entry: Entry,
    ) -> Outcome:
        """Write a changed list with the rest, which `make` makes for the application's owner.

        Returns:
            `changed` if the change has nothing to say, or the rest does not hold, also looked at again; `full` if the
            organisation may have no more applications with a limited tier.
        """
        key = keys.application(listed.organisation, listed.application_id)
        for _ in range(_ATTEMPTS):
            values = self._tables.get(self._tables.directory, key)
            if values is None:
                return "changed"
            standing = values.get("subscriptions")
            before = [mappers.read(Subscription, one) for one in standing or ()]
            changed = change(before)
            if changed is None:
                return "changed"
            new = {"subscriptions": [plain_values.of(one) for one in changed]}
            expected = {"subscriptions": standing, "owner_id": values["owner_id"]}
            relisted = transaction_items.change(self._tables, key, new, expected)
            keyed = self._usage_keys.changing(listed.organisation, listed.application_id, before, changed)
            if audit.write(self._tables, [relisted, *make(values["owner_id"]), *keyed], entry):
                return "stored"
            if keyed and self._usage_keys.is_full(listed.organisation, before, changed):
                return "full"
            # Otherwise its list, its owner or where it stands changed meanwhile: look again.
        return "changed"


def _is_same(subscription: Subscription, listed: ApplicationSubscription) -> bool:
    one = listed.subscription
    wanted = (one.api_organisation, one.api_id, one.life_id)
    return (subscription.api_organisation, subscription.api_id, subscription.life_id) == wanted


def _is_in(standing: list[Subscription], listed: ApplicationSubscription) -> bool:
    return any(_is_same(one, listed) for one in standing)


def _render(listed: ApplicationSubscription) -> dict[str, Any]:
    return {
        "organisation": listed.organisation,
        "subscription_id": listed.subscription_id,
        "application_id": listed.application_id,
        "owner_id": listed.owner_id,
        "created_at_ms": listed.created_at_ms,
        **plain_values.of(listed.subscription),
        "collection": subscription_index.listing(listed),
        "position": subscription_index.position(listed),
    }


def _read(values: dict[str, Any]) -> ApplicationSubscription:
    return mappers.read(ApplicationSubscription, {**values, "subscription": values})
