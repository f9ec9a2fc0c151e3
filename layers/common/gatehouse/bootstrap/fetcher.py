"""What fetches from outside, built only where somebody needs it: no import of it belongs to a start."""

from gatehouse.bootstrap import tables
from gatehouse.domain.client_keys import PublishedKeys
from gatehouse.domain.fetching import LimitedFetcher, OutsideFetcher
from gatehouse.settings import Settings
from gatehouse.storage.fetches import Fetches
from gatehouse.storage.invocations import FetcherFunction
from gatehouse.storage.tables import Tables


def limited(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> LimitedFetcher:
    """Build it on Lambda and DynamoDB."""
    if outside is None:
        url, credentials = tables.endpoint_url(settings, "lambda"), tables.credentials(settings)
        outside = FetcherFunction(url, settings.region, credentials, settings.fetcher_function)
    return LimitedFetcher(outside, Fetches(connected))


def published_keys(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> PublishedKeys:
    """Build what finds the keys behind a client's `jwks_uri`."""
    return PublishedKeys(Fetches(connected), limited(settings, connected, outside))
