"""Blocks of applications at APIs, which outlive subscriptions: an item for each, and one for each owner and API."""

from typing import Any

from gatehouse.domain.apis.apis import Api, Application, Subscription
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.portal.subscription_blocks import BLOCKED_STATES, Block, Blocks
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.storage.dynamodb import attribute_values, keys, transaction_items
from gatehouse.storage.dynamodb.tables import DynamoDBStore, at_revision
from gatehouse.storage.dynamodb.transaction_items import Action

_MEMBER = "application#"


def of_api(organisation: str, api_id: str) -> str:
    """Return the listing of the blocks at an API."""
    return keys.collection("SUBSCRIPTION_BLOCKS", organisation, api_id)


class DynamoDBSubscriptionBlocks(DynamoDBStore):
    """Finds blocks, and says how a transaction keeps them."""

    def find(self, organisation: str, application_id: str, owner_id: str, api: Api) -> Blocks:
        """Return the blocks that concern a subscription, by one batched read."""
        place = (api.organisation, api.api_id, organisation)
        wanted = [keys.subscription_block(*place, application_id), keys.owner_blocks(*place, owner_id)]
        own, others = self._tables.get_many([(self._tables.directory, one) for one in wanted])
        named = [name for name in others or () if name.startswith(_MEMBER)]
        return Blocks(
            own=own["state"] if own else "",
            others=len([name for name in named if name != _MEMBER + application_id]),
            revision=others["revision"] if others else 0,
        )

    def check(self, application: Application, new: Subscription, known: Blocks) -> Action:
        """Return the action that fails if a block of the owner changed since it was read."""
        place = (new.api_organisation, new.api_id, application.organisation)
        key = keys.owner_blocks(*place, application.owner_id)
        return transaction_items.check_that(self._tables, key, **at_revision(known.revision))

    def changing(self, old: ApplicationSubscription, new: Subscription) -> list[Action]:
        """Return the actions that keep a block with its subscription's new state."""
        organisation, api_id = new.api_organisation, new.api_id
        key = keys.subscription_block(organisation, api_id, old.organisation, old.application_id)
        is_held = old.subscription.state in BLOCKED_STATES
        standing = self._tables.find(Block, self._tables.directory, key) if is_held else None
        if new.state not in BLOCKED_STATES:
            return [] if standing is None else self.lifting(organisation, api_id, standing)
        block = Block(
            organisation=old.organisation,
            application_id=old.application_id,
            owner_id=old.owner_id,
            state=new.state,
        )
        listing = {
            "collection": of_api(organisation, api_id),
            "position": f"{old.organisation}\0{old.application_id}",
        }
        made = [
            transaction_items.put(self._tables, key, {**plain_values.of(block), **listing}),
            self._name(organisation, api_id, block, is_there=True),
        ]
        if standing is not None and standing.owner_id != block.owner_id:  # the application was transferred
            made.append(self._name(organisation, api_id, standing, is_there=False))
        return made

    def lifting(self, organisation: str, api_id: str, block: Block) -> list[Action]:
        """Return the actions that delete a block, if it is as it was read."""
        key = keys.subscription_block(organisation, api_id, block.organisation, block.application_id)
        expected: dict[str, Any] = {"owner_id": block.owner_id, "state": block.state}
        return [
            transaction_items.delete_if(self._tables, key, expected),
            self._name(organisation, api_id, block, is_there=False),
        ]

    def _name(self, organisation: str, api_id: str, block: Block, *, is_there: bool) -> Action:
        """Return the action that names the application among those of its owner that are blocked, or no longer."""
        change = "SET #member = :yes" if is_there else "REMOVE #member"
        return transaction_items.update(
            self._tables.directory,
            keys.owner_blocks(organisation, api_id, block.organisation, block.owner_id),
            f"{change} ADD revision :one",
            ExpressionAttributeNames={"#member": _MEMBER + block.application_id},
            ExpressionAttributeValues=attribute_values.render({":one": 1, ":yes": True if is_there else None}),
        )
