"""The page of clients that registered themselves, for administrators."""

import msgspec

from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.oauth.registered_clients import RegisteredClientStore
from gatehouse.domain.portal import registered_client_administration as administration
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.admin.registered_clients import state
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/admin/clients"

router = PageRouter(scope=SCOPE)


class RegisteredClientPages(msgspec.Struct, frozen=True):
    """Shows registered clients, and takes what is decided about them."""

    store: RegisteredClientStore

    @router.get(PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show them."""
        page = administration.find_page(self.store, context.caller, bodies.window(context.query))
        shown = [(one, registered_clients.title(one), state(one)) for one in page.items]
        return context.show("admin_clients", page=page, shown=shown)

    @router.post(f"{PATH}/{{clientId}}")
    def post(self, context: StorePageContext) -> Response:
        """Block, let in, revoke or delete one, as the pressed button says."""
        action, client_id = context.form.get("action", ""), context.path["clientId"]
        if action in {"block", "unblock"}:
            administration.block(self.store, context.caller, client_id, is_blocked=action == "block")
        elif action == "revoke":
            administration.revoke(self.store, context.caller, client_id)
        elif action == "delete":
            administration.delete(self.store, context.caller, client_id)
        else:
            raise NotFoundError("There is no such action.")
        return context.go(PATH, "deleted" if action == "delete" else "saved")
