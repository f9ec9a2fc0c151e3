"""The page after signing in: the first steps with their state, and the way to everything else."""

import msgspec

from gatehouse.domain.portal import first_steps
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/home"

router = PageRouter()


class HomePages(msgspec.Struct, frozen=True):
    """Shows the home of a developer."""

    portal: Portal

    @router.get(PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show it."""
        found = first_steps.find(self.portal, context.caller)
        done = found.done()
        current = next((name for name, is_done in done.items() if not is_done), "")
        publishes = "apim:api_publish" in context.caller.scopes
        return context.show("home", found=found, steps=done, current=current, publishes=publishes)

    @router.post(f"{PATH}/called")
    def post_called(self, context: StorePageContext) -> Response:
        """Tick the last step: the try-out console saw a call succeed, or the developer says so."""
        first_steps.mark_called(self.portal, context.caller, context.form.get("application", ""))
        return context.go(PATH, "saved")
