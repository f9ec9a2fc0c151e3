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
from gatehouse.endpoints.publisher.apis import PublisherApis
from gatehouse.endpoints.publisher.attachments import PublisherAttachments
from gatehouse.endpoints.publisher.previews import PublisherPreviews
from gatehouse.endpoints.publisher.subscriptions import PublisherSubscriptions
from gatehouse.endpoints.rest import operations
from gatehouse.endpoints.rest.operations import Operation

_NOTHING: Any = None

ALL: dict[str, tuple[Operation, ...]] = {
    "devportal": api.table(_NOTHING),
    "admin v4": operations.collect(
        SettingsApi(_NOTHING),
        IdentityProvidersApi(_NOTHING),
        MailDomainsApi(_NOTHING),
        RegisteredClientsApi(_NOTHING),
        UsageApi(_NOTHING, _NOTHING),
        MembersApi(_NOTHING, _NOTHING),
        InboxApi(_NOTHING, _NOTHING),
        RestrictionsApi(_NOTHING, _NOTHING),
        AdminApplicationsApi(_NOTHING),
        AuditLogApi(_NOTHING, _NOTHING),
    ),
    "publisher v1": operations.collect(
        PublisherApis(_NOTHING, _NOTHING, _NOTHING),
        PublisherPreviews(_NOTHING),
        PublisherAttachments(_NOTHING),
        PublisherSubscriptions(_NOTHING, _NOTHING),
    ),
}
