"""The publishing function in this process: everything passes as JSON, under the role of the function."""

import json
from typing import Any

from gatehouse.bootstrap import publisher
from gatehouse.domain.kernel import json_texts
from gatehouse.domain.kernel.refusals import BusyError
from gatehouse.endpoints import requests
from gatehouse.endpoints.publisher import draft_orders
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.refusals import answered


class PublishingInProcess:
    """Implements `FunctionInvoker`.

    Attributes:
        is_busy: Whether as many documents are being read as may be.
        events: What it was invoked with.
        raises: What invoking raises instead of an answer; None if it works.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        acting = roles.acting_as(tables, "Publisher")
        self._json_api = publisher.build(factories.settings(), acting)
        self._desk = publisher.desk(factories.settings(), acting)
        self.is_busy = False
        self.events: list[Any] = []
        self.raises: Exception | None = None

    def invoke(self, event: Any) -> Any:
        self.events.append(event)
        if self.is_busy:
            raise BusyError("Too many documents are being read at this moment. Try again in a few seconds.")
        if self.raises is not None:
            raise self.raises
        received: Any = json.loads(json_texts.render(event))
        order = draft_orders.find_order(received)
        if order is not None:
            return json.loads(json_texts.render(self._desk.answer(order)))
        answer: Any = answered(self._json_api.answer, requests.parse(received))
        return json.loads(json_texts.render(answer))
