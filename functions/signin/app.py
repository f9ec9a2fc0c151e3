"""Lambda entry point of sign-in and its pages: logging and error rendering, nothing else."""

from pathlib import Path
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import signin
from gatehouse.domain.errors import OAuthError, TemporarilyUnavailableError
from gatehouse.endpoints import requests
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin.pages import Pages
from gatehouse.settings import Settings
from gatehouse.storage import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
pages = Pages(Path(__file__).parent)
router = signin.router(settings, pages)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, show the public one."""
    deadlines.begin(context)
    request_id = getattr(context, "aws_request_id", "")
    try:
        return router.answer(requests.parse(event))
    except OAuthError as error:
        fields = {"error": error.code, "reason": error.reason, "request": request_id}
        if isinstance(error, TemporarilyUnavailableError):
            logger.error("failed", extra={"fields": fields})  # noqa: TRY400 - throttling has no trace worth reading
        else:
            logger.info("refused", extra={"fields": fields})
        return pages.error(error)
    except Exception:
        logger.exception("failed", extra={"fields": {"request": request_id}})
        return pages.failure()
