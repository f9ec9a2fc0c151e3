"""What a developer finds: APIs, tags, search, throttling policies."""

from collections import Counter
from typing import Any

import msgspec

from gatehouse.domain.apis import catalogue, throttling_policies
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.throttling_policies import ThrottlingPolicy
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import subscriptions
from gatehouse.domain.portal.services import Portal, find_catalogue
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.errors import InvalidPolicyLevelError, PolicyNotFoundError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, JsonText, Operation, OperationTable

_LEVELS: dict[str, dict[str, ThrottlingPolicy]] = {
    "application": throttling_policies.APPLICATION,
    "subscription": throttling_policies.SUBSCRIPTION,
}


class DevportalCatalogue(msgspec.Struct, frozen=True):
    """Lists and shows the APIs of the caller's organisation, and those that others share with it."""

    portal: Portal

    def find_page(self, call: ApiCall) -> Answer:
        """GET /apis."""
        window, query = bodies.window(call.query), call.query.get("query", "")
        found = catalogue.search(self._all(call), query)
        page = listings.slice_of(list(found), window.offset, window.limit)
        return Answer(
            listings.listing(
                "/apis",
                page,
                [rendering.api_info(one, call.caller.organisation) for one in page.items],
                {"query": query},
            )
        )

    def search(self, call: ApiCall) -> Answer:
        """GET /search: APIs, then documents."""
        window, query = bodies.window(call.query), call.query.get("query", "")
        everything, organisation = self._all(call), call.caller.organisation
        hits: list[dict[str, Any]] = [_api_hit(one, organisation) for one in catalogue.search(everything, query)]
        documents = catalogue.search_documents(everything, query)
        hits += [rendering.document_hit(api, one, organisation) for api, one in documents]
        page = listings.slice_of(hits, window.offset, window.limit)
        return Answer(listings.listing("/search", page, list(page.items), {"query": query}))

    def find(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}."""
        api = self._one(call)
        document = self.portal.directory.find_document(api.organisation, api.api_id)
        return Answer(rendering.api(api, call.caller.organisation, document), modified_at_ms=api.updated_at_ms)

    def find_document(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/swagger."""
        api = self._one(call)
        document = self.portal.directory.find_document(api.organisation, api.api_id)
        if document is None:
            raise NotFoundError("The API has no OpenAPI document.")
        return Answer(JsonText(document))

    def find_api_policies(self, call: ApiCall) -> Answer:
        """GET /apis/{apiId}/subscription-policies."""
        api = self._one(call)
        offered = [throttling_policies.SUBSCRIPTION[name] for name in subscriptions.tiers(api)]
        page = listings.slice_of(offered, 0, len(offered))
        path = f"/apis/{call.path['apiId']}/subscription-policies"
        return Answer(listings.listing(path, page, [rendering.policy(one, "subscription") for one in offered], {}))

    def find_tags(self, call: ApiCall) -> Answer:
        """GET /tags."""
        window = bodies.window(call.query)
        counted = Counter(tag for api in self._all(call) for tag in api.tags)
        page = listings.slice_of(sorted(counted.items()), window.offset, window.limit)
        return Answer(
            listings.listing("/tags", page, [{"value": tag, "count": count} for tag, count in page.items], {})
        )

    def find_policies(self, call: ApiCall) -> Answer:
        """GET /throttling-policies/{policyLevel}."""
        level, window = call.path["policyLevel"], bodies.window(call.query)
        page = listings.slice_of(list(_level(level).values()), window.offset, window.limit)
        rendered = [rendering.policy(one, level) for one in page.items]
        return Answer(listings.listing(f"/throttling-policies/{level}", page, rendered, {}))

    def find_policy(self, call: ApiCall) -> Answer:
        """GET /throttling-policies/{policyLevel}/{policyId}."""
        found = _level(call.path["policyLevel"]).get(call.path["policyId"])
        if found is None:
            raise PolicyNotFoundError("Throttling Policy Not Found")
        return Answer(rendering.policy(found, call.path["policyLevel"]))

    def _one(self, call: ApiCall) -> Api:
        return subscriptions.find_api(self.portal.directory, call.caller, call.path["apiId"], call.tenant)

    def _all(self, call: ApiCall) -> tuple[Api, ...]:
        return find_catalogue(self.portal, call.caller, call.tenant)


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, one = DevportalCatalogue(portal), "/apis/{apiId}"
    table, paging = OperationTable(takes_tenant=True, is_catalogue=True), ("limit", "offset")
    found = (200, 404)
    return (
        table.get(
            "/apis",
            "List and search the APIs of your organisation.",
            here.find_page,
            gives="APIList",
            query=(*paging, "query"),
        ),
        table.get(one, "Show an API.", here.find, gives="API", statuses=found),
        table.get(
            f"{one}/swagger", "Get an API's OpenAPI document.", here.find_document, gives="OpenAPI", statuses=found
        ),
        table.get(
            f"{one}/subscription-policies",
            "List the tiers of an API.",
            here.find_api_policies,
            gives="ThrottlingPolicyList",
            statuses=found,
        ),
        table.get("/search", "Search the APIs.", here.search, gives="SearchResultList", query=(*paging, "query")),
        table.get("/tags", "List tags with how many APIs have them.", here.find_tags, gives="TagList", query=paging),
        table.get(
            "/throttling-policies/{policyLevel}",
            "List throttling policies.",
            here.find_policies,
            gives="ThrottlingPolicyList",
            query=paging,
            statuses=found,
        ),
        table.get(
            "/throttling-policies/{policyLevel}/{policyId}",
            "Show a throttling policy.",
            here.find_policy,
            gives="ThrottlingPolicy",
            statuses=found,
        ),
    )


def _level(name: str) -> dict[str, ThrottlingPolicy]:
    if name not in _LEVELS:
        raise InvalidPolicyLevelError("The policy level is application or subscription.")
    return _LEVELS[name]


def _api_hit(api: Api, organisation: str) -> dict[str, Any]:
    info = rendering.api_info(api, organisation)
    return {**info, "type": "API", "transportType": "HTTP", "status": api.lifecycle}
