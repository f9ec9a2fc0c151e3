"""The graph of `functions/store`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.bootstrap import federation, grants, tables, usage
from gatehouse.domain.accounts.mail_domains import DomainDiscovery
from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.draft_publisher import DraftPublisher
from gatehouse.domain.apis.publishing_shares import PublishingShares
from gatehouse.domain.kernel.fetching import OutsideFetcher
from gatehouse.domain.kernel.invoking import FunctionInvoker
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.domain.portal.api_restrictions import RestrictionStore
from gatehouse.domain.portal.identity_providers import IdentityProviderAffairs
from gatehouse.domain.portal.mail_domains import MailDomainAffairs
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.organisation_settings import SettingsStore
from gatehouse.domain.portal.own_account import OwnAccount
from gatehouse.domain.portal.own_factors import OwnFactors
from gatehouse.domain.portal.services import Portal
from gatehouse.domain.portal.usage import UsageReader
from gatehouse.endpoints.admin import api as administration_api
from gatehouse.endpoints.admin.applications import AdminApplicationsApi
from gatehouse.endpoints.admin.audit_log import AuditLogApi
from gatehouse.endpoints.admin.identity_providers import IdentityProvidersApi
from gatehouse.endpoints.admin.inbox import InboxApi
from gatehouse.endpoints.admin.mail_domains import MailDomainsApi
from gatehouse.endpoints.admin.members import MembersApi
from gatehouse.endpoints.admin.registered_clients import RegisteredClientsApi
from gatehouse.endpoints.admin.restrictions import RestrictionsApi
from gatehouse.endpoints.admin.settings import SettingsApi
from gatehouse.endpoints.admin.usage import UsageApi
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.devportal import api
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.publisher.draft_orders import RemoteDraftPublisher
from gatehouse.endpoints.publisher.forwarding import PublisherFront
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import operations
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.store import routes
from gatehouse.endpoints.store.administration_pages import AdministrationPages
from gatehouse.endpoints.store.api_administration_pages import ApiAdministrationPages
from gatehouse.endpoints.store.api_reference_pages import ApiReferencePages
from gatehouse.endpoints.store.apis import ApiPages
from gatehouse.endpoints.store.applications import ApplicationPages
from gatehouse.endpoints.store.audit_pages import AuditPages
from gatehouse.endpoints.store.home import HomePages
from gatehouse.endpoints.store.identity_provider_pages import IdentityProviderPages
from gatehouse.endpoints.store.keys import KeyPages
from gatehouse.endpoints.store.mail_domain_pages import MailDomainPages
from gatehouse.endpoints.store.member_import_pages import MemberImportPages
from gatehouse.endpoints.store.organisation import OrganisationPages
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.endpoints.store.profile import ProfilePages
from gatehouse.endpoints.store.publish_forms import StageDefaults
from gatehouse.endpoints.store.publish_pages import PublishPages
from gatehouse.endpoints.store.registered_client_pages import RegisteredClientPages
from gatehouse.endpoints.store.sessions import StoreSessions
from gatehouse.endpoints.store.settings_pages import SettingsPages
from gatehouse.endpoints.store.site import Site
from gatehouse.endpoints.store.subscriptions import SubscriptionPages as SubscriptionPages
from gatehouse.endpoints.store.usage_pages import UsagePages
from gatehouse.settings import Settings
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.aws.invocations import PublishingFunction
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.generated_tokens import DynamoDBGeneratedTokens
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks
from gatehouse.storage.jobs import DynamoDBJobs
from gatehouse.storage.key_sets import DynamoDBKeySets
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.publishing_drafts import DynamoDBPublishingDrafts
from gatehouse.storage.publishing_places import DynamoDBPublishingPlaces
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from gatehouse.storage.restrictions import DynamoDBRestrictions
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from gatehouse.storage.sessions import DynamoDBSessions
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from gatehouse.storage.sign_ins import DynamoDBSignIns
from gatehouse.storage.statistics import DynamoDBStatistics
from gatehouse.storage.store_clients import DynamoDBStoreClients
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from gatehouse.storage.user_connections import DynamoDBUserConnections


class Store(msgspec.Struct, frozen=True):
    """What the function answers with."""

    portal: Portal
    bearers: Bearers
    issuers: Issuers
    json_api: JsonApi
    members: MemberStore
    restrictions: RestrictionStore
    settings: SettingsStore
    audit: DynamoDBAuditLog
    admin_api: JsonApi
    takes_organisations: bool
    identity_providers: IdentityProviderAffairs
    mail_domains: MailDomainAffairs
    discovery: DomainDiscovery
    stage_defaults: StageDefaults
    usage: UsageReader | None
    publisher_front: PublisherFront
    draft_publisher: DraftPublisher

    def answer(self, request: Request, event: Mapping[str, Any]) -> Response | None:
        """Answer a request to one of the JSON APIs, which `event` is; None if it is for a page."""
        if self.publisher_front.takes(request):
            return self.publisher_front.answer(request, event)
        apis = (one for one in (self.json_api, self.admin_api) if request.path.startswith(f"{one.base}/"))
        api = next(apis, None)
        return None if api is None else api.answer(request)

    def site(self, pages: StorePages, connected: Tables) -> Site:
        """Build the pages from the templates of a folder."""
        found = routes.collect(
            HomePages(self.portal),
            ApplicationPages(self.portal),
            KeyPages(self.portal),
            SubscriptionPages(self.portal),
            ApiPages(self.portal),
            ApiReferencePages(self.portal),
            PublishPages(
                DynamoDBPublishedApis(connected),
                DynamoDBPublishingDrafts(connected),
                self.draft_publisher,
                self.stage_defaults,
            ),
            ProfilePages(self.portal),
            OrganisationPages(self.portal, self.usage),
            SettingsPages(self.settings, self.portal.context.lifetimes),
            IdentityProviderPages(self.identity_providers),
            MailDomainPages(self.mail_domains, self.identity_providers),
            ApiAdministrationPages(self.portal, self.restrictions, DynamoDBPublishedApis(connected)),
            RegisteredClientPages(DynamoDBRegisteredClients(connected)),
            AdministrationPages(self.portal, self.members),
            MemberImportPages(self.portal, self.members),
            UsagePages(self.portal, self.usage),
            AuditPages(self.audit, self.portal.directory),
        )
        clients = DynamoDBStoreClients(connected)
        sessions = StoreSessions(
            self.bearers, self.portal.context, clients, self.portal.directory, self.issuers, self.discovery
        )
        return Site(pages, sessions, self.issuers, found, self.members.count_waiting, self.takes_organisations)


def store(
    settings: Settings,
    connected: Tables | None = None,
    secrets: Transport | None = None,
    outside: OutsideFetcher | None = None,
    reader: UsageReader | None = None,
    publishing: FunctionInvoker | None = None,
) -> Store:
    """Build the store on DynamoDB, Secrets Manager and the publishing function."""
    throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    sign_ins = DynamoDBSignIns(connected, directory)
    portal = Portal(
        DynamoDBApplications(connected),
        DynamoDBSubscriptions(connected),
        DynamoDBKeySets(connected),
        DynamoDBPortalDirectory(connected),
        DynamoDBStatistics(connected),
        grants.context(settings, connected, directory, secrets),
        OwnAccount(sign_ins, directory, directory, DynamoDBAccounts(connected)),
        OwnFactors(
            directory,
            directory,
            DynamoDBSecondFactors(connected),
            DynamoDBFederatedLinks(connected),
            DynamoDBRememberedBrowsers(connected),
            DynamoDBSignInHistory(connected),
            DynamoDBJobs(connected),
            sign_ins,
            bool(settings.mail_from),
        ),
        ActiveSessions(
            DynamoDBAccounts(connected),
            DynamoDBSessions(connected),
            DynamoDBUserConnections(connected),
            settings.grant_lifetime_seconds,
        ),
        DynamoDBGeneratedTokens(connected),
    )
    bearers = Bearers(Subjects(directory, DynamoDBGrants(connected)))
    issuers = Issuers(settings.public_url)
    affairs, members = DynamoDBSettings(connected), DynamoDBMembers(connected)
    restrictions = DynamoDBRestrictions(connected)
    audit = DynamoDBAuditLog(connected)
    providers = federation.affairs(settings, connected, secrets, outside)
    measured = reader or usage.reader(settings)
    domains = federation.domains(settings, connected, outside)
    table = operations.collect(
        SettingsApi(affairs),
        IdentityProvidersApi(providers),
        MailDomainsApi(domains),
        RegisteredClientsApi(DynamoDBRegisteredClients(connected)),
        UsageApi(portal, measured),
        MembersApi(portal, members),
        InboxApi(members, portal.subscriptions),
        RestrictionsApi(portal, restrictions),
        AdminApplicationsApi(portal),
        AuditLogApi(audit, portal.statistics),
    )
    admin_api = administration_api.build(table, bearers, issuers)
    json_api = api.build(portal, bearers, issuers, measured)
    is_open = settings.organisation_sign_up and bool(settings.mail_from)
    documents = publishing or _publishing_function(settings)
    shares = PublishingShares(DynamoDBPublishingPlaces(connected), settings.publishing_concurrency)
    stages = StageDefaults(account=settings.account, region=settings.region, derives_urls=not settings.endpoint_url)
    return Store(
        portal,
        bearers,
        issuers,
        json_api,
        members,
        restrictions,
        affairs,
        audit,
        admin_api,
        is_open,
        providers,
        domains,
        federation.discovery(settings, connected, outside),
        stages,
        measured,
        PublisherFront(documents, bearers, shares),
        RemoteDraftPublisher(documents, shares),
    )


def _publishing_function(settings: Settings) -> FunctionInvoker:
    url, credentials = tables.endpoint_url(settings, "lambda"), tables.credentials(settings)
    return PublishingFunction(url, settings.region, credentials, settings.publishing_function)
