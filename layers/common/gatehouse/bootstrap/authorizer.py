"""The graph of `functions/authorizer`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.usage_plans import Names
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.settings import Settings
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.memory import Memory
from gatehouse.storage.tables import Tables


def authorizer(settings: Settings, connected: Tables | None = None) -> Authorizer:
    """Build the gate on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    return Authorizer(directory, Grants(connected), Names(settings.stack_name), settings.public_url)
