"""Lambda entry point of sign-in and its pages: logging and error rendering, nothing else."""

import gc

gc.disable()  # see functions/token/app.py

from pathlib import Path
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import signin
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.endpoints import requests
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin.page_context import RedirectError
from gatehouse.endpoints.signin.pages import SignInPages, redirect
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
pages = SignInPages(Path(__file__).parent)
router = signin.router(settings, pages)
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], context: object) -> Response:
    """Answer one HTTP API event: log the private reason, show the public one."""
    deadlines.begin(context)
    try:
        return router.answer(requests.parse(event))
    except RedirectError as needed:
        return redirect(needed.location, needed.cookies)
    except RefusalError as refusal:
        logs.log_refusal(logger, refusal.error, context)
        return refusal.response
    except OAuthError as error:
        logs.log_refusal(logger, error, context)
        return pages.error(error)
    except Exception:
        logger.exception("failed", extra={"fields": {"request": getattr(context, "aws_request_id", "")}})
        return pages.failure()
