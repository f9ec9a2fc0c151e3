"""Lambda entry point of the API Store: its pages and its JSON APIs; logging, nothing else."""

from pathlib import Path
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import store, tables
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.pages import Pages
from gatehouse.settings import Settings
from gatehouse.storage import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
connected = tables.build(settings)
built = store.store(settings, connected)
site = built.site(Pages(Path(__file__).parent), connected)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event."""
    deadlines.begin(context)
    request_id = getattr(context, "aws_request_id", "")
    try:
        request = requests.parse(event)
        answer = built.answer(request) or site.answer(request)
    except Exception:
        logger.exception("failed", extra={"fields": {"request": request_id}})
        return responses.server_error()
    if answer["statusCode"] in responses.OUTAGES:
        logger.error("failed", extra={"fields": {"status": answer["statusCode"], "request": request_id}})
    return answer
