"""What the store shows beside a published API: its thumbnail and its documents."""

import re
from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import logos, quotas
from gatehouse.domain.apis import published_apis
from gatehouse.domain.apis.apis import Api, Document
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError

KINDS = ("HOWTO", "SAMPLES", "PUBLIC_FORUM", "SUPPORT_FORUM", "API_MESSAGE_FORMAT", "OTHER")
SOURCES = ("INLINE", "MARKDOWN", "URL")
THUMBNAIL = "thumbnail"

_DOCUMENT_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,500}")
_DOCUMENTS_MAX = quotas.most("documents")
_NAME_MAX_CHARACTERS = 60
_SUMMARY_MAX_CHARACTERS = 300
_TEXT_MAX_BYTES = 100 * 1024


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a thumbnail or a document."""

    media_type: str
    content: bytes


class AttachmentStore(PublishedApiStore, Protocol):
    """Where attachments are kept, apart from the APIs, which the gate reads often."""

    def attach(
        self, organisation: str, old: Api, new: Api, name: str, content: Attachment | None, entry: Entry
    ) -> bool:
        """Store the API with one attachment, or without it (None); False if the old API no longer stands."""
        ...


def document_name(document_id: str) -> str:
    """Return under which name a document's content is attached."""
    return f"document {document_id}"


def show_thumbnail(store: AttachmentStore, caller: Caller, api_id: str, picture: bytes) -> Api:
    """Give an API its thumbnail.

    Raises:
        InvalidInputError: It is no PNG, JPEG, WebP or GIF of at most 64 KiB.
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It changed meanwhile.
    """
    logo = logos.parse(picture)
    if logo is None:
        raise InvalidInputError(f"A thumbnail is {logos.LIMITS}.", field="content")
    content = Attachment(media_type=logo.media_type, content=logo.content)
    old = published_apis.find_published(store, caller, api_id)
    return _attach(store, caller, old, replace(old, thumbnail=logo.version), THUMBNAIL, content)


def remove_thumbnail(store: AttachmentStore, caller: Caller, api_id: str) -> Api:
    """Remove the thumbnail.

    Raises:
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It changed meanwhile.
    """
    old = published_apis.find_published(store, caller, api_id)
    return _attach(store, caller, old, replace(old, thumbnail=""), THUMBNAIL, None)


def save_document(store: AttachmentStore, caller: Caller, api_id: str, document: Document, text: str) -> Api:
    """Give an API a document, new or instead of the one of that id. `text` of a link is empty.

    Raises:
        InvalidInputError: Something of it is wrong, or the API has ten.
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It changed meanwhile.
    """
    _check(document, text)
    old = published_apis.find_published(store, caller, api_id)
    others = tuple(one for one in old.documents if one.document_id != document.document_id)
    if len(others) >= _DOCUMENTS_MAX:
        raise InvalidInputError(f"An API has at most {_DOCUMENTS_MAX} documents.", field="documentId")
    new = replace(old, documents=tuple(sorted((*others, document), key=lambda one: one.name)))
    media_type = "text/markdown; charset=utf-8" if document.source == "MARKDOWN" else "text/plain; charset=utf-8"
    content = None if document.source == "URL" else Attachment(media_type=media_type, content=text.encode())
    return _attach(store, caller, old, new, document_name(document.document_id), content)


def remove_document(store: AttachmentStore, caller: Caller, api_id: str, document_id: str) -> Api:
    """Remove a document.

    Raises:
        NotFoundError: There is no such API in the caller's organisation, or it has no such document.
        ConflictError: It changed meanwhile.
    """
    old = published_apis.find_published(store, caller, api_id)
    found = find_document(old, document_id)
    new = replace(old, documents=tuple(one for one in old.documents if one != found))
    return _attach(store, caller, old, new, document_name(document_id), None)


def find_document(api: Api, document_id: str) -> Document:
    """Return what is known of a document of an API.

    Raises:
        NotFoundError: It has none of that id.
    """
    found = next((one for one in api.documents if one.document_id == document_id), None)
    if found is None:
        raise NotFoundError("There is no document of that id.")
    return found


def _attach(store: AttachmentStore, caller: Caller, old: Api, new: Api, name: str, content: Attachment | None) -> Api:
    changed = replace(new, revision=old.revision + 1, updated_at_ms=caller.at_ms)
    entry = caller.entry("api.detach" if content is None else "api.attach", old.api_id, name)
    if not store.attach(caller.organisation, old, changed, name, content, entry):
        raise ConflictError("The API changed meanwhile. Look at it again.")
    return changed


def _check(document: Document, text: str) -> None:
    if not _DOCUMENT_ID.fullmatch(document.document_id):
        raise InvalidInputError("A document's id is lower-case letters, digits, dots and hyphens.", field="documentId")
    _check_text("name", document.name, _NAME_MAX_CHARACTERS)
    _check_text("summary", document.summary, _SUMMARY_MAX_CHARACTERS)
    if not document.name.strip():
        raise InvalidInputError("The document needs a name.", field="name")
    if document.kind not in KINDS:
        raise InvalidInputError(f"The type is one of {', '.join(KINDS)}.", field="type")
    if document.source not in SOURCES:
        raise InvalidInputError(f"The sourceType is one of {', '.join(SOURCES)}.", field="sourceType")
    if bool(document.url) != (document.source == "URL") or (document.url and not _URL.fullmatch(document.url)):
        raise InvalidInputError(
            "A link, and nothing else, has a sourceUrl that begins with https:// or http://.", field="sourceUrl"
        )
    if bool(text) == (document.source == "URL") or len(text.encode()) > _TEXT_MAX_BYTES:
        raise InvalidInputError("A text has up to 100 KiB of content, a link has none.", field="content")


def _check_text(field: str, value: str, limit: int) -> None:
    if len(value) > limit or not names.is_seen(value):
        raise InvalidInputError(f"The {field} has at most {limit} characters, in one line.", field=field)
