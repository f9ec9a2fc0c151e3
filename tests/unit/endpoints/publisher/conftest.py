"""The publisher API on moto, called with API Gateway's events and real tokens."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import publisher as bootstrap
from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import tokens
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests import factories, http_events, roles
from tests.answers import Answer
from tests.factories import NOW
from tests.refusals import answered
from tests.unit import described

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
        grant_id, secret = digests.generate_id(), tokens.generate_secret()
        scopes = frozenset(scope.split())
        status_id = None if is_application else factories.status_id("johnsorg", "user-john")
        DynamoDBGrants(self.tables).add_grant(
            tokens.Grant(
                grant_id=grant_id,
                organisation="johnsorg",
                client_id=factories.CLIENT_ID,
                application_id="app-1",
                key_type="PRODUCTION",
                grant_type="client_credentials" if is_application else "authorization_code",
                user_id=None if is_application else "user-john",
                username=None if is_application else "john@gmail.com",
                status_id=status_id,
                generation=None if is_application else "of the user",
                client_generation="of the client",
                credential_generation="of its credentials",
                organisation_generation="of the organisation",
                scopes=scopes,
                issued_at_ms=NOW * 1000,
                access_digest=digests.digest(secret),
                access_scopes=scopes,
                access_expires_at=NOW + 3600,
                ends_at=NOW + 3600,
                expires_at=NOW + 3600,
            )
        )
        return tokens.render_access(grant_id, status_id, secret)


@pytest.fixture
def publisher(tables: Tables, writer: DirectoryWriter) -> Publisher:
    writer.save_organisation(factories.organisation())
    writer.add_user(factories.user(roles=frozenset({"publisher"})))
    writer.save_application(factories.application())
    writer.save_client(factories.client())
    return Publisher(bootstrap.build(factories.settings(), roles.acting_as(tables, "Publisher")), tables)
