"""What usage plans follow: the directory as it is now, and the records of its stream."""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis.apis import Deployment, Subscription
from gatehouse.domain.apis.usage_plans import limited
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal.usage_plan_sync import ApplicationChange
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.listings import ListingStore


class DynamoDBUsagePlanDirectory(ListingStore):
    """Implements the port of the same name."""

    def find_organisations(self, window: Window) -> Page[Organisation]:
        """See `UsagePlanDirectory.find_organisations`."""
        page = self._listings.page(keys.collection("ORGANISATIONS"), window, is_counted=False)
        return page.map(mappers.reader(Organisation))

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """See `UsagePlanDirectory.find_deployment`."""
        key = keys.deployment(account, region, gateway_id, stage)
        return self._tables.find(Deployment, self._tables.directory, key)


def parse_change(record: Mapping[str, Any]) -> ApplicationChange | Deployment | None:
    """Read one record of the directory's stream; None if it tells of neither an application nor a deployment."""
    images = {name: attribute_values.parse(record["dynamodb"].get(name) or {}) for name in ("OldImage", "NewImage")}
    values = images["NewImage"] or images["OldImage"]
    kind, _, _ = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
    if kind == "DEPLOYMENT":
        return mappers.read(Deployment, values)
    if kind != "APPLICATION":
        return None
    before, after = (
        limited(mappers.read(Subscription, one) for one in images[name].get("subscriptions") or ()) for name in images
    )
    return ApplicationChange(
        organisation=values["organisation"], application_id=values["application_id"], before=before, after=after
    )
