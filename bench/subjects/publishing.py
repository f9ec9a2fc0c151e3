"""The handler of `functions/publisher`, which is given the most expensive documents that can be published.

Each was found by trying what its part of the code does per value, route, scope and reference, up to its limits:
`worst` puts together what does not exclude each other.
"""

import json
import random
import time
from collections.abc import Mapping
from typing import Any

from bench.subjects import events, protocol
from bench.subjects.gatehouse import PASSWORD, SECRET, Handler, handler
from gatehouse.bootstrap import tables
from gatehouse.domain.accounts import passwords
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import openapi
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client, Secret
from gatehouse.endpoints.publisher import documents
from gatehouse.settings import Settings
from gatehouse.storage import restrictions
from gatehouse.storage.directory_writer import DirectoryWriter

ORGANISATION = "johnsorg"
_API_ID, _USER, _CLIENT, _SCOPE = "worst", "c6af9ac67b6111e69a41", "wU62DjlyDBnq87GlBwplfqvmAbAa", "manage"
_INCOMPRESSIBLE_CHARACTERS = 1_250_000


def fill() -> None:
    """Store an organisation that restricts a scope, an administrator, and a client for the administrator's token."""
    connected = tables.build(Settings.from_environment())
    writer = DirectoryWriter(connected)
    writer.save_organisation(Organisation(key=ORGANISATION, name="Johns Org"))
    writer.add_user(
        User(
            organisation=ORGANISATION,
            user_id=_USER,
            username="john",
            password_hash=passwords.hash_password(PASSWORD),
            roles=frozenset({"admin", "publisher"}),
        )
    )
    writer.save_application(
        Application(organisation=ORGANISATION, application_id="app-1", name="Store", owner_id=_USER)
    )
    writer.save_client(
        Client(
            organisation=ORGANISATION,
            application_id="app-1",
            client_id=_CLIENT,
            key_type="PRODUCTION",
            grant_types=frozenset({"password"}),
            authentication_methods=frozenset({clients.SECRET_BASIC}),
            secrets=(Secret(digest=clients.secret_digest(SECRET)),),
        )
    )
    bound = restrictions.change_scope(connected, ORGANISATION, _SCOPE, None, frozenset({"manager"}))
    connected.transact([bound])
    writer.save_api(openapi.parse(before(), organisation=ORGANISATION, api_id=_API_ID))


def sign_in(token: Handler) -> str:
    """Return an access token of the administrator."""
    form = {"grant_type": "password", "username": f"john@{ORGANISATION}", "password": PASSWORD}
    answer = token(events.post("/token", form | {"scope": "apim:api_publish"}, _CLIENT, SECRET), None)
    return json.loads(answer["body"])["access_token"]


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
        sent = {"document": found, **({"confirmation": confirmation} if confirmation else {})}
        event = events.put(f"/api/am/publisher/v1/apis/{_API_ID}", sent, self._token)
        answer = self._admin(event, None)
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
    fill()
    publisher = Publisher(handler("publisher"), sign_in(handler("token")))
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
