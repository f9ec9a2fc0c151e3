"""Lambda entry point of the jobs: what the sign-in pages left in the table's stream."""

import time
from pathlib import Path
from typing import Any

from mailer import SesMailer
from rendering import HtmlMails

from gatehouse import logs
from gatehouse.bootstrap import jobs
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines
from gatehouse.storage.jobs import parse_job

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
sender = jobs.mail_sender(settings, SesMailer(settings.mail_from, HtmlMails(Path(__file__).parent).render))


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Run each job; Lambda brings back those that failed."""
    deadlines.begin(context)
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        about: dict[str, Any] = {"event": record["eventID"]}
        try:
            job = parse_job(record["dynamodb"]["NewImage"]) if record["eventName"] == "INSERT" else None
            if job is None:
                continue
            about = {"job": job.job_id, "kind": job.kind}
            sender.run(job, time.time_ns() // 1_000_000)
            logger.info("done", extra={"fields": about})
        except Exception:
            logger.exception("failed", extra={"fields": about})
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break  # a stream goes on from the first failure
    return {"batchItemFailures": failures}
