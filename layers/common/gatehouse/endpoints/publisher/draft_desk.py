"""Orders of the store, as the publishing function does them: the document is read here, and nowhere else."""

import copy
import zlib
from typing import Any

import msgspec

from gatehouse.domain.apis import previews, publishing
from gatehouse.domain.apis.published_apis import ApiDraft, PublishedApiStore
from gatehouse.domain.kernel.refusals import InvalidInputError, PortalError
from gatehouse.endpoints.publisher import documents
from gatehouse.endpoints.publisher.draft_orders import MEMBER, DraftOrder, DraftOutcome, Refusal


class DraftDesk(msgspec.Struct, frozen=True):
    """Reads the documents of drafts, and publishes them."""

    store: PublishedApiStore

    def answer(self, order: DraftOrder) -> dict[str, Any]:
        """Return what came of an order, as JSON's values."""
        try:
            outcome = self._run(order)
        except PortalError as error:
            outcome = DraftOutcome(refusal=Refusal.of(error))
        return {MEMBER: msgspec.to_builtins(outcome)}

    def _run(self, order: DraftOrder) -> DraftOutcome:
        draft = _read(order)
        if order.is_final:
            return DraftOutcome(api_id=publishing.publish(self.store, order.caller, draft).api_id)
        found = previews.find(self.store, order.caller, draft)
        question = None if found.question is None else Refusal.of(found.question)
        return DraftOutcome(api=found.api, before=found.before, differences=found.differences, question=question)


def _read(order: DraftOrder) -> ApiDraft:
    """Return the draft with its document, which is valid OpenAPI.

    Raises:
        InvalidInputError: It is not; the message says where and why.
    """
    document = documents.load(zlib.decompress(order.document))
    if not document:
        raise InvalidInputError("The document is empty.", field="document")
    documents.validate(document)
    return copy.replace(order.draft, document=document)
