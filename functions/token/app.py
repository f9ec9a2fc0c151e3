"""Lambda entry point of the OAuth endpoints: logging and error rendering, nothing else."""

import gc

gc.disable()  # what imports make is no garbage: a tenth of the start was spent looking for it (docs/decisions/0266)

from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import token
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.endpoints import cors, requests, responses
from gatehouse.endpoints.responses import Response
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
router = token.router(settings)
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, answer with the public one, to scripts of any origin."""
    deadlines.begin(context)
    return cors.allow(_answer(event, context))


def _answer(event: dict[str, Any], context: object) -> Response:
    try:
        return router.answer(requests.parse(event))
    except OAuthError as error:
        logs.log_refusal(logger, error, context)
        return responses.oauth_error(error)
    except Exception:
        logger.exception("failed", extra={"fields": {"request": getattr(context, "aws_request_id", "")}})
        return responses.server_error()
