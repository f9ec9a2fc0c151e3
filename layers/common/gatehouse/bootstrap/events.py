"""The graph of `functions/events`."""

from gatehouse.bootstrap import tables
from gatehouse.settings import Settings
from gatehouse.storage.counters import Counters
from gatehouse.storage.tables import Tables
from gatehouse.storage.user_copies import UserCopies


def counters(settings: Settings, connected: Tables | None = None) -> Counters:
    """Build the counters on DynamoDB."""
    return Counters(connected or tables.build(settings))


def user_copies(settings: Settings, connected: Tables | None = None) -> UserCopies:
    """Build the comparison of users with their status on DynamoDB."""
    return UserCopies(connected or tables.build(settings))
