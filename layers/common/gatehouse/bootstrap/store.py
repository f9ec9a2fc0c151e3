"""The graph of `functions/store`."""

from dataclasses import dataclass

from gatehouse.bootstrap import grants, tables
from gatehouse.domain.portal.portal import Portal
from gatehouse.domain.subjects import Subjects
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal import api
from gatehouse.endpoints.portal.operations import JsonApi
from gatehouse.endpoints.store.apis import Apis
from gatehouse.endpoints.store.applications import Applications
from gatehouse.endpoints.store.keys import Keys
from gatehouse.endpoints.store.organisation import Organisations
from gatehouse.endpoints.store.pages import Pages
from gatehouse.endpoints.store.sessions import Sessions
from gatehouse.endpoints.store.site import Renderer, Site
from gatehouse.endpoints.store.subscriptions import Subscriptions as SubscriptionPages
from gatehouse.settings import Settings
from gatehouse.storage.directory import Directory
from gatehouse.storage.grants import Grants
from gatehouse.storage.key_sets import KeySets
from gatehouse.storage.memory import Memory
from gatehouse.storage.portal_directory import PortalDirectory
from gatehouse.storage.statistics import Statistics
from gatehouse.storage.store_clients import StoreClients
from gatehouse.storage.subscriptions import Subscriptions
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import Transport


@dataclass(frozen=True, slots=True)
class Store:
    """What the function answers with."""

    portal: Portal
    bearers: Bearers
    issuers: Issuers
    json_api: JsonApi

    def site(self, pages: Pages, connected: Tables) -> Site:
        """Build the pages from the templates of a folder."""
        renderer = Renderer(pages, self.portal)
        routes = (
            *Applications(self.portal, renderer).routes(),
            *Keys(self.portal, renderer).routes(),
            *SubscriptionPages(self.portal, renderer).routes(),
            *Apis(self.portal, renderer).routes(),
            *Organisations(self.portal, renderer).routes(),
        )
        clients = StoreClients(connected)
        sessions = Sessions(self.bearers, self.portal.context, clients, self.portal.directory, self.issuers)
        return Site(pages, sessions, self.issuers, routes)


def store(settings: Settings, connected: Tables | None = None, secrets: Transport | None = None) -> Store:
    """Build the store on DynamoDB and Secrets Manager."""
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    portal = Portal(
        Subscriptions(connected),
        KeySets(connected),
        PortalDirectory(connected),
        Statistics(connected),
        grants.context(settings, connected, directory, secrets),
    )
    bearers = Bearers(Subjects(directory, Grants(connected)), directory)
    issuers = Issuers(settings.public_url)
    return Store(portal, bearers, issuers, api.build(portal, bearers, issuers))
