"""Lambda entry point of the errands: what the sign-in pages left in the table's stream."""

import time
from typing import Any

from mailer import SesMailer

from gatehouse import logs
from gatehouse.bootstrap import errands
from gatehouse.settings import Settings
from gatehouse.storage import deadlines
from gatehouse.storage.links import parse_errand

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
correspondence = errands.correspondence(settings, SesMailer(settings.mail_from))


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run each errand; Lambda brings back those that failed."""
    deadlines.begin(context)
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        errand = parse_errand(record["dynamodb"]["NewImage"]) if record["eventName"] == "INSERT" else None
        if errand is None:
            continue
        try:
            correspondence.run(errand, time.time_ns() // 1_000_000)
            logger.info("done", extra={"fields": {"errand": errand.errand_id, "kind": errand.kind}})
        except Exception:
            logger.exception("failed", extra={"fields": {"errand": errand.errand_id, "kind": errand.kind}})
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break  # a stream goes on from the first failure
    return {"batchItemFailures": failures}
