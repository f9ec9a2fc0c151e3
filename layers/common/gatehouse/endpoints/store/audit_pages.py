"""The page of the audit log: filters, names instead of ids, and a file for spreadsheets."""

from urllib.parse import urlencode

import msgspec

from gatehouse.domain.kernel import audit
from gatehouse.domain.kernel.audit import AuditReader, Entry, Wanted
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal.services import PortalDirectory
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store import filters, spreadsheets
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

_PATH = "/store/admin/audit"
_PAGES_MAX, _PAGE = 10, 1000
"""How often an export reads, which ends it after as many searches if hardly a line matches, and for how many lines."""
_EXPORTED_BYTES_MAX = 3_000_000
_GROUPS = {
    "member.": "Members",
    "application.": "Applications",
    "keys.": "Keys",
    "secret.": "Secrets",
    "subscription.": "Subscriptions",
    "api.": "APIs",
    "scope.": "Scopes",
    "settings.": "Settings",
    "provider.": "Identity providers",
    "client.": "Registered clients",
    "device.": "Devices",
    "factor.": "Second factors",
    "password.": "Passwords",
    "organisation.": "Organisation",
}
_HEADER = ("Time (UTC)", "Actor", "Action", "Target", "Detail")
_ENDED = "The export ends here. Older entries follow at "

router = PageRouter(scope=SCOPE)


class AuditPages(msgspec.Struct, frozen=True):
    """Shows the log, and exports it."""

    audit: AuditReader
    directory: PortalDirectory

    @router.get(_PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show who did what."""
        query, organisation = context.query, context.caller.organisation
        try:
            wanted = _wanted(context)
        except InvalidInputError as error:
            context, wanted = context.refused(error), Wanted()
        page = self.audit.find_entries(organisation, bodies.window(query), wanted)
        return context.show(
            "admin_audit",
            page=page,
            names=self._names(organisation, page.items),
            groups=_GROUPS,
            chosen=_chosen(context),
        )

    @router.get(f"{_PATH}/export")
    def get_export(self, context: StorePageContext) -> Response:
        """Answer the same lines as a file, without page breaks; a long one ends with the address of the next part."""
        wanted, rows, cursor = _wanted(context), list[tuple[str, ...]](), context.query.get("cursor", "")
        size = 0
        for _ in range(_PAGES_MAX):
            page = self.audit.find_entries(context.caller.organisation, Window(limit=_PAGE, cursor=cursor), wanted)
            for one in page.items:
                row = (filters.moment(one.at_ms // 1000, seconds=True), one.actor, one.action, one.target, one.detail)
                rows.append(row)
                size += sum(len(cell.encode()) for cell in row)
            cursor = page.next
            if not cursor or size >= _EXPORTED_BYTES_MAX:
                break
        if cursor:
            following = urlencode({**_chosen(context), "cursor": cursor})
            rows.append((f"{_ENDED}{context.origin.issuer}{_PATH}/export?{following}",))
        return spreadsheets.download("audit-log.csv", _HEADER, rows, context.session.cookies)

    def _names(self, organisation: str, found: tuple[Entry, ...]) -> dict[str, str]:
        """Return what to call the targets and actors of these lines."""

        def targets(*nouns: str) -> frozenset[str]:
            return frozenset(one.target for one in found if one.target and one.action.startswith(nouns))

        members = frozenset(one.actor for one in found if one.actor) | targets("member.", "password.", "factor.")
        applications, clients = targets("application."), targets("keys.", "secret.")
        return self.directory.find_names(organisation, applications, clients, members)


def _chosen(context: StorePageContext) -> dict[str, str]:
    """Return the filters as they were typed."""
    return {name: context.query.get(name, "") for name in ("actor", "action", "from", "to")}


def _wanted(context: StorePageContext) -> Wanted:
    return audit.parse_wanted(*_chosen(context).values())
