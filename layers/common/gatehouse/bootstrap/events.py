"""The graph of `functions/events`."""

from gatehouse.bootstrap import tables
from gatehouse.settings import Settings
from gatehouse.storage.counters import Counters
from gatehouse.storage.tables import Tables


def counters(settings: Settings, connected: Tables | None = None) -> Counters:
    """Build the counters on DynamoDB."""
    return Counters(connected or tables.build(settings))
