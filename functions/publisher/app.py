"""Lambda entry point of the administration: logging, nothing else."""

from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import publisher
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
json_api = publisher.build(settings)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, show the public one."""
    deadlines.begin(context)
    try:
        return json_api.answer(requests.parse(event))
    except RefusalError as refusal:
        logs.log_refusal(logger, refusal.error, context)
        return refusal.response
    except Exception:
        logger.exception("failed", extra={"fields": {"request": getattr(context, "aws_request_id", "")}})
        return responses.server_error()
