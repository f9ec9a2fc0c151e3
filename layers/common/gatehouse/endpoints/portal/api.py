"""The Developer Portal API: its base path and the whole table of its operations."""

from gatehouse.domain import builtin
from gatehouse.domain.portal.portal import Portal
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal import (
    absent,
    account,
    applications,
    attachments,
    catalogue,
    key_managers,
    key_operations,
    openapi,
    own_sessions,
    subscriptions,
)
from gatehouse.endpoints.portal.operations import JsonApi, Operation

BASE = "/api/am/devportal/v3"


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return every operation."""
    return (
        *applications.operations(portal),
        *key_operations.operations(portal),
        *subscriptions.operations(portal),
        *catalogue.operations(portal),
        *attachments.operations(portal),
        *absent.operations(portal),
        *key_managers.operations(),
        *own_sessions.operations(portal),
        *account.operations(portal, tuple(sorted(builtin.SCOPES))),
    )


def build(portal: Portal, bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table."""
    table = operations(portal)
    document = openapi.document(BASE, "Gatehouse developer portal", "v3", table)
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": lambda: document})
