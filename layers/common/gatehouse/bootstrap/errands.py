"""The graph of `functions/errands`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.correspondence import Correspondence
from gatehouse.domain.mails import Mailer
from gatehouse.settings import Settings
from gatehouse.storage.directory import Directory
from gatehouse.storage.links import Errands, Links
from gatehouse.storage.memory import Memory
from gatehouse.storage.tables import Tables


def correspondence(settings: Settings, mailer: Mailer, connected: Tables | None = None) -> Correspondence:
    """Build it on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    return Correspondence(directory, directory, Links(connected), Errands(connected), mailer)
