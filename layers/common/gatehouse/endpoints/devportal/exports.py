"""An API for other tools: its document with this deployment's addresses, and programs that call it."""

import json

import msgspec

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import api_exports, programs
from gatehouse.endpoints.rest.operations import Answer, ApiCall, File, Operation, OperationTable


class DevportalExports(msgspec.Struct, frozen=True):
    """Shows them to callers who see the API."""

    portal: Portal

    def find_export(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/exports/{format}."""
        kind, directory = call.path["format"], self.portal.directory
        content = api_exports.make(directory, self._api(call), kind, call.origin.issuer, call.caller.organisation)
        return Answer(File(media_type="application/json", content=content))

    def find_samples(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/code-samples: for the operation that the query names, in every language."""
        api = self._api(call)
        text = self.portal.directory.find_document(api.organisation, api.api_id)
        document = None if text is None else json.loads(text)
        name = call.query.get("operation", "")
        found = programs.find_samples(document, api, name, call.caller.organisation, call.origin.issuer)
        samples = [
            {"language": one.language, "fileName": one.file_name, "command": one.run, "code": one.code} for one in found
        ]
        return Answer({"count": len(samples), "list": samples})

    def _api(self, call: ApiCall) -> Api:
        return subscriptions.find_api(self.portal.directory, call.caller, call.path["apiId"], call.tenant)


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, one = DevportalExports(portal), "/apis/{apiId}"
    table = OperationTable(takes_tenant=True, is_catalogue=True)
    return (
        table.get(
            f"{one}/exports/{{format}}",
            "The document for other tools, with the addresses of this deployment: openapi or postman.",
            here.find_export,
            statuses=(200, 404),
        ),
        table.get(
            f"{one}/code-samples",
            "Programs in five languages that get a token and call an operation, such as GET /orders.",
            here.find_samples,
            gives="CodeSampleList",
            query=("operation",),
            statuses=(200, 404),
        ),
    )
