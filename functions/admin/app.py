"""Lambda entry point of the administration: logging, nothing else."""

from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import admin
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.responses import Response
from gatehouse.settings import Settings
from gatehouse.storage import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
json_api = admin.admin(settings)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event."""
    deadlines.begin(context)
    request_id = getattr(context, "aws_request_id", "")
    try:
        answer = json_api.answer(requests.parse(event))
    except Exception:
        logger.exception("failed", extra={"fields": {"request": request_id}})
        return responses.server_error()
    if answer["statusCode"] in responses.OUTAGES:
        logger.error("failed", extra={"fields": {"status": answer["statusCode"], "request": request_id}})
    return answer
