"""Lambda entry point of the usage plans: it follows the directory's stream, and repairs everything when told to."""

from typing import Any

from gateway import ApiGatewayPlans

from gatehouse import logs
from gatehouse.bootstrap import plans
from gatehouse.domain.portal.enforcement import ApplicationChange
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines
from gatehouse.storage.enforcement import parse_change

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Follow each record; Lambda brings back the batch from the first that failed."""
    deadlines.begin(context)
    names = plans.names(settings)
    regions: dict[str, ApiGatewayPlans] = {}
    enforcement = plans.enforcement(
        settings, lambda region: regions.setdefault(region, ApiGatewayPlans(region, names.prefix))
    )
    if event.get("action") == "repair":
        enforcement.repair()
        return {}
    for record in event["Records"]:
        change = parse_change(record)
        try:
            if isinstance(change, ApplicationChange):
                enforcement.settle_application(change)
            elif change is not None:
                enforcement.settle_stage(change)
        except Exception:
            logger.exception("failed", extra={"fields": {"event": record["eventID"]}})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
