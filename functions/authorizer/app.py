"""Lambda entry point of the API Gateway authorizer: logging, nothing else."""

import gc

gc.disable()  # what imports make is no garbage: a tenth of the start was spent looking for it (docs/decisions/0266)

import time
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import authorizer
from gatehouse.endpoints.authorizer import Answer, UnauthorizedError
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
gate = authorizer.authorizer(settings)
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Answer one authorizer event; what is not answered is denied by API Gateway."""
    deadlines.begin(context)
    fields = {"request": getattr(context, "aws_request_id", "")}
    try:
        return gate.answer(event, int(time.time()))
    except UnauthorizedError as error:
        logger.info("refused", extra={"fields": {**fields, "reason": error.reason}})
        if error.answer is None:
            raise
        return error.answer
    except Exception:
        logger.exception("failed", extra={"fields": fields})
        raise
