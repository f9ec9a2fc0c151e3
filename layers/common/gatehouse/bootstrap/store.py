"""The graph of `functions/store`."""

from collections.abc import Mapping
from typing import Any

from gatehouse.bootstrap import federation, grants, tables, usage
from gatehouse.domain.apis import throttling_policies
from gatehouse.domain.apis.publishing_shares import PublishingShares
from gatehouse.domain.kernel.fetching import OutsideFetcher
from gatehouse.domain.kernel.invoking import FunctionInvoker
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.domain.portal.account_security import AccountSecurity
from gatehouse.domain.portal.active_sessions import ActiveSessions
from gatehouse.domain.portal.own_account import OwnAccount
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
from gatehouse.endpoints.store.subscriptions import SubscriptionPages
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

_PROGRAMS = "/api/"
"""Where no pages are."""


class Store:
    """What the function answers with, on DynamoDB, Secrets Manager and the publishing function."""

    def __init__(
        self,
        settings: Settings,
        connected: Tables | None = None,
        secrets: Transport | None = None,
        outside: OutsideFetcher | None = None,
        reader: UsageReader | None = None,
        publishing: FunctionInvoker | None = None,
    ) -> None:
        """Build the JSON APIs, and what the pages share with them."""
        throttling_policies.offer(throttling_policies.parse_tiers(settings.more_tiers))
        self._connected = connected = connected or tables.build(settings)
        directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
        sign_ins = DynamoDBSignIns(connected, directory)
        self.portal = Portal(
            DynamoDBApplications(connected),
            DynamoDBSubscriptions(connected),
            DynamoDBKeySets(connected),
            DynamoDBPortalDirectory(connected),
            DynamoDBStatistics(connected),
            grants.context(settings, connected, directory, secrets),
            OwnAccount(sign_ins, directory, directory, DynamoDBAccounts(connected)),
            AccountSecurity(
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
                directory,
                DynamoDBSessions(connected),
                DynamoDBUserConnections(connected),
                settings.grant_lifetime_seconds,
            ),
            DynamoDBGeneratedTokens(connected),
        )
        self.bearers = Bearers(Subjects(directory, DynamoDBGrants(connected)))
        self.settings = DynamoDBSettings(connected)
        self.members = DynamoDBMembers(connected, sends_mail=bool(settings.mail_from))
        self.restrictions, self.audit = DynamoDBRestrictions(connected), DynamoDBAuditLog(connected)
        self.identity_providers = federation.administration(settings, connected, secrets, outside)
        self.usage = reader or usage.reader(settings)
        self._mail_domains = federation.domains(settings, connected, outside)
        self._clients = DynamoDBRegisteredClients(connected)
        self._issuers = Issuers(settings.public_url)
        table = operations.collect(
            SettingsApi(self.settings),
            IdentityProvidersApi(self.identity_providers),
            MailDomainsApi(self._mail_domains),
            RegisteredClientsApi(self._clients),
            UsageApi(self.portal, self.usage),
            MembersApi(self.portal, self.members),
            InboxApi(self.members, self.portal.subscriptions),
            RestrictionsApi(self.portal, self.restrictions),
            AdminApplicationsApi(self.portal),
            AuditLogApi(self.audit, self.portal.statistics),
        )
        self.admin_api = administration_api.build(table, self.bearers, self._issuers)
        self.json_api = api.build(self.portal, self.bearers, self._issuers, self.usage)
        documents = publishing or _publishing_function(settings)
        shares = PublishingShares(DynamoDBPublishingPlaces(connected), settings.publishing_concurrency)
        self._publisher_front = PublisherFront(documents, self.bearers, shares)
        self._draft_publisher = RemoteDraftPublisher(documents, shares)
        self._discovery = federation.discovery(settings, connected, outside)
        self._takes_organisations = settings.organisation_sign_up and bool(settings.mail_from)
        self._stage_defaults = StageDefaults(
            account=settings.account, region=settings.region, derives_urls=not settings.endpoint_url
        )

    def answer(self, request: Request, event: Mapping[str, Any]) -> Response | None:
        """Answer a request to one of the JSON APIs, which `event` is; None if it is for a page.

        Another version of WSO2's developer portal is none of them: that is a 404 for programs, and no page of sign-in.
        """
        if self._publisher_front.takes(request):
            return self._publisher_front.answer(request, event)
        apis = (one for one in (self.json_api, self.admin_api) if request.path.startswith(f"{one.base}/"))
        api = next(apis, self.json_api if request.path.startswith(_PROGRAMS) else None)
        return None if api is None else api.answer(request)

    def site(self, pages: StorePages) -> Site:
        """Build the pages from the templates of a folder."""
        portal, published = self.portal, DynamoDBPublishedApis(self._connected)
        drafts = DynamoDBPublishingDrafts(self._connected)
        found = routes.collect(
            HomePages(portal),
            ApplicationPages(portal),
            KeyPages(portal),
            SubscriptionPages(portal),
            ApiPages(portal),
            ApiReferencePages(portal),
            PublishPages(published, drafts, self._draft_publisher, self._stage_defaults),
            ProfilePages(portal),
            OrganisationPages(portal, self.usage),
            SettingsPages(self.settings, portal.context.lifetimes),
            IdentityProviderPages(self.identity_providers),
            MailDomainPages(self._mail_domains, self.identity_providers),
            ApiAdministrationPages(portal, self.restrictions, published),
            RegisteredClientPages(self._clients),
            AdministrationPages(portal, self.members),
            MemberImportPages(portal, self.members),
            UsagePages(portal, self.usage),
            AuditPages(self.audit, portal.directory),
        )
        clients = DynamoDBStoreClients(self._connected)
        sessions = StoreSessions(
            self.bearers, portal.context, clients, portal.directory, self._issuers, self._discovery
        )
        return Site(pages, sessions, self._issuers, found, self.members.count_waiting, self._takes_organisations)


def _publishing_function(settings: Settings) -> FunctionInvoker:
    url, credentials = tables.endpoint_url(settings, "lambda"), tables.credentials(settings)
    return PublishingFunction(url, settings.region, credentials, settings.publishing_function)
