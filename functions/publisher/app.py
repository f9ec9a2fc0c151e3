"""Lambda entry point of publishing, requests and orders of the store alike: logging, nothing else."""

from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import publisher, tables
from gatehouse.endpoints import requests, responses
from gatehouse.endpoints.publisher import draft_orders
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
connected = tables.build(settings)
json_api = publisher.build(settings, connected)
desk = publisher.desk(settings, connected)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event, or one order: log the private reason, show the public one."""
    deadlines.begin(context)
    try:
        order = draft_orders.find_order(event)
        return json_api.answer(requests.parse(event)) if order is None else desk.answer(order)
    except RefusalError as refusal:
        logs.log_refusal(logger, refusal.error, context)
        return refusal.response
    except Exception:
        logger.exception("failed", extra={"fields": {"request": getattr(context, "aws_request_id", "")}})
        return responses.server_error()
