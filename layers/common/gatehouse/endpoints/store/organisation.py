"""Pages of the organisation: its key and username form, and the statistics of its applications."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from gatehouse.domain.kernel.paging import OFFERED_MAX, Window
from gatehouse.domain.kernel.refusals import NotFoundError
from gatehouse.domain.portal import applications, statistics, usage
from gatehouse.domain.portal.services import Portal, find_subscribed
from gatehouse.domain.portal.statistics import DayCount
from gatehouse.domain.portal.usage import DAYS, ApiCalls, UsageReader
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

_TOP = 10

router = PageRouter()


class OrganisationPages(msgspec.Struct, frozen=True):
    """Shows what concerns the whole organisation."""

    portal: Portal
    reader: UsageReader | None

    @router.get("/store/organisation")
    def get(self, context: StorePageContext) -> Response:
        """Show the organisation, and the caller's account in it."""
        organisation = self.portal.directory.find_organisation_now(context.caller.organisation)
        if organisation is None:
            raise NotFoundError("The organisation is gone.")
        return context.show("organisation", organisation=organisation)

    @router.get("/store/statistics")
    def get_statistics(self, context: StorePageContext) -> Response:
        """Show tokens per day by grant, and the applications' users: the caller's, for administrators everybody's.

        Calls of one application are shown where the deployment reads usage.
        """
        caller, store = context.caller, self.portal.statistics
        days = statistics.last_days(caller.now, Fields(context.query).number("days") or statistics.DAYS_DEFAULT)
        chosen = context.query.get("application", "")
        application = applications.find_visible(self.portal.applications, caller, chosen) if chosen else None
        by_day: tuple[DayCount, ...] = ()
        if application:
            counts = store.find_application_counts(caller.organisation, (application.application_id,))
            by_day = store.find_day_counts(caller.organisation, days, application.application_id)
        elif caller.is_admin:
            counts = store.find_top_applications(caller.organisation, _TOP)
            by_day = store.find_day_counts(caller.organisation, days)
        else:
            own = applications.find_page(self.portal.applications, caller, Window(limit=OFFERED_MAX)).items
            found = store.find_application_counts(caller.organisation, tuple(one.application_id for one in own))
            counts = sorted(found, key=lambda one: -one.tokens)
        tokens = {(one.day, one.grant_type): one.tokens for one in by_day}
        called: tuple[ApiCalls, ...] = ()
        if application and self.reader:
            days = days[-DAYS[-1] :]
            subscribed = find_subscribed(self.portal, application)
            called = usage.find_of_application(self.reader, application, subscribed, days)
        calls = _by_day(called, days)
        return context.show(
            "statistics",
            days=days,
            grants=sorted({one.grant_type for one in by_day}),
            tokens=tokens,
            highest=_highest(tokens),
            counts=counts,
            application=application,
            called=called,
            calls=calls,
            most_calls=_highest(calls),
            reads_usage=self.reader is not None,
        )


def _by_day(called: tuple[ApiCalls, ...], days: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """Return the calls by day and API; other organisations may publish an API of the same name and version."""
    found: Counter[tuple[str, str]] = Counter()
    for one in called:
        found.update({(day, one.title): count for day, count in zip(days, one.days, strict=False) if count})
    return dict(found)


def _highest(counts: Mapping[tuple[str, str], int]) -> int:
    """Return the most of one day."""
    by_day: Counter[str] = Counter()
    for (day, _), count in counts.items():
        by_day[day] += count
    return max(by_day.values(), default=0)
