"""Drafts of publications: one item for each member, in `GrantsTable`, which deletes it when its time has come."""

from gatehouse.domain.apis.publishing_drafts import PublishingDraft
from gatehouse.storage.dynamodb import keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, Tables, when
from gatehouse.storage.dynamodb.transaction_items import Action


class DynamoDBPublishingDrafts(DynamoDBStore):
    """Implements `PublishingDraftStore`."""

    def find_publishing_draft(self, organisation: str, user_id: str) -> PublishingDraft | None:
        """See `PublishingDraftStore.find_publishing_draft`."""
        return self._tables.find(PublishingDraft, self._tables.grants, keys.publishing_draft(organisation, user_id))

    def save_publishing_draft(self, organisation: str, user_id: str, draft: PublishingDraft) -> bool:
        """See `PublishingDraftStore.save_publishing_draft`; one that expired counts as the one before."""
        item = mappers.item(keys.publishing_draft(organisation, user_id), draft)
        replaces = when(f"{ABSENT} OR revision = :before", before=draft.revision - 1)
        return self._tables.put_once(self._tables.grants, item, **replaces) is None

    def delete_publishing_draft(self, organisation: str, user_id: str) -> None:
        """See `PublishingDraftStore.delete_publishing_draft`."""
        self._tables.delete(self._tables.grants, keys.publishing_draft(organisation, user_id))


def published(tables: Tables, organisation: str, user_id: str, revision: int) -> Action:
    """Return the action that deletes a draft with its publication, if it is the one that is published."""
    ended = transaction_items.delete_if(tables, keys.publishing_draft(organisation, user_id), {"revision": revision})
    return {"Delete": {**ended["Delete"], "TableName": tables.grants}}
