"""`/apis` of the publisher API: publishing."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import api_checks, api_lifecycle, published_apis, publishing, restrictions
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.apis.published_apis import ApiDraft, PublishedApiStore
from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.refusals import InvalidInputError, NotFoundError
from gatehouse.domain.portal import api_deletion
from gatehouse.domain.portal.subscriptions import SubscriptionStore
from gatehouse.endpoints.publisher import documents
from gatehouse.endpoints.publisher.publish_request import LifecycleChange, PublishRequest
from gatehouse.endpoints.publisher.scopes import PUBLISH, VIEW
from gatehouse.endpoints.rest import bodies, conditions, listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, JsonText, OperationRouter

BODY_MAX_BYTES = quotas.most("document-bytes")
"""What Lambda takes in a request at most."""

type FindDocument = Callable[[str, str], str | None]

publish_router = OperationRouter(scopes=PUBLISH)
view_router = OperationRouter(scopes=VIEW)


class PublisherApis(msgspec.Struct, frozen=True):
    """Lists, shows, publishes, moves and deletes APIs of the caller's organisation."""

    store: PublishedApiStore
    find_document: FindDocument
    subscriptions: SubscriptionStore

    @view_router.get("/apis", gives="ApiSummaryList")
    def find_all(self, call: ApiCall) -> Answer:
        """List the APIs."""
        return Answer(listings.whole(map(summary, self.store.find_apis_of(call.caller.organisation))))

    @view_router.get("/apis/{apiId}", gives="PublishedApi")
    def find(self, call: ApiCall) -> Answer:
        """Show an API."""
        return Answer(render(published_apis.find(self.store, call.caller, call.path["apiId"])))

    @view_router.get("/apis/{apiId}/openapi", gives="OpenApiDocument")
    def find_openapi(self, call: ApiCall) -> Answer:
        """The OpenAPI document as it was published."""
        text = self.find_document(call.caller.organisation, call.path["apiId"])
        if text is None:
            raise NotFoundError("There is no API of that id.")
        return Answer(JsonText(text))

    @publish_router.post(
        "/apis", takes="PublishRequest", body_max_bytes=BODY_MAX_BYTES, gives="PublishedApi", statuses=(201, 403, 409)
    )
    def publish(self, call: ApiCall) -> Answer:
        """Publish an API from its OpenAPI document."""
        made = publishing.publish(self.store, call.caller, read_draft(call, ""))
        return Answer(render(made), 201, f"/apis/{made.api_id}")

    @publish_router.put(
        "/apis/{apiId}",
        takes="PublishRequest",
        body_max_bytes=BODY_MAX_BYTES,
        gives="PublishedApi",
        statuses=(200, 403, 409, 412),
    )
    def publish_again(self, call: ApiCall) -> Answer:
        """Publish an API again, all of it at once."""
        seen = self._check_match(call)
        draft = copy.replace(read_draft(call, call.path["apiId"]), seen_revision=seen)
        return Answer(render(publishing.publish(self.store, call.caller, draft)))

    @publish_router.post(
        "/apis/{apiId}/change-lifecycle", takes="LifecycleChange", gives="PublishedApi", statuses=(200, 403, 409)
    )
    def change_lifecycle(self, call: ApiCall) -> Answer:
        """Move an API to another state of its life."""
        lifecycle = typed_bodies.parse(call.body, LifecycleChange).lifecycle
        return Answer(render(api_lifecycle.change_lifecycle(self.store, call.caller, call.path["apiId"], lifecycle)))

    @publish_router.delete("/apis/{apiId}", query=("endSubscriptions",), statuses=(200, 409, 412))
    def delete(self, call: ApiCall) -> None:
        """Delete an API; its stages are denied within seconds. endSubscriptions=true ends what it has."""
        api_id, is_ending = call.path["apiId"], call.query.get("endSubscriptions", "").lower() == "true"
        seen = self._check_match(call)
        if is_ending:
            api_deletion.delete_with_subscriptions(self.store, self.subscriptions, call.caller, api_id, seen)
        else:
            publishing.delete(self.store, call.caller, api_id, seen)

    def _check_match(self, call: ApiCall) -> int | None:
        """Return the revision that the call may change, which its headers name; None for any."""
        if not conditions.is_conditional(call.headers):
            return None
        past = self.store.find_past(call.caller.organisation, call.path["apiId"], ())
        current = None if past.api is None else render(restrictions.apply(past.api, past.restrictions))
        conditions.check_match(call.headers, current)
        return past.revision


def read_draft(call: ApiCall, api_id: str) -> ApiDraft:
    """Return what the body says of an API, with its document, which is valid OpenAPI."""
    given = typed_bodies.parse(call.body, PublishRequest)
    document = _read(given.document)
    documents.validate(document)
    return ApiDraft(
        document=document,
        api_id=api_id or given.api_id,
        lifecycle=_choose("lifecycle", given.lifecycle, api_lifecycle.LIFECYCLES),
        visibility=_choose("visibility", given.visibility, api_checks.VISIBILITIES),
        visible_to=given.visible_to,
        visible_roles=given.visible_roles,
        tiers=given.tiers,
        deployments=tuple(one.value() for one in given.deployments),
        checks_revocation=given.check_revocation,
        confirmation=given.confirmation.value() if given.confirmation else None,
    )


def _read(document: Any) -> Mapping[str, Any]:
    """Return the document, which the body holds as an object, or as the text of a file."""
    if isinstance(document, str):
        return documents.load(document.encode())
    found = bodies.parse(document, is_empty_allowed=True).values
    if not found:
        raise InvalidInputError("The OpenAPI document is missing.", field="document")
    return found


def _choose[T: str](name: str, value: str | None, choices: tuple[T, ...]) -> T | None:
    """Return the choice; None if nothing is said, so that it stays as it was."""
    found = next((one for one in choices if one == value), None)
    if found is None and value is not None:
        raise InvalidInputError(f"{name} is one of {', '.join(choices)}.", field=name)
    return found


def summary(api: Api) -> dict[str, Any]:
    """Render an API for a list."""
    return {
        "apiId": api.api_id,
        "name": api.name,
        "version": api.version,
        "lifecycle": api.lifecycle,
        "nextLifecycles": list(api_lifecycle.MOVES[api.lifecycle]),
        "visibility": api.visibility,
        "revision": api.revision,
        "updatedTime": str(api.updated_at_ms),
    }


def render(api: Api) -> dict[str, Any]:
    """Render an API."""
    return {
        **summary(api),
        "description": api.description,
        "tags": sorted(api.tags),
        "visibleTo": sorted(api.visible_to),
        "visibleRoles": sorted(api.visible_roles),
        "tiers": sorted(api.tiers),
        "checkRevocation": api.checks_revocation,
        "resources": [
            {"method": one.method, "path": one.path, "security": one.security, "scopes": sorted(one.scopes)}
            for one in api.resources
        ],
        "scopes": [
            {
                "name": one.name,
                "displayName": one.display_name,
                "roles": sorted(one.roles),
                "restrictedTo": None if one.restricted_to is None else sorted(one.restricted_to),
            }
            for one in api.scopes.values()
        ],
        "deployments": [_render_deployment(one) for one in api.deployments],
        "warnings": list(api.warnings),
        "opened": list(api.opened),
    }


def _render_deployment(deployment: Deployment) -> dict[str, Any]:
    values = plain_values.of(deployment)
    return {
        **{name: values[name] for name in ("account", "region", "stage", "url")},
        "gatewayId": deployment.gateway_id,
        "keyTypes": sorted(deployment.key_types),
        "hasSimpleAnswers": deployment.has_simple_answers,
    }
