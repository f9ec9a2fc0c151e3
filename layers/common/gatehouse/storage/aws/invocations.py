"""Calling one other function of this stack: Lambda's Invoke, signed, over a connection of its own."""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from gatehouse.domain.kernel import json_texts, json_values
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FAULTS, FetchedDocument, FetchError, Form
from gatehouse.domain.kernel.refusals import BusyError, InvalidInputError
from gatehouse.storage.aws import deadlines
from gatehouse.storage.aws.credentials import CredentialSource
from gatehouse.storage.aws.signatures import sign
from gatehouse.storage.aws.transport import RequestRefusedError, connect

_FETCH_SECONDS = 7.0
"""The fetcher's own deadline, and the time that it may need to start."""

_PUBLISH_SECONDS = 17.0
"""The time-out of the function `Publisher` in template.yaml, and the time that it may need to start."""


def _is_passing(status: int) -> bool:
    """Say whether Lambda could not start the function yet: its snapshot is made again after 14 days without a call.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    is_starting = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}
    return is_starting or status >= HTTPStatus.INTERNAL_SERVER_ERROR


class LambdaFunction:
    """One function, by its alias.

    Args:
        endpoint_url: Lambda's, or an emulator's.
        alias_arn: `arn:aws:lambda:<region>:<account>:function:<name>:<alias>`.
    """

    def __init__(self, endpoint_url: str, region: str, credentials: CredentialSource, alias_arn: str) -> None:
        """Connect to nothing yet."""
        self._endpoint_url = endpoint_url
        self._region = region
        self._credentials = credentials
        self._alias_arn = alias_arn

    def call(self, body: bytes, seconds: float) -> tuple[int, bytes]:
        """Return status and content of one call.

        Raises:
            OSError: It broke on the way, or took too long.
        """
        *_, name, alias = self._alias_arn.split(":")
        path, query = f"/2015-03-31/functions/{name}/invocations", f"Qualifier={alias}"
        connection, host = connect(self._endpoint_url, seconds)
        headers = sign("lambda", self._region, self._credentials(), host, body, resource=path, query=query)
        timeout = min(seconds, deadlines.ends_at() - time.monotonic())
        try:
            return connection.post(headers, body, timeout, f"{path}?{query}")
        finally:
            connection.close()


class FetcherFunction(LambdaFunction):
    """Implements `OutsideFetcher` by `functions/fetcher`."""

    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:  # noqa: ARG002 - of the port; limits count it
        """See `OutsideFetcher.fetch`."""
        posted = {} if form is None else {"form": form.body, "authorization": form.authorization}
        answer = self._invoke(url, {"url": url, "max_bytes": max_bytes, **posted})
        fault = answer.get("fault")
        if fault in FAULTS:
            raise FetchError(fault, url)
        if not isinstance(answer.get("body"), str):  # the function failed or timed out
            raise FetchError("unavailable", url)
        return FetchedDocument(body=answer["body"], max_age=answer.get("max_age"))

    def _invoke(self, url: str, event: Mapping[str, Any]) -> dict[str, Any]:
        try:
            status, content = self.call(json.dumps(event).encode(), _FETCH_SECONDS)
        except OSError as error:
            raise FetchError("unavailable", url) from error
        if status == HTTPStatus.TOO_MANY_REQUESTS or _is_passing(status):
            raise FetchError("unavailable", url)
        answer: Any = json.loads(content)
        if status != HTTPStatus.OK:
            raise RequestRefusedError(f"Invoke: {status} {answer}")
        return json_values.members(answer)


class PublishingFunction(LambdaFunction):
    """Implements `FunctionInvoker` by `functions/publisher`, whose concurrency may be reserved."""

    def invoke(self, event: Any) -> Any:
        """See `FunctionInvoker.invoke`."""
        try:
            status, content = self.call(json_texts.render(event), _PUBLISH_SECONDS)
        except OSError as error:
            raise TemporarilyUnavailableError(f"the publishing function: {error}") from error
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise BusyError("Too many documents are being read at this moment. Try again in a few seconds.")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise InvalidInputError("The request body is too large.")
        if _is_passing(status):
            raise TemporarilyUnavailableError(f"the publishing function: {status}")
        if status != HTTPStatus.OK:
            raise RequestRefusedError(f"Invoke: {status} {content[:200]!r}")
        return json_texts.parse(content)
