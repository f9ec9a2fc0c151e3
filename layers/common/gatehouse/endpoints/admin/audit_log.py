"""The audit log, and the statistics of the whole organisation."""

from typing import Any

import msgspec

from gatehouse.domain.kernel.audit import AuditReader, Entry, parse_wanted
from gatehouse.domain.portal import statistics
from gatehouse.domain.portal.statistics import StatisticsStore
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

_TOP = 10
_FILTERS = ("actor", "action", "from", "to")

router = OperationRouter(scopes=ADMIN)


class AuditLogApi(msgspec.Struct, frozen=True):
    """Answers about what was done, and how much."""

    audit: AuditReader
    statistics: StatisticsStore

    @router.get("/audit", gives="AuditEntryList", query=(*_FILTERS, *PAGING))
    def find_audit(self, call: ApiCall) -> Answer:
        """List the audit log.

        Newest entries first.
        """
        given = {name: call.query[name] for name in _FILTERS if call.query.get(name)}
        wanted = parse_wanted(*(given.get(name, "") for name in _FILTERS))
        page = self.audit.find_entries(call.caller.organisation, call.window, wanted)
        return Answer(listings.paged("/audit", page.map(_entry), given))

    @router.get("/statistics", gives="OrganisationStatistics", query=("days",))
    def find_statistics(self, call: ApiCall) -> Answer:
        """Show tokens per day by grant, and the top applications."""
        caller, store = call.caller, self.statistics
        days = statistics.last_days(caller.now, bodies.Fields(call.query).number("days") or statistics.DAYS_DEFAULT)
        return Answer(
            {
                "days": rendering.day_counts(store.find_day_counts(caller.organisation, days)),
                "topApplications": [
                    rendering.application_count(one) for one in store.find_top_applications(caller.organisation, _TOP)
                ],
            }
        )


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "time": str(entry.at_ms),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
    }
