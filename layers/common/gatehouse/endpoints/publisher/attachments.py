"""Thumbnail and documents of an API, as its publisher gives them."""

import base64
import binascii
from typing import Any

import msgspec

from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Api, Document
from gatehouse.domain.apis.attachments import AttachmentStore
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.publisher.scopes import PUBLISH
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=PUBLISH)


class PublisherAttachments(msgspec.Struct, frozen=True):
    """Takes and removes them."""

    store: AttachmentStore

    @router.put("/apis/{apiId}/thumbnail", takes="Thumbnail", gives="Attachments", statuses=(200, 409))
    def show_thumbnail(self, call: ApiCall) -> Answer:
        """Give an API its picture."""
        try:
            picture = base64.b64decode(bodies.parse(call.body).text("content"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInputError("The content is the picture in base64.", field="content") from error
        return Answer(_render(attachments.show_thumbnail(self.store, call.caller, call.path["apiId"], picture)))

    @router.delete("/apis/{apiId}/thumbnail", gives="Attachments", statuses=(200, 409))
    def remove_thumbnail(self, call: ApiCall) -> Answer:
        """Remove the picture."""
        return Answer(_render(attachments.remove_thumbnail(self.store, call.caller, call.path["apiId"])))

    @router.put("/apis/{apiId}/documents/{documentId}", takes="DocumentDraft", gives="Attachments", statuses=(200, 409))
    def save_document(self, call: ApiCall) -> Answer:
        """Add or replace a document of an API."""
        fields = bodies.parse(call.body)
        document = Document(
            document_id=call.path["documentId"],
            name=fields.text("name"),
            kind=fields.text("type", "HOWTO"),
            summary=fields.text("summary"),
            source=fields.text("sourceType", "MARKDOWN"),
            url=fields.text("sourceUrl"),
        )
        text = fields.text("content")
        return Answer(_render(attachments.save_document(self.store, call.caller, call.path["apiId"], document, text)))

    @router.delete("/apis/{apiId}/documents/{documentId}", gives="Attachments", statuses=(200, 409))
    def remove_document(self, call: ApiCall) -> Answer:
        """Remove a document."""
        path = call.path
        return Answer(_render(attachments.remove_document(self.store, call.caller, path["apiId"], path["documentId"])))


def _render(api: Api) -> dict[str, Any]:
    return {
        "apiId": api.api_id,
        "hasThumbnail": bool(api.thumbnail),
        "documents": [rendering.document(one) for one in api.documents],
    }
