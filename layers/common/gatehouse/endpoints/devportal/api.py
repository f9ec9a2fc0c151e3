"""The Developer Portal API: its base path and the whole table of its operations."""

from functools import cache

from gatehouse.domain.accounts import organisations
from gatehouse.domain.kernel import builtin, caller
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal.services import Portal
from gatehouse.domain.portal.usage import UsageReader
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.devportal import (
    account,
    active_sessions,
    application_usage,
    applications,
    attachments,
    catalogue,
    exports,
    key_managers,
    key_operations,
    own_factors,
    subscriptions,
    unsupported,
)
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.rest import openapi
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Operation

BASE = "/api/am/devportal/v3"


def operations(portal: Portal, reader: UsageReader | None = None) -> tuple[Operation, ...]:
    """Return every operation; without a reader, usage is not known."""
    return (
        *applications.operations(portal),
        *key_operations.operations(portal),
        *subscriptions.operations(portal),
        *catalogue.operations(portal),
        *attachments.operations(portal),
        *exports.operations(portal),
        *unsupported.operations(portal),
        *key_managers.operations(),
        *active_sessions.operations(portal),
        *own_factors.operations(portal),
        *application_usage.operations(portal, reader),
        *account.operations(portal, tuple(sorted(builtin.SCOPES))),
    )


def build(portal: Portal, bearers: Bearers, issuers: Issuers, reader: UsageReader | None = None) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    table = operations(portal, reader)
    public = {"/openapi.json": cache(lambda: openapi.document(BASE, "Gatehouse developer portal", "v3", table))}
    return JsonApi(BASE, table, bearers, issuers, public, lambda request: _find_visitor(portal, request))


def _find_visitor(portal: Portal, request: Request) -> Caller | None:
    """Return a visitor of the organisation that `X-WSO2-Tenant` names, if it shows its catalogue without a token."""
    named = request.headers.get("x-wso2-tenant", "")
    if not organisations.is_key(named):
        return None
    organisation = portal.directory.find_organisation_now(named.lower())
    if organisation is None or not (organisation.is_active and organisation.anonymous_catalogue):
        return None
    return caller.anonymous(organisation.key, request.arrived_at_ms)
