"""What the store asks the publishing function for: to read the document of a draft, and perhaps to publish it.

The store shows the page. The function reads the document, since `PublishingConcurrency` bounds how many it reads.
"""

import copy
from collections.abc import Mapping
from typing import Any, Self

import msgspec

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.differences import Difference
from gatehouse.domain.apis.previews import Preview
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.apis.publishing_drafts import PublishingDraft
from gatehouse.domain.apis.publishing_shares import PublishingShares
from gatehouse.domain.kernel import refusals
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.invoking import FunctionInvoker
from gatehouse.domain.kernel.refusals import ConfirmationNeededError, PortalError

MEMBER = "draft"
"""The only member of an event that is an order; no event of API Gateway has it."""


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One document to read.

    Attributes:
        is_final: Whether to publish it.
        draft: What is said beside the document, which it does not hold.
        document: The text of the file, compressed.
    """

    is_final: bool
    caller: Caller
    draft: ApiDraft
    document: bytes


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A `PortalError` on its way; the last four are of a `ConfirmationNeededError`."""

    kind: str
    description: str
    field: str = ""
    changes: tuple[str, ...] = ()
    digest: str = ""
    revision: int = 0
    needs_administrator: bool = False

    @classmethod
    def of(cls, error: PortalError) -> Self:
        """Return what stands for an error."""
        refusal = cls(kind=type(error).__name__, description=error.description, field=error.field)
        if not isinstance(error, ConfirmationNeededError):
            return refusal
        return copy.replace(
            refusal,
            changes=error.changes,
            digest=error.digest,
            revision=error.revision,
            needs_administrator=error.needs_administrator,
        )

    def error(self) -> PortalError:
        """Return the error."""
        if self.kind == ConfirmationNeededError.__name__:
            return self.question()
        return getattr(refusals, self.kind)(self.description, field=self.field)

    def question(self) -> ConfirmationNeededError:
        """Return what has to be confirmed."""
        return ConfirmationNeededError(
            self.description,
            changes=self.changes,
            digest=self.digest,
            revision=self.revision,
            needs_administrator=self.needs_administrator,
        )


class DraftOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an order: a refusal, the id of the published API, or the parts of a `Preview`."""

    refusal: Refusal | None = None
    api_id: str = ""
    api: Api | None = None
    before: Api | None = None
    differences: tuple[Difference, ...] = ()
    question: Refusal | None = None


class RemoteDraftPublisher(msgspec.Struct, frozen=True):
    """Implements `DraftPublisher` by the publishing function."""

    function: FunctionInvoker
    shares: PublishingShares

    def preview(self, caller: Caller, kept: PublishingDraft, draft: ApiDraft) -> Preview:
        """See `DraftPublisher.preview`."""
        outcome = self._order(DraftOrder(is_final=False, caller=caller, draft=draft, document=kept.document))
        if outcome.api is None:
            raise TemporarilyUnavailableError("the publishing function returned no preview")
        question = None if outcome.question is None else outcome.question.question()
        return Preview(api=outcome.api, before=outcome.before, differences=outcome.differences, question=question)

    def publish(self, caller: Caller, kept: PublishingDraft, draft: ApiDraft) -> str:
        """See `DraftPublisher.publish`."""
        final = copy.replace(draft, draft_revision=kept.revision)
        outcome = self._order(DraftOrder(is_final=True, caller=caller, draft=final, document=kept.document))
        if not outcome.api_id:
            raise TemporarilyUnavailableError("the publishing function published nothing")
        return outcome.api_id

    def _order(self, order: DraftOrder) -> DraftOutcome:
        event = {MEMBER: msgspec.to_builtins(order)}
        answer: Any = self.shares.run(order.caller, lambda: self.function.invoke(event))
        try:
            outcome = msgspec.convert(answer[MEMBER], DraftOutcome)
        except (LookupError, TypeError, msgspec.ValidationError) as error:  # it failed, or was stopped at its time-out
            raise TemporarilyUnavailableError("the publishing function failed") from error
        if outcome.refusal is not None:
            raise outcome.refusal.error()
        return outcome


def find_order(event: Mapping[str, Any]) -> DraftOrder | None:
    """Return the order that an event is; None if it is a request."""
    return msgspec.convert(event[MEMBER], DraftOrder) if MEMBER in event else None
