"""The handler of `functions/admin`, which is given the most expensive documents that can be published.

Each was found by trying what its part of the code does per value, route, scope and reference, up to its limits:
`worst` puts together what does not exclude each other.
"""

import json
import random
import time
from collections.abc import Mapping
from typing import Any

from bench.subjects import events, protocol
from bench.subjects.gatehouse import Handler, handler
from gatehouse.bootstrap import tables
from gatehouse.domain import openapi, tokens
from gatehouse.domain.apis import Application
from gatehouse.domain.clients import Client
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.users import User
from gatehouse.endpoints.admin import documents
from gatehouse.settings import Settings
from gatehouse.storage import restrictions
from gatehouse.storage.grants import Grants
from gatehouse.storage.registry import Registry

ORGANISATION = "johnsorg"
_API_ID, _USER, _CLIENT, _SCOPE = "worst", "c6af9ac67b6111e69a41", "wU62DjlyDBnq87GlBwplfqvmAbAa", "manage"
_LIFETIME_SECONDS = 86_400
_INCOMPRESSIBLE_CHARACTERS = 1_250_000


def fill() -> str:
    """Store an organisation that restricts a scope, and an administrator; return the access token."""
    connected = tables.build(Settings.from_environment())
    registry = Registry(connected)
    registry.save_organisation(Organisation(key=ORGANISATION, name="Johns Org"))
    roles = frozenset({"admin", "publisher"})
    registry.save_user(User(organisation=ORGANISATION, user_id=_USER, username="john", password_hash="", roles=roles))
    application = {"organisation": ORGANISATION, "application_id": "app-1"}
    registry.save_application(Application(**application, name="Store", owner_id=_USER))
    registry.save_client(
        Client(
            **application,
            client_id=_CLIENT,
            key_type="PRODUCTION",
            grant_types=frozenset(),
            authentication_methods=frozenset(),
        )
    )
    bound = restrictions.change_scope(connected, ORGANISATION, _SCOPE, None, frozenset({"manager"}))
    connected.transact([bound])
    registry.save_api(openapi.parse(before(), organisation=ORGANISATION, api_id=_API_ID))
    now = int(time.time())
    scopes = frozenset({"apim:api_publish"})
    grant_id, secret = tokens.generate_id(), tokens.generate_secret()
    Grants(connected).add_grant(
        tokens.Grant(
            grant_id=grant_id,
            **application,
            client_id=_CLIENT,
            key_type="PRODUCTION",
            grant_type="authorization_code",
            user_id=_USER,
            username="john",
            scopes=scopes,
            issued_at_ms=now * 1000,
            access_digest=tokens.digest(secret),
            access_scopes=scopes,
            access_expires_at=now + _LIFETIME_SECONDS,
            ends_at=now + _LIFETIME_SECONDS,
            expires_at=now + _LIFETIME_SECONDS,
        )
    )
    return tokens.render_access(grant_id, secret)


def operation(scope: str) -> dict[str, Any]:
    """Return the smallest operation that a scope opens."""
    return {"get": {"security": [{"gatehouse": [scope]}], "responses": {"200": {"description": ""}}}}


def document(paths: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document."""
    return {"openapi": "3.1.0", "info": {"title": "Worst", "version": "1"}, "paths": paths, **more}


def before() -> dict[str, Any]:
    """Return a document of as many restricted routes as an API has."""
    return document({f"/a{number}/{{x}}": operation(_SCOPE) for number in range(openapi.RESOURCES_MAX)})


def entangled() -> dict[str, Any]:
    """Return paths of which each takes calls of every route before, and whose patterns meet each other."""
    return {
        f"/{{x}}/{'/'.join(f'{{a{depth}}}' for depth in range(number % 30))}/b{number}".replace("//", "/"): operation(
            "t"
        )
        for number in range(openapi.RESOURCES_MAX)
    }


def references() -> dict[str, Any]:
    """Return a chain of as many references as there are values to spare."""
    count = (documents.VALUES_MAX - 17 * openapi.RESOURCES_MAX) // 4
    chain = [{"$ref": f"#/components/schemas/S/allOf/{number + 1}"} for number in range(count)]
    return {"components": {"schemas": {"S": {"allOf": [*chain, {}]}}}}


def text() -> dict[str, Any]:
    """Return a text that takes long to compress, and hardly fits when it is."""
    return {"x-text": "".join(random.Random(1).choices("ab", k=_INCOMPRESSIBLE_CHARACTERS))}  # noqa: S311


def worst() -> dict[str, Any]:
    """Return everything at once."""
    return document(entangled(), **references(), **text())


def yaml() -> str:
    """Return as many values of YAML as are read, which are slow numbers, with the entangled routes."""
    numbers = documents.YAML_VALUES_MAX - 20 * openapi.RESOURCES_MAX
    return json.dumps(document(entangled()))[:-1].replace('"openapi"', "openapi") + f", x-a: [{'1.5,' * numbers}]}}"


class Publisher:
    """Publishes one API over and over."""

    def __init__(self, admin: Handler, token: str) -> None:
        """Keep the handler and the token."""
        self._admin, self._token = admin, token

    def put(self, found: dict[str, Any] | str, confirmation: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Publish a document."""
        event = events.post(f"/api/am/admin/v1/apis/{_API_ID}", {}, "", "")
        event["headers"] |= {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        event["requestContext"]["http"]["method"] = "PUT"
        sent = {"document": found, **({"confirmation": confirmation} if confirmation else {})}
        answer = self._admin({**event, "body": json.dumps(sent), "isBase64Encoded": False}, None)
        return answer["statusCode"], json.loads(answer["body"])

    def confirm(self, found: dict[str, Any] | str) -> dict[str, Any] | None:
        """Publish it, or return what confirms it."""
        status, answer = self.put(found)
        if status not in {200, 409}:
            raise RuntimeError(f"{status} {answer}")
        return None if status == 200 else answer["confirmation"]

    def replace(self, found: dict[str, Any] | str) -> protocol.Excluded:
        """Publish a document over the restricted routes; what brings these back does not count."""
        started = time.process_time()
        old = before()
        confirmation = self.confirm(old)
        if confirmation:
            self.put(old, confirmation)
        confirmation = self.confirm(found)
        spent = time.process_time() - started
        status, answer = self.put(found, confirmation)
        if status != 200:
            raise RuntimeError(f"{status} {answer}")
        return protocol.Excluded(spent)


def scenarios() -> dict[str, protocol.Scenario]:
    """Return each document that is published."""
    publisher = Publisher(handler("admin"), fill())
    found: dict[str, dict[str, Any] | str] = {
        "entangled routes": document(entangled()),
        "a chain of references": document(before()["paths"], **references()),
        "text that hardly compresses": document(before()["paths"], **text()),
        "YAML": yaml(),
        "all of it": worst(),
    }
    return {name: lambda one=one: publisher.replace(one) for name, one in found.items()}


if __name__ == "__main__":
    protocol.serve(scenarios())
