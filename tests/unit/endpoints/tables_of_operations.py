"""The tables of the three JSON APIs, without anything behind them: what tests over every operation are made from."""

from typing import Any

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
from gatehouse.endpoints.devportal import api
from gatehouse.endpoints.publisher import apis, attachments, previews, subscriptions
from gatehouse.endpoints.rest.operations import Operation

_NOTHING: Any = None

ALL: dict[str, tuple[Operation, ...]] = {
    "devportal": api.operations(_NOTHING),
    "admin v4": (
        *SettingsApi(_NOTHING).operations(),
        *IdentityProvidersApi(_NOTHING).operations(),
        *MailDomainsApi(_NOTHING).operations(),
        *RegisteredClientsApi(_NOTHING).operations(),
        *UsageApi(_NOTHING, _NOTHING).operations(),
        *MembersApi(_NOTHING).operations(),
        *InboxApi(_NOTHING, _NOTHING).operations(),
        *RestrictionsApi(_NOTHING, _NOTHING).operations(),
        *AdminApplicationsApi(_NOTHING, _NOTHING).operations(),
        *AuditLogApi(_NOTHING, _NOTHING).operations(),
    ),
    "publisher v1": (
        *apis.operations(apis.PublisherApis(_NOTHING, _NOTHING, _NOTHING, _NOTHING)),
        *previews.operations(_NOTHING, _NOTHING),
        *attachments.operations(_NOTHING),
        *subscriptions.operations(_NOTHING),
    ),
}
