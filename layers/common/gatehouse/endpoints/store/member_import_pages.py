"""The page that imports members from a table."""

import msgspec

from gatehouse.domain.kernel import text_files
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.domain.portal import known_roles, member_import
from gatehouse.domain.portal.member_import import ImportResult
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import Renderer, StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

_PATH = "/store/admin/import"

router = PageRouter(scope=SCOPE)


class MemberImportPages(msgspec.Struct, frozen=True):
    """Shows the form, takes the table, and shows what became of it."""

    portal: Portal
    members: MemberStore
    renderer: Renderer

    @router.get(_PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show the form."""
        return self._show(context)

    @router.post(_PATH, takes_files=True, text_of_file="table")
    def post(self, context: StorePageContext) -> Response:
        """Import the file, or what was typed where there is none."""
        content = context.files.get("file", b"") or context.form.get("table", "").encode()
        try:
            table = member_import.parse_table(content)
            result = member_import.run(
                self.members,
                context.caller,
                table,
                known_roles.find(self.portal.directory.find_shown_apis(context.caller.organisation)),
                context.origin.issuer_of(context.caller.organisation),
                may_create_roles="createRoles" in context.form,
            )
        except PortalError as error:
            return self._show(context, error, content=_shown(content))
        left = member_import.render(result.columns, result.wrong) if result.wrong else ""
        return self._show(context, result=result, content=left)

    def _show(
        self,
        context: StorePageContext,
        error: PortalError | None = None,
        result: ImportResult | None = None,
        content: str = "",
    ) -> Response:
        return self.renderer.show(
            context,
            "admin_import",
            error=error,
            result=result,
            content=content,
            columns=member_import.COLUMNS,
            rows_max=member_import.ROWS_MAX,
            may_create="createRoles" in context.form,
        )


def _shown(content: bytes) -> str:
    """Return the table to be corrected in its field; what is no text is not shown."""
    try:
        return text_files.decode(content)
    except UnicodeDecodeError:
        return ""
