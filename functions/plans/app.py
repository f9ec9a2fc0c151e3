"""Lambda entry point of the usage plans: it follows the directory's stream, and repairs everything when told to."""

from typing import Any

from gateway import ApiGatewayPlans

from gatehouse import logs
from gatehouse.bootstrap import plans
from gatehouse.domain.apis.usage_plans import PlanQuotaError, PlanRegionError
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.portal.usage_plan_sync import ApplicationChange, UsagePlanSync
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines
from gatehouse.storage.usage_plan_sync import parse_change

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
_NAMED = 10


class RepairIncompleteError(Exception):
    """Steps of a repair failed; each has a line of its own in the log."""


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Follow each record; Lambda brings back the batch from the first that failed.

    A full quota and a region that is out of reach wait for a repair.
    """
    deadlines.begin(context)
    names = plans.names(settings)
    regions: dict[str, ApiGatewayPlans] = {}
    sync = plans.sync(settings, lambda region: regions.setdefault(region, ApiGatewayPlans(region, names.prefix)))
    if event.get("action") == "repair":
        return repair(sync)
    for record in event["Records"]:
        try:
            change = parse_change(record)
            if isinstance(change, ApplicationChange):
                sync.settle_application(change)
            elif change is not None:
                sync.settle_stage(change)
        except (PlanQuotaError, PlanRegionError):  # every repetition would fail, and hold up the records behind
            logger.exception("failed", extra={"fields": {"event": record["eventID"]}})
        except Exception:
            logger.exception("failed", extra={"fields": {"event": record["eventID"]}})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def repair(sync: UsagePlanSync) -> dict[str, Any]:
    """Go through everything; what fails is logged, and leaves the rest to be repaired.

    Raises:
        RepairIncompleteError: Something failed, so that an alarm tells.
        TemporarilyUnavailableError: No time is left, or the tables are out of reach.
    """
    failed: list[str] = []
    for name, run in sync.repairs():
        try:
            run()
        except TemporarilyUnavailableError:
            raise
        except Exception:
            logger.exception("failed", extra={"fields": {"repair": name}})
            failed.append(name)
    if failed:
        raise RepairIncompleteError(f"{len(failed)} steps failed, {', '.join(failed[:_NAMED])} among them")
    return {}
