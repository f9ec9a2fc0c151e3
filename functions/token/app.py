"""Lambda entry point of the OAuth endpoints: logging and error rendering, nothing else."""

from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import token
from gatehouse.domain.errors import OAuthError, TemporarilyUnavailableError
from gatehouse.endpoints import cors, requests, responses
from gatehouse.endpoints.responses import Response
from gatehouse.settings import Settings
from gatehouse.storage import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
router = token.router(settings)


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, answer with the public one, to scripts of any origin."""
    deadlines.begin(context)
    return cors.allow(_answer(event, context))


def _answer(event: dict[str, Any], context: object) -> Response:
    request_id = getattr(context, "aws_request_id", "")
    try:
        return router.answer(requests.parse(event))
    except OAuthError as error:
        fields = {"error": error.code, "reason": error.reason, "request": request_id}
        if isinstance(error, TemporarilyUnavailableError):
            logger.error("failed", extra={"fields": fields})  # noqa: TRY400 - throttling has no trace worth reading
        else:
            logger.info("refused", extra={"fields": fields})
        return responses.oauth_error(error)
    except Exception:
        logger.exception("failed", extra={"fields": {"request": request_id}})
        return responses.server_error()
