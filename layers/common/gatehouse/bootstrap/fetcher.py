"""What fetches from outside, built only where it is needed: a cold start does not import it."""

from gatehouse.bootstrap import tables
from gatehouse.domain.kernel.fetching import LimitedFetcher, OutsideFetcher
from gatehouse.domain.oauth.client_keys import PublishedKeys
from gatehouse.settings import Settings
from gatehouse.storage.aws.invocations import FetcherFunction
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.fetches import DynamoDBFetches


def limited(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> LimitedFetcher:
    """Build it on Lambda and DynamoDB."""
    if outside is None:
        url, credentials = tables.endpoint_url(settings, "lambda"), tables.credentials(settings)
        outside = FetcherFunction(url, settings.region, credentials, settings.fetcher_function)
    return LimitedFetcher(outside, DynamoDBFetches(connected))


def published_keys(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> PublishedKeys:
    """Build what finds the keys behind a client's `jwks_uri`."""
    return PublishedKeys(DynamoDBFetches(connected), limited(settings, connected, outside))
