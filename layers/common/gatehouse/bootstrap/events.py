"""The graph of `functions/events`."""

from gatehouse.bootstrap import tables
from gatehouse.settings import Settings
from gatehouse.storage.counters import DynamoDBCounters
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.user_copies import DynamoDBUserCopies


def counters(settings: Settings, connected: Tables | None = None) -> DynamoDBCounters:
    """Build the counters on DynamoDB."""
    return DynamoDBCounters(connected or tables.build(settings))


def user_copies(settings: Settings, connected: Tables | None = None) -> DynamoDBUserCopies:
    """Build the comparison of users with their status on DynamoDB."""
    return DynamoDBUserCopies(connected or tables.build(settings))
