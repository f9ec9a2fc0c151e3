"""The publisher API on moto, called with API Gateway's events and real tokens."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import publisher as bootstrap
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.refusals import answered
from tests.unit import described
from tests.unit.endpoints import access

BASE = "/api/am/publisher/v1"


@dataclass
class Publisher:
    """Somebody with a token of these scopes."""

    api: JsonApi
    tables: Tables

    def call(
        self, method: str, path: str, body: Any = None, *, scope: str = "apim:api_publish", **headers: str
    ) -> Answer:
        return self.send(method, path, None if body is None else json.dumps(body), scope=scope, **headers)

    def send(
        self, method: str, path: str, text: str | None, *, scope: str = "apim:api_publish", **headers: str
    ) -> Answer:
        """Send a body as it is written."""
        sent_headers = {"authorization": f"Bearer {self.token(scope)}", **headers}
        event = http_events.http(method, BASE + path, headers=sent_headers, body=text or "")
        response: Any = answered(self.api.answer, requests.parse(event))
        described.check(self.api, method, BASE + path.partition("?")[0], response)
        return Answer.of(response)

    def token(self, scope: str, *, is_application: bool = False) -> str:
        """Store a grant of John's, as the sign-in pages would, or one of the application itself."""
        user = None if is_application else factories.user()
        return access.grant(self.tables, user, frozenset(scope.split()), client_id=factories.CLIENT_ID)


@pytest.fixture
def publisher(tables: Tables, writer: DirectoryWriter) -> Publisher:
    writer.save_organisation(factories.organisation())
    writer.add_user(factories.user(roles=frozenset({"publisher"})))
    writer.save_application(factories.application())
    writer.save_client(factories.client())
    return Publisher(bootstrap.build(factories.settings(), roles.acting_as(tables, "Publisher")), tables)
