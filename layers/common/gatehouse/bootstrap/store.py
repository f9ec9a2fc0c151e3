"""The graph of `functions/store`."""

from dataclasses import dataclass

from gatehouse.bootstrap import grants, tables
from gatehouse.domain.portal import policies
from gatehouse.domain.portal.administration import Administration
from gatehouse.domain.portal.organisation_settings import SettingsStore
from gatehouse.domain.portal.own_account import OwnAccount
from gatehouse.domain.portal.own_sessions import OwnSessions
from gatehouse.domain.portal.portal import Portal
from gatehouse.domain.subjects import Subjects
from gatehouse.endpoints.administration import api as administration_api
from gatehouse.endpoints.administration.api import AdministrationApi
from gatehouse.endpoints.administration.api_pages import ApiPages
from gatehouse.endpoints.administration.pages import AdministrationPages
from gatehouse.endpoints.administration.settings_api import SettingsApi
from gatehouse.endpoints.administration.settings_pages import SettingsPages
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal import api
from gatehouse.endpoints.portal.operations import JsonApi
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.apis import Apis
from gatehouse.endpoints.store.applications import Applications
from gatehouse.endpoints.store.keys import Keys
from gatehouse.endpoints.store.organisation import Organisations
from gatehouse.endpoints.store.pages import Pages
from gatehouse.endpoints.store.profile import Profile
from gatehouse.endpoints.store.sessions import Sessions
from gatehouse.endpoints.store.site import Renderer, Site
from gatehouse.endpoints.store.subscriptions import Subscriptions as SubscriptionPages
from gatehouse.settings import Settings
from gatehouse.storage.accounts import Accounts
from gatehouse.storage.administration import AdministrationStore
from gatehouse.storage.audit import AuditLog
from gatehouse.storage.directory import Directory
from gatehouse.storage.generated_tokens import GeneratedTokens
from gatehouse.storage.grants import Grants
from gatehouse.storage.key_sets import KeySets
from gatehouse.storage.memory import Memory
from gatehouse.storage.own_sessions import OwnSessionStore
from gatehouse.storage.portal_directory import PortalDirectory
from gatehouse.storage.publishing import Publishing
from gatehouse.storage.sign_ins import SignIns
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
    administration: Administration
    settings: SettingsStore
    audit: AuditLog
    admin_api: JsonApi
    takes_organisations: bool

    def answer(self, request: Request) -> Response | None:
        """Answer a request to one of the JSON APIs; None if it is for a page."""
        apis = (one for one in (self.json_api, self.admin_api) if request.path.startswith(f"{one.base}/"))
        api = next(apis, None)
        return None if api is None else api.answer(request)

    def site(self, pages: Pages, connected: Tables) -> Site:
        """Build the pages from the templates of a folder."""
        renderer = Renderer(pages, self.portal)
        routes = (
            *Applications(self.portal, renderer).routes(),
            *Keys(self.portal, renderer).routes(),
            *SubscriptionPages(self.portal, renderer).routes(),
            *Apis(self.portal, renderer).routes(),
            *Profile(self.portal, renderer).routes(),
            *Organisations(self.portal, renderer).routes(),
            *SettingsPages(self.settings, self.portal.context.lifetimes, renderer).routes(),
            *ApiPages(self.portal, self.administration, Publishing(connected), renderer).routes(),
            *AdministrationPages(self.portal, self.administration, self.audit, renderer).routes(),
        )
        clients = StoreClients(connected)
        sessions = Sessions(self.bearers, self.portal.context, clients, self.portal.directory, self.issuers)
        return Site(pages, sessions, self.issuers, routes, self.takes_organisations)


def store(settings: Settings, connected: Tables | None = None, secrets: Transport | None = None) -> Store:
    """Build the store on DynamoDB and Secrets Manager."""
    policies.offer(policies.parse_tiers(settings.more_tiers))
    connected = connected or tables.build(settings)
    directory = Directory(connected, Memory(settings.process_cache_seconds))
    portal = Portal(
        Subscriptions(connected),
        KeySets(connected),
        PortalDirectory(connected),
        Statistics(connected),
        grants.context(settings, connected, directory, secrets),
        OwnAccount(SignIns(connected, directory), directory, Accounts(connected)),
        OwnSessions(OwnSessionStore(connected), settings.grant_lifetime_seconds),
        GeneratedTokens(connected),
    )
    bearers = Bearers(Subjects(directory, Grants(connected)))
    issuers = Issuers(settings.public_url)
    affairs = AdministrationStore(connected)
    administration = Administration(affairs)
    audit = AuditLog(connected)
    table = (*SettingsApi(affairs).operations(), *AdministrationApi(portal, administration, audit).operations())
    admin_api = administration_api.build(table, bearers, issuers)
    json_api = api.build(portal, bearers, issuers)
    is_open = settings.organisation_sign_up and bool(settings.mail_from)
    return Store(portal, bearers, issuers, json_api, administration, affairs, audit, admin_api, is_open)
