"""What usage plans follow: the directory as it is now, and the records of its stream."""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis.apis import Api, Application, Deployment, Subscription
from gatehouse.domain.apis.usage_plans import limited
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.portal.enforcement import ApplicationChange
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.storage import directory_reads
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import DynamoDBStore, Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions

_PAGE = 100


class DynamoDBEnforcedDirectory(DynamoDBStore):
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        super().__init__(tables)
        self._publishing = DynamoDBPublishedApis(tables)
        self._subscriptions = DynamoDBSubscriptions(tables)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `EnforcedDirectory.find_application`."""
        return directory_reads.find_application(self._tables, organisation, application_id)

    def find_api_now(self, organisation: str, api_id: str) -> Api | None:
        """See `EnforcedDirectory.find_api_now`."""
        return self._publishing.find_api_now(organisation, api_id)

    def find_apis_of(self, organisation: str) -> tuple[Api, ...]:
        """See `EnforcedDirectory.find_apis_of`."""
        return self._publishing.find_apis_of(organisation)

    def find_subscriptions_of_api(
        self, organisation: str, api_id: str, window: Window
    ) -> Page[ApplicationSubscription]:
        """See `EnforcedDirectory.find_subscriptions_of_api`."""
        return self._subscriptions.find_subscriptions_of_api(organisation, api_id, window)

    def find_organisations(self, cursor: str) -> Page[Organisation]:
        """See `EnforcedDirectory.find_organisations`."""
        page = Listings(self._tables).page(
            keys.collection("ORGANISATIONS"), Window(limit=_PAGE, cursor=cursor), is_counted=False
        )
        return page.map(mappers.reader(Organisation))

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """See `EnforcedDirectory.find_deployment`."""
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
