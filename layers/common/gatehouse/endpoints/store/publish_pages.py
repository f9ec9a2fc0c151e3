"""Publishing at a browser: a document is uploaded or pasted, looked at, and published; versions are compared.

What was uploaded and typed is kept in a draft, so that neither a refusal nor the end of a session loses it. The
publishing function reads the document, and may be busy (docs/decisions/0354).
"""

from typing import Any

import msgspec

from gatehouse.domain.apis import previews, published_apis, publishing_drafts, throttling_policies
from gatehouse.domain.apis.api_lifecycle import MOVES
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.draft_publisher import DraftPublisher
from gatehouse.domain.apis.previews import Preview
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.apis.publishing_drafts import TEXT_MAX_BYTES, PublishingDraft, PublishingDraftStore
from gatehouse.domain.kernel.refusals import BusyError, NotFoundError, PortalError
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import publish_forms
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.publish_forms import StageDefaults
from gatehouse.endpoints.store.routes import PageRouter

START = "/store/publish"
DRAFT = "/store/publish/draft"
PUBLISH = "apim:api_publish"

_SHOWN_MAX_CHARACTERS = 200_000
"""How much of a document is shown for correction: five times as much in the page, at worst."""

_UPLOAD_MAX_BYTES = TEXT_MAX_BYTES + 64 * 1024

router = PageRouter(scope=PUBLISH)


class PublishPages(msgspec.Struct, frozen=True):
    """Takes documents, shows what would be published, and publishes."""

    store: PublishedApiStore
    drafts: PublishingDraftStore
    publisher: DraftPublisher
    defaults: StageDefaults

    @router.get(START)
    def get_start(self, context: StorePageContext) -> Response:
        """Show the form for a document, and the draft that waits."""
        api_id = context.form.get("api", "") or context.query.get("api", "")
        try:
            replaced = self._replaced(context, api_id)
        except NotFoundError:
            replaced = None
        kept = publishing_drafts.find(self.drafts, context.caller)
        typed = context.form.get("document", "") or _text(context.files.get("file", b""))
        return context.show("publish", kept=kept, replaced=replaced, document=typed[:_SHOWN_MAX_CHARACTERS])

    @router.post(START, again=get_start, takes_files=True, body_max_bytes=_UPLOAD_MAX_BYTES, text_of_file="document")
    def post_start(self, context: StorePageContext) -> Response:
        """Keep a document as the draft."""
        content = context.files.get("file", b"") or context.form.get("document", "").encode()
        api = self._replaced(context, context.form.get("api", ""))
        settings = publish_forms.settings_of(api) if api else {}
        publishing_drafts.save_document(self.drafts, context.caller, content, context.form.get("name", ""), settings)
        return context.go(DRAFT)

    @router.get(DRAFT)
    def get_draft(self, context: StorePageContext) -> Response:
        """Show what would be published."""
        kept = publishing_drafts.find(self.drafts, context.caller)
        if kept is None:
            return context.go(START)
        return self._show(context, kept, kept.settings)

    @router.post(DRAFT, fields_max=publish_forms.FIELDS_MAX)
    def post_draft(self, context: StorePageContext) -> Response:
        """Keep what was typed; then show the preview, or publish."""
        kept = publishing_drafts.find(self.drafts, context.caller)
        if kept is None:
            return context.go(START)
        settings = publish_forms.settings_in(context.form)
        try:
            context.check_seen(kept.revision)
            kept = publishing_drafts.save_settings(self.drafts, context.caller, kept, settings)
            if context.form.get("do") != "publish":
                return context.go(DRAFT)
            draft = publish_forms.draft(settings, self.defaults, context.form.get("confirmation", ""))
            api_id = self.publisher.publish(context.caller, kept, draft)
        except PortalError as error:
            return self._show(context.refused(error), kept, settings)
        return context.go(f"/store/apis/{api_id}", "published")

    @router.post(f"{DRAFT}/discard")
    def post_discard(self, context: StorePageContext) -> Response:
        """Delete the draft."""
        publishing_drafts.delete(self.drafts, context.caller)
        return context.go(START, "discarded")

    @router.get("/store/apis/{apiId}/versions")
    def get_versions(self, context: StorePageContext) -> Response:
        """Show the versions of an API, and what differs between two of them."""
        api = published_apis.find(self.store, context.caller, context.path["apiId"])
        versions = previews.find_versions(self.store, context.caller, api)
        chosen = context.query.get("with", "") or (versions[0].api_id if versions else "")
        compared = previews.compare(self.store, context.caller, chosen, api.api_id) if chosen else None
        return context.show("versions", api=api, named=api.api_id, versions=versions, compared=compared)

    def _replaced(self, context: StorePageContext, api_id: str) -> Api | None:
        """Return the API whose document is replaced; None if the form names none."""
        return published_apis.find_published(self.store, context.caller, api_id) if api_id else None

    def _show(
        self,
        context: StorePageContext,
        kept: PublishingDraft,
        settings: Any,
    ) -> Response:
        preview, problem = self._preview(context, kept, settings)
        if isinstance(problem, BusyError):
            context = context.refused(problem)
        before = preview.before if preview else None
        text = _text(kept.content)
        return context.show(
            "publish_draft",
            problem=context.error or problem,
            kept=kept,
            settings=settings,
            preview=preview,
            rows=publish_forms.rows(settings),
            tiers=throttling_policies.SUBSCRIPTION.values(),
            moves=MOVES[before.lifecycle] if before else ("CREATED",),
            defaults=self.defaults,
            document=text if len(text) <= _SHOWN_MAX_CHARACTERS else "",
        )

    def _preview(
        self, context: StorePageContext, kept: PublishingDraft, settings: Any
    ) -> tuple[Preview | None, PortalError | None]:
        """Return what would be published, or why it cannot be. What was busy a moment ago is not asked again."""
        if isinstance(context.error, BusyError):
            return None, context.error
        try:
            return self.publisher.preview(context.caller, kept, publish_forms.draft(settings, self.defaults)), None
        except PortalError as error:
            return None, error


def _text(content: bytes) -> str:
    return content.decode(errors="replace")
