"""Tell an HTTP API's functions who called, when, by which name, and with which cookies (payload format 2.0).

MiniStack writes 127.0.0.1, the time at which it got around to the request, and its own host name, and leaves the
cookies among the headers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from typing import Any

from local.emulator.inbound import CURRENT, Inbound
from local.emulator.patching import AnyCallable, Document, Emulator, around


def amend(event: Document, inbound: Inbound) -> None:
    """Write what only the front knows into an event of payload format 2.0."""
    context = event["requestContext"]
    context["domainName"] = inbound.domain_name
    context["domainPrefix"] = inbound.domain_name.partition(".")[0]
    context["http"]["sourceIp"] = inbound.client_address
    context["timeEpoch"] = inbound.arrived_at_ms
    if inbound.cookies:
        event["cookies"] = inbound.cookies
        event["headers"].pop("cookie", None)


def install(emulator: Emulator) -> None:
    """Close the gap."""

    @around(emulator.http_api, "run_reentrant")
    async def run_with_caller(
        original: AnyCallable, run: AnyCallable, record: Any, event: Document, **named: Any
    ) -> Any:
        inbound = CURRENT.get()
        if inbound and event.get("version") == "2.0":
            amend(event, inbound)
        return await original(run, record, event, **named)
