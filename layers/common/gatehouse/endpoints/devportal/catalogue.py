"""What a developer finds: APIs, tags, search, throttling policies."""

from collections import Counter
from typing import Any

import msgspec

from gatehouse.domain.apis import catalogue, subscription_tiers, throttling_policies
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.throttling_policies import ThrottlingPolicy
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import visible_apis
from gatehouse.domain.portal.services import Portal, find_catalogue
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.errors import InvalidPolicyLevelError, PolicyNotFoundError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, JsonText, OperationRouter

_LEVELS: dict[str, dict[str, ThrottlingPolicy]] = {
    "application": throttling_policies.APPLICATION,
    "subscription": throttling_policies.SUBSCRIPTION,
}

router = OperationRouter(takes_tenant=True, is_catalogue=True)


class DevportalCatalogue(msgspec.Struct, frozen=True):
    """Lists and shows the APIs of the caller's organisation, and those that others share with it."""

    portal: Portal

    @router.get("/apis", gives="APIList", query=("limit", "offset", "query"))
    def find_page(self, call: ApiCall) -> Answer:
        """List and search the APIs of your organisation."""
        query = call.query.get("query", "")
        page = listings.slice_of(catalogue.search(self._all(call), query), call.window)
        found = page.holding(rendering.api_info(one, call.caller.organisation) for one in page.items)
        return Answer(listings.paged("/apis", found, {"query": query}))

    @router.get("/search", gives="SearchResultList", query=("limit", "offset", "query"))
    def search(self, call: ApiCall) -> Answer:
        """Search the APIs.

        APIs come first, then documents.
        """
        query = call.query.get("query", "")
        everything, organisation = self._all(call), call.caller.organisation
        hits: list[dict[str, Any]] = [_api_hit(one, organisation) for one in catalogue.search(everything, query)]
        documents = catalogue.search_documents(everything, query)
        hits += [rendering.document_hit(api, one, organisation) for api, one in documents]
        return Answer(listings.paged("/search", listings.slice_of(hits, call.window), {"query": query}))

    @router.get("/apis/{apiId}", gives="API")
    def find(self, call: ApiCall) -> Answer:
        """Show an API."""
        api = self._one(call)
        document = self.portal.directory.find_document(api.organisation, api.api_id)
        return Answer(rendering.api(api, call.caller.organisation, document), modified_at_ms=api.updated_at_ms)

    @router.get("/apis/{apiId}/swagger", gives="OpenAPI")
    def find_document(self, call: ApiCall) -> Answer:
        """Get an API's OpenAPI document."""
        api = self._one(call)
        document = self.portal.directory.find_document(api.organisation, api.api_id)
        if document is None:
            raise NotFoundError("The API has no OpenAPI document.")
        return Answer(JsonText(document))

    @router.get("/apis/{apiId}/subscription-policies", gives="ThrottlingPolicyList")
    def find_api_policies(self, call: ApiCall) -> Answer:
        """List the tiers of an API."""
        api = self._one(call)
        offered = [throttling_policies.SUBSCRIPTION[name] for name in subscription_tiers.find(api)]
        page = listings.slice_of(offered, Window(limit=len(offered)))
        path = f"/apis/{call.path['apiId']}/subscription-policies"
        return Answer(listings.paged(path, page.holding(rendering.policy(one, "subscription") for one in offered)))

    @router.get("/tags", gives="TagList", query=("limit", "offset"))
    def find_tags(self, call: ApiCall) -> Answer:
        """List tags with how many APIs have them."""
        counted = Counter(tag for api in self._all(call) for tag in api.tags)
        tags = [{"value": tag, "count": count} for tag, count in sorted(counted.items())]
        return Answer(listings.paged("/tags", listings.slice_of(tags, call.window)))

    @router.get("/throttling-policies/{policyLevel}", gives="ThrottlingPolicyList", query=("limit", "offset"))
    def find_policies(self, call: ApiCall) -> Answer:
        """List throttling policies."""
        level = call.path["policyLevel"]
        policies = [rendering.policy(one, level) for one in _level(level).values()]
        return Answer(listings.paged(f"/throttling-policies/{level}", listings.slice_of(policies, call.window)))

    @router.get("/throttling-policies/{policyLevel}/{policyId}", gives="ThrottlingPolicy")
    def find_policy(self, call: ApiCall) -> Answer:
        """Show a throttling policy."""
        found = _level(call.path["policyLevel"]).get(call.path["policyId"])
        if found is None:
            raise PolicyNotFoundError("Throttling Policy Not Found")
        return Answer(rendering.policy(found, call.path["policyLevel"]))

    def _one(self, call: ApiCall) -> Api:
        return visible_apis.find(self.portal.directory, call.caller, call.path["apiId"], call.tenant)

    def _all(self, call: ApiCall) -> tuple[Api, ...]:
        return find_catalogue(self.portal, call.caller, call.tenant)


def _level(name: str) -> dict[str, ThrottlingPolicy]:
    if name not in _LEVELS:
        raise InvalidPolicyLevelError("The policy level is application or subscription.")
    return _LEVELS[name]


def _api_hit(api: Api, organisation: str) -> dict[str, Any]:
    return {**rendering.api_info(api, organisation), "type": "API", "transportType": "HTTP", "status": api.lifecycle}
