"""What a publisher has uploaded and typed, and has not published yet: one draft for each member, kept for a week."""

import zlib
from collections.abc import Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError

KEPT_SECONDS = 7 * 86_400
TEXT_MAX_BYTES = 4 * 1024 * 1024
"""How large a file may be: API Gateway and Lambda take no more of a form."""

_STORED_MAX_BYTES = 350 * 1024
_SETTINGS_MAX_BYTES = 24 * 1024
_FILE_NAME_MAX_CHARACTERS = 100


class PublishingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it was uploaded, whether or not it can be published, and the fields of its form.

    Attributes:
        document: The text of the file, compressed.
        settings: The fields by name, as they were typed.
        revision: How often the draft was saved.
        expires_at: NumericDate.
    """

    document: bytes
    file_name: str
    settings: Mapping[str, str]
    revision: int
    saved_at_ms: int
    expires_at: int

    @property
    def content(self) -> bytes:
        """The file."""
        return zlib.decompress(self.document)


class PublishingDraftStore(Protocol):
    """Where drafts are kept."""

    def find_publishing_draft(self, organisation: str, user_id: str) -> PublishingDraft | None:
        """Return a member's draft, read strongly."""
        ...

    def save_publishing_draft(self, organisation: str, user_id: str, draft: PublishingDraft) -> bool:
        """Store it in the place of the one before; False if another one was saved meanwhile."""
        ...

    def delete_publishing_draft(self, organisation: str, user_id: str) -> None:
        """Remove it."""
        ...


def find(store: PublishingDraftStore, caller: Caller) -> PublishingDraft | None:
    """Return the caller's draft, if it has not expired."""
    found = store.find_publishing_draft(caller.organisation, caller.user_id)
    return found if found is not None and caller.now < found.expires_at else None


def save_document(
    store: PublishingDraftStore, caller: Caller, content: bytes, file_name: str, settings: Mapping[str, str]
) -> PublishingDraft:
    """Keep a document as the caller's draft, in the place of the one before.

    Raises:
        InvalidInputError: There is none, or it is too large.
        ConflictError: Another one was saved at the same moment.
    """
    if not content.strip():
        raise InvalidInputError("Choose a file, or paste the document.", field="document")
    packed = zlib.compress(content) if len(content) <= TEXT_MAX_BYTES else b""
    if not packed or len(packed) > _STORED_MAX_BYTES:
        raise InvalidInputError(
            "The document is too large for this page: at most 4 MiB, and 350 KiB when it is compressed. "
            "Leave out long examples, or publish it with the command line.",
            field="document",
        )
    before = store.find_publishing_draft(caller.organisation, caller.user_id)
    return _save(store, caller, before, packed, file_name[:_FILE_NAME_MAX_CHARACTERS], settings)


def save_settings(
    store: PublishingDraftStore, caller: Caller, draft: PublishingDraft, settings: Mapping[str, str]
) -> PublishingDraft:
    """Keep what was typed beside the document.

    Raises:
        InvalidInputError: It is too much.
        ConflictError: The draft was changed in another window.
    """
    if dict(draft.settings) == dict(settings):
        return draft
    return _save(store, caller, draft, draft.document, draft.file_name, settings)


def delete(store: PublishingDraftStore, caller: Caller) -> None:
    """Throw the caller's draft away."""
    store.delete_publishing_draft(caller.organisation, caller.user_id)


def _save(
    store: PublishingDraftStore,
    caller: Caller,
    before: PublishingDraft | None,
    document: bytes,
    file_name: str,
    settings: Mapping[str, str],
) -> PublishingDraft:
    if sum(len(name) + len(value.encode()) for name, value in settings.items()) > _SETTINGS_MAX_BYTES:
        raise InvalidInputError("The fields hold too much text.")
    made = PublishingDraft(
        document=document,
        file_name=file_name,
        settings=dict(settings),
        revision=(before.revision if before else 0) + 1,
        saved_at_ms=caller.at_ms,
        expires_at=caller.now + KEPT_SECONDS,
    )
    if not store.save_publishing_draft(caller.organisation, caller.user_id, made):
        raise ConflictError("This draft was changed in another window. Open it again, and save what you still want.")
    return made
