"""The page of an API's usage: charts with a table behind them."""

import msgspec

from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import usage
from gatehouse.domain.portal.services import Portal
from gatehouse.domain.portal.usage import DAYS, StageUsage, UsageReader
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

router = PageRouter(scope=SCOPE)


class UsagePages(msgspec.Struct, frozen=True):
    """Shows usage; without a reader, how an operator turns it on."""

    portal: Portal
    reader: UsageReader | None

    @router.get("/store/admin/apis/{apiId}/usage")
    def get(self, context: StorePageContext) -> Response:
        """Show how an API was used in the last days."""
        api = self.portal.directory.find_shown_api(context.caller.organisation, context.path["apiId"])
        if api is None:
            raise NotFoundError("There is no API of that id.")
        count = Fields(context.query).number("days")
        days = usage.last_days(context.caller.now, DAYS[0] if count is None else count)
        found = usage.find(self.reader, api, days) if self.reader else ()
        return context.show(
            "admin_usage",
            api=api,
            days=days,
            periods=DAYS,
            stages=found,
            is_on=self.reader is not None,
            names=self._names(context, found),
        )

    def _names(self, context: StorePageContext, found: tuple[StageUsage, ...]) -> dict[str, str]:
        """Return the names of the organisation's own applications; another one's are not known to it."""
        organisation = context.caller.organisation
        ids = frozenset(
            one.application_id for stage in found for one in stage.applications if one.organisation == organisation
        )
        nothing = frozenset[str]()
        return self.portal.directory.find_names(organisation, ids, nothing, nothing) if ids else {}
