"""The page that imports members from a table."""

import msgspec

from gatehouse.domain.kernel import text_files
from gatehouse.domain.portal import known_roles, member_import
from gatehouse.domain.portal.member_import import ImportResult
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

_PATH = "/store/admin/import"

router = PageRouter(scope=SCOPE)


class MemberImportPages(msgspec.Struct, frozen=True):
    """Shows the form, takes the table, and shows what became of it."""

    portal: Portal
    members: MemberStore

    @router.get(_PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show the form; with the table to correct, unless it is no text."""
        try:
            return self._show(context, text_files.decode(_table(context)))
        except UnicodeDecodeError:
            return self._show(context, "")

    @router.post(_PATH, again=get, takes_files=True, text_of_file="table")
    def post(self, context: StorePageContext) -> Response:
        """Import the file, or what was typed where there is none."""
        result = member_import.run(
            self.members,
            context.caller,
            member_import.parse_table(_table(context)),
            known_roles.find(self.portal.directory.find_shown_apis(context.caller.organisation)),
            context.origin.issuer_of(context.caller.organisation),
            may_create_roles="createRoles" in context.form,
        )
        left = member_import.render(result.columns, result.wrong) if result.wrong else ""
        return self._show(context, left, result)

    def _show(self, context: StorePageContext, content: str, result: ImportResult | None = None) -> Response:
        return context.show(
            "admin_import",
            result=result,
            content=content,
            columns=member_import.COLUMNS,
            rows_max=member_import.ROWS_MAX,
            may_create="createRoles" in context.form,
        )


def _table(context: StorePageContext) -> bytes:
    return context.files.get("file", b"") or context.form.get("table", "").encode()
