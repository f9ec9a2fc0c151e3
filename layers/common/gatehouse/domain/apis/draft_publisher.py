"""The reader of a draft's document: it may be hostile, so it is read where a limit bounds how many are read."""

from typing import Protocol

from gatehouse.domain.apis.previews import Preview
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.apis.publishing_drafts import PublishingDraft
from gatehouse.domain.kernel.caller import Caller


class DraftPublisher(Protocol):
    """Reads the document of a draft, and publishes it. `draft` is what the form says beside it."""

    def preview(self, caller: Caller, kept: PublishingDraft, draft: ApiDraft) -> Preview:
        """Return what publishing would do.

        Raises:
            PortalError: The document cannot be read or published.
            BusyError: Too many documents are being read, of all or of the caller's organisation.
        """
        ...

    def publish(self, caller: Caller, kept: PublishingDraft, draft: ApiDraft) -> str:
        """Publish it, delete the draft, and return the API's id.

        Raises:
            PortalError: It cannot be published.
            BusyError: Too many documents are being read, of all or of the caller's organisation. Nothing was
                published.
        """
        ...
