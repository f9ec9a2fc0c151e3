"""The graph of `functions/jobs`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.accounts.mail_sender import MailSender
from gatehouse.domain.accounts.mails import Mailer
from gatehouse.settings import Settings
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.links import DynamoDBLinks
from gatehouse.storage.mail_counter import DynamoDBMailCounter


def mail_sender(settings: Settings, mailer: Mailer, connected: Tables | None = None) -> MailSender:
    """Build it on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    return MailSender(directory, directory, DynamoDBLinks(connected), DynamoDBMailCounter(connected), mailer)
