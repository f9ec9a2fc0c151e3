"""The Developer Portal API: its base path and the whole table of its operations."""

from functools import cache

from gatehouse.domain.accounts import organisations
from gatehouse.domain.kernel import builtin, caller
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal.services import Portal
from gatehouse.domain.portal.usage import UsageReader
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.devportal.account import DevportalAccount
from gatehouse.endpoints.devportal.account_security import DevportalAccountSecurity
from gatehouse.endpoints.devportal.active_sessions import DevportalActiveSessions
from gatehouse.endpoints.devportal.application_usage import ApplicationUsage
from gatehouse.endpoints.devportal.applications import DevportalApplications
from gatehouse.endpoints.devportal.attachments import DevportalAttachments
from gatehouse.endpoints.devportal.catalogue import DevportalCatalogue
from gatehouse.endpoints.devportal.exports import DevportalExports
from gatehouse.endpoints.devportal.key_managers import KeyManagers
from gatehouse.endpoints.devportal.keys import DevportalKeys
from gatehouse.endpoints.devportal.subscriptions import DevportalSubscriptions
from gatehouse.endpoints.devportal.unsupported import Unsupported
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.rest import openapi, operations
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Operation

BASE = "/api/am/devportal/v3"


def table(portal: Portal, reader: UsageReader | None = None) -> tuple[Operation, ...]:
    """Return every operation; without a reader, usage is not known."""
    return operations.collect(
        DevportalApplications(portal),
        DevportalKeys(portal),
        DevportalSubscriptions(portal),
        DevportalCatalogue(portal),
        DevportalAttachments(portal),
        DevportalExports(portal),
        Unsupported(portal),
        KeyManagers(),
        DevportalActiveSessions(portal),
        DevportalAccountSecurity(portal),
        ApplicationUsage(portal, reader),
        DevportalAccount(portal, tuple(sorted(builtin.SCOPES))),
    )


def build(portal: Portal, bearers: Bearers, issuers: Issuers, reader: UsageReader | None = None) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    every = table(portal, reader)
    public = {"/openapi.json": cache(lambda: openapi.document(BASE, "Gatehouse developer portal", "v3", every))}
    return JsonApi(BASE, every, bearers, issuers, public, lambda request: _find_visitor(portal, request))


def _find_visitor(portal: Portal, request: Request) -> Caller | None:
    """Return a visitor of the organisation that `X-WSO2-Tenant` names, if it shows its catalogue without a token."""
    named = request.headers.get("x-wso2-tenant", "")
    if not organisations.is_key(named):
        return None
    organisation = portal.directory.find_organisation_now(named.lower())
    if organisation is None or not (organisation.is_active and organisation.anonymous_catalogue):
        return None
    return caller.anonymous(organisation.key, request.arrived_at_ms)
