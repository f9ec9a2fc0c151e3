"""What publishing would do, and what differs between two APIs: reads alone, of the same body as publishing."""

from typing import Any

import msgspec

from gatehouse.domain.apis import previews
from gatehouse.domain.apis.published_apis import PublishedApiStore
from gatehouse.domain.kernel.refusals import ConfirmationNeededError
from gatehouse.endpoints.publisher.apis import BODY_MAX_BYTES, read_draft, render, summary
from gatehouse.endpoints.publisher.scopes import PUBLISH, VIEW
from gatehouse.endpoints.rest.json_api import render_confirmation
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

publish_router = OperationRouter(scopes=PUBLISH)
view_router = OperationRouter(scopes=VIEW)


class PublisherPreviews(msgspec.Struct, frozen=True):
    """Answers before something is published."""

    store: PublishedApiStore

    @publish_router.post(
        "/apis/preview",
        takes="PublishRequest",
        body_max_bytes=BODY_MAX_BYTES,
        gives="ApiPreview",
        statuses=(200, 403, 409),
    )
    def preview(self, call: ApiCall) -> Answer:
        """What publishing would do: routes, scopes, warnings, differences, and what has to be confirmed."""
        found = previews.find(self.store, call.caller, read_draft(call, ""))
        body = {
            "api": render(found.api),
            "isNew": found.before is None,
            "differences": msgspec.to_builtins(found.differences),
            "question": found.question and _render_question(found.question),
        }
        return Answer(body)

    @view_router.get("/apis/{apiId}/differences", gives="ApiDifferences", query=("from",))
    def find_differences(self, call: ApiCall) -> Answer:
        """What differs from the API that `from` names to this one, such as its version before."""
        old, new, found = previews.compare(self.store, call.caller, call.query.get("from", ""), call.path["apiId"])
        return Answer({"from": summary(old), "to": summary(new), "differences": msgspec.to_builtins(found)})


def _render_question(question: ConfirmationNeededError) -> dict[str, Any]:
    said = {"description": question.description, "changes": list(question.changes)}
    return {**said, **render_confirmation(question)}
