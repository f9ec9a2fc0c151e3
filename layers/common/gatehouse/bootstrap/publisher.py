"""The graph of `functions/publisher`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.publisher import api
from gatehouse.endpoints.publisher.apis import PublisherApis
from gatehouse.endpoints.publisher.attachments import PublisherAttachments
from gatehouse.endpoints.publisher.draft_desk import DraftDesk
from gatehouse.endpoints.publisher.previews import PublisherPreviews
from gatehouse.endpoints.publisher.subscriptions import PublisherSubscriptions
from gatehouse.endpoints.rest import operations
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.settings import Settings
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions


def build(settings: Settings, connected: Tables | None = None) -> JsonApi:
    """Build the publisher API on DynamoDB."""
    throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    bearers = Bearers(Subjects(directory, DynamoDBGrants(connected)))
    published = DynamoDBPublishedApis(connected)
    subscriptions = DynamoDBSubscriptions(connected)
    table = operations.collect(
        PublisherApis(published, DynamoDBPortalDirectory(connected).find_document, subscriptions),
        PublisherPreviews(published),
        PublisherAttachments(published),
        PublisherSubscriptions(subscriptions, published),
    )
    return api.build(table, bearers, Issuers(settings.public_url))


def desk(settings: Settings, connected: Tables | None = None) -> DraftDesk:
    """Build what does the store's orders."""
    throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
    return DraftDesk(DynamoDBPublishedApis(connected or tables.build(settings)))
