"""The pages about an API: its documentation, its reference, and its document for other tools."""

import json
from typing import Any

import msgspec

from gatehouse.domain.apis import api_reference, apis, attachments
from gatehouse.domain.apis.apis import Api, Document
from gatehouse.domain.kernel.paging import OFFERED_MAX, Window
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import applications, visible_apis
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.apis import ONE
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

router = PageRouter()


class ApiReferencePages(msgspec.Struct, frozen=True):
    """Shows what an API's publisher wrote about it."""

    portal: Portal

    @router.get(f"{ONE}/documentation")
    def get_documentation(self, context: StorePageContext) -> Response:
        """Show the documents, and the first of those that are kept here."""
        api = self._api(context)
        first = next((one for one in api.documents if not one.url), None)
        return self._show_document(context, api, first)

    @router.get(f"{ONE}/documents/{{documentId}}")
    def get_document(self, context: StorePageContext) -> Response:
        """Show one document: Markdown as HTML without scripts, any other as plain text."""
        api = self._api(context)
        return self._show_document(context, api, attachments.find_document(api, context.path["documentId"]))

    @router.get(f"{ONE}/reference")
    def get_reference(self, context: StorePageContext) -> Response:
        """Show the operations, and one of them."""
        api = self._api(context)
        published = self.portal.directory.find_document(api.organisation, api.api_id)
        document: dict[str, Any] = json.loads(published) if published else {}
        summaries = api_reference.find_summaries(document)
        asked = context.query.get("operation", "") or (summaries[0].name if summaries else "")
        operation = api_reference.find_operation(document, asked)
        resource = apis.find_resource(api, *asked.split(" ", 1)) if operation else None
        window = Window(limit=OFFERED_MAX)
        own = applications.find_page(self.portal.applications, context.caller, window).items if operation else ()
        credentials, key_type = programs.credentials([one for one in own if apis.find_subscription(one, api)])
        known = programs.urls(api, key_type)
        organisation, issuer = context.caller.organisation, context.origin.issuer
        return context.show(
            "api_reference",
            api=api,
            named=context.path["apiId"],
            has_document=published is not None,
            summaries=summaries,
            operation=operation,
            resource=resource,
            needs_role=programs.needs_role(api, resource),
            has_url=bool(known),
            base_url=next(iter(known), ""),
            programs=programs.samples(api, operation, resource, organisation, issuer, key_type) if operation else (),
            credentials=credentials,
        )

    @router.get(f"{ONE}/openapi.json")
    def get_openapi(self, context: StorePageContext) -> Response:
        """Return the OpenAPI document as it was published."""
        api = self._api(context)
        document = self.portal.directory.find_document(api.organisation, api.api_id)
        if document is None:
            raise NotFoundError("The API has no OpenAPI document.")
        return context.send("application/json", document.encode(), {})

    @router.get(f"{ONE}/export/{{format}}")
    def get_export(self, context: StorePageContext) -> Response:
        """Return the document for another tool, with the addresses of this deployment."""
        api, kind = self._api(context), context.path["format"]
        content = api_exports.make(self.portal.directory, api, kind, context.origin.issuer, context.caller.organisation)
        name = f"{api.api_id}.{'openapi' if kind == 'openapi' else 'postman_collection'}.json"
        return context.send("application/json", content, {"Content-Disposition": f'attachment; filename="{name}"'})

    def _show_document(self, context: StorePageContext, api: Api, document: Document | None) -> Response:
        text = ""
        if document is not None:
            name = attachments.document_name(document.document_id)
            found = self.portal.directory.find_attachment(api.organisation, api.api_id, name)
            if found is None:
                raise NotFoundError("There is no document of that id.")
            text = found.content.decode(errors="replace")
        return context.show("api_documentation", api=api, named=context.path["apiId"], document=document, text=text)

    def _api(self, context: StorePageContext) -> Api:
        return visible_apis.find(self.portal.directory, context.caller, context.path["apiId"])
