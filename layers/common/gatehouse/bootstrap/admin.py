"""The graph of `functions/admin`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.portal import policies
from gatehouse.domain.subjects import Subjects
from gatehouse.endpoints.admin import api, apis, attachments, documents, subscriptions
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal.operations import JsonApi
from gatehouse.settings import Settings
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.memory import Memory
from gatehouse.storage.portal_directory import PortalDirectory
from gatehouse.storage.publishing import Publishing
from gatehouse.storage.subscriptions import Subscriptions
from gatehouse.storage.tables import Tables


def admin(settings: Settings, connected: Tables | None = None) -> JsonApi:
    """Build the admin API on DynamoDB."""
    policies.offer(policies.parse_tiers(settings.more_tiers))
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    bearers = Bearers(Subjects(directory, Grants(connected)))
    table = (
        *apis.operations(
            Publishing(connected),
            PortalDirectory(connected).find_document,
            documents.validate,
            Subscriptions(connected),
        ),
        *attachments.operations(Publishing(connected)),
        *subscriptions.operations(Subscriptions(connected)),
    )
    return api.build(table, bearers, Issuers(settings.public_url))
