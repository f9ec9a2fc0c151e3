"""Thumbnail and documents of an API, as a developer reads them."""

import msgspec

from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import visible_apis
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, File, OperationRouter

_ONE = "/apis/{apiId}"

router = OperationRouter(takes_tenant=True, is_catalogue=True)


class DevportalAttachments(msgspec.Struct, frozen=True):
    """Shows them to callers who see the API."""

    portal: Portal

    @router.get("/apis/{apiId}/thumbnail", statuses=(200, 204))
    def find_thumbnail(self, call: ApiCall) -> Answer:
        """An API's picture."""
        api = self._api(call)
        found = self.portal.directory.find_attachment(api.organisation, api.api_id, attachments.THUMBNAIL)
        return Answer(status=204) if found is None else Answer(File(media_type=found.media_type, content=found.content))

    @router.get("/apis/{apiId}/documents", gives="DocumentList", query=("limit", "offset"))
    def find_documents(self, call: ApiCall) -> Answer:
        """List an API's documents."""
        page = listings.slice_of(self._api(call).documents, call.window)
        return Answer(listings.paged(f"/apis/{call.path['apiId']}/documents", page.map(rendering.document)))

    @router.get("/apis/{apiId}/documents/{documentId}", gives="Document")
    def find_document(self, call: ApiCall) -> Answer:
        """Show what is known of a document."""
        return Answer(rendering.document(attachments.find_document(self._api(call), call.path["documentId"])))

    @router.get("/apis/{apiId}/documents/{documentId}/content", statuses=(200, 303))
    def find_content(self, call: ApiCall) -> Answer:
        """A document's text, or a redirect to it."""
        api = self._api(call)
        document = attachments.find_document(api, call.path["documentId"])
        if document.url:
            return Answer(status=303, location=document.url)
        name = attachments.document_name(document.document_id)
        found = self.portal.directory.find_attachment(api.organisation, api.api_id, name)
        if found is None:
            raise NotFoundError("There is no document of that id.")
        return Answer(File(media_type=found.media_type, content=found.content))

    def _api(self, call: ApiCall) -> Api:
        return visible_apis.find(self.portal.directory, call.caller, call.path["apiId"], call.tenant)
