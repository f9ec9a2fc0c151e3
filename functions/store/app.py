"""Lambda entry point of the API Store: its pages and its JSON APIs; logging, nothing else."""

import gc

gc.disable()  # see functions/token/app.py

from pathlib import Path
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import store
from gatehouse.endpoints import requests
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
built = store.Store(settings)
site = built.site(StorePages(Path(__file__).parent))
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, show the public one."""
    deadlines.begin(context)
    try:
        request = requests.parse(event)
        return built.answer(request, event) or site.answer(request)
    except RefusalError as refusal:
        logs.log_refusal(logger, refusal.error, context)
        return refusal.response
    except Exception:
        logger.exception("failed", extra={"fields": {"request": getattr(context, "aws_request_id", "")}})
        return site.failure(event)
