"""Lambda entry point of the fetcher: everything that is fetched from outside, by a role that may do nothing else.

It is called by functions of this stack only, as `{"url": …, "max_bytes": …}`, and answers `{"body": …, "max_age": …}`
or `{"fault": …}`. With `form` and `authorization` it posts a form instead; the answer may then be a refusal in JSON.
"""

from typing import Any

import addresses
from https import LoopbackHosts, OutsideClient

from gatehouse import logs
from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.fetching import FetchError, Form
from gatehouse.settings import Settings

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
client = OutsideClient(
    addresses.is_public,
    frozenset(outside_urls.host(one) for one in settings.own_urls),
    LoopbackHosts.parse(settings.fetcher_test_hosts, settings.fetcher_test_authority),
)


@logs.logs_failures(logger)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Fetch one document."""
    url: str = event["url"]
    form = Form(body=event["form"], authorization=event.get("authorization", "")) if "form" in event else None
    try:
        document = client.fetch(url, int(event["max_bytes"]), form)
    except FetchError as error:
        logger.info("refused", extra={"fields": {"error": error.fault, "reason": str(error)}})
        return {"fault": error.fault}
    logger.debug("fetched", extra={"fields": {"host": outside_urls.host(url), "characters": len(document.body)}})
    return {"body": document.body, "max_age": document.max_age}
