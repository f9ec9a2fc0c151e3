"""Reading the directory: organisations, users, applications, clients, APIs."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatehouse.domain.apis import Api, Application, Deployment
from gatehouse.domain.clients import Client
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.tokens import Issued
from gatehouse.domain.users import User
from gatehouse.storage import keys, records
from gatehouse.storage.keys import Key
from gatehouse.storage.memory import Memory
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import ConditionFailedError


class Directory:
    """Implements the reading ports of the domain on `DirectoryTable`.

    Clients, organisations, applications and APIs are remembered for the memory's seconds; users never.
    """

    def __init__(self, tables: Tables, memory: Memory) -> None:
        """Read nothing yet."""
        self._tables = tables
        self._memory = memory
        self._homes = Memory(math.inf)

    def recall_client(self, client_id: str) -> Client | None:
        """See `ClientStore.recall_client`."""
        _, client = self._memory.recall(keys.client(client_id)["pk"]["S"])
        return client

    def find_client(self, client_id: str) -> Client | None:
        """See `ClientStore.find_client`.

        Its organisation is read beside it, by the same call, once it is known which one that is: it never changes.
        Of a client that is unknown, nobody's is read, at the same cost.
        """
        _, home = self._homes.recall(client_id)
        key = keys.client(client_id)
        _, (values,) = self._read_organisation_with(home or "", [(self._tables.directory, key)])
        client = self._keep(key, None if values is None else records.parse_client(values))
        if client is not None:
            self._homes.keep(client_id, client.organisation)
        return client

    def find_client_soon(self, client_id: str) -> Client | None:
        """Return the client, at most the cache seconds old."""
        return self._find(keys.client(client_id), records.parse_client)

    def find_organisation(self, organisation: str) -> Organisation | None:
        """See `OrganisationStore.find_organisation`."""
        return self._find(keys.organisation(organisation), records.parse_organisation)

    def find_organisation_with(
        self, organisation: str, wanted: Sequence[tuple[str, Key]]
    ) -> tuple[Organisation | None, list[dict[str, Any] | None]]:
        """Return the organisation, at most the cache seconds old, and other items as they are now, by one read."""
        is_remembered, remembered = self._memory.recall(keys.organisation(organisation)["pk"]["S"])
        if is_remembered:
            return remembered, self._tables.get_many(wanted)
        return self._read_organisation_with(organisation, wanted)

    def find_owner(self, organisation: str, username: str) -> tuple[Organisation | None, User | None]:
        """See `OwnerStore.find_owner`."""
        is_remembered, found = self._memory.recall(keys.organisation(organisation)["pk"]["S"])
        if is_remembered:
            return found, self.find_user(organisation, username)
        key = self._tables.directory, keys.user(organisation, username)
        found, (user,) = self._read_organisation_with(organisation, [key])
        return found, None if user is None else records.parse_user(user)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `ApiStore.find_application`."""
        return self._find(keys.application(organisation, application_id), records.parse_application)

    def find_api(self, organisation: str, api_id: str) -> Api | None:
        """See `ApiStore.find_api`."""
        return self._find(keys.api(organisation, api_id), records.parse_api)

    def find_apis(self, references: frozenset[tuple[str, str]]) -> tuple[Api, ...]:
        """See `ApiStore.find_apis`: one batched read for all that are not remembered."""
        wanted = [keys.api(*reference) for reference in sorted(references)]
        recalled = [self._memory.recall(key["pk"]["S"]) for key in wanted]  # once: it may be forgotten any moment
        apis: list[Api | None] = [api for is_remembered, api in recalled if is_remembered]
        missing = [key for key, (is_remembered, _) in zip(wanted, recalled, strict=True) if not is_remembered]
        if not missing:
            return tuple(api for api in apis if api is not None)
        found = self._tables.get_many([(self._tables.directory, key) for key in missing])
        for key, values in zip(missing, found, strict=True):
            apis.append(self._keep(key, None if values is None else records.parse_api(values)))
        return tuple(api for api in apis if api is not None)

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """Return which of our APIs a stage of an API Gateway API runs, at most the cache seconds old."""
        return self._find(keys.deployment(account, region, gateway_id, stage), records.parse_deployment)

    def find_public_keys(self) -> Mapping[str, Any]:
        """See `PublicKeyStore.find_public_keys`: empty until the first keys are made."""
        jwks: Mapping[str, Any] | None = self._find(keys.public_keys(), lambda values: json.loads(values["jwks"]))
        return jwks or {"keys": []}

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `UserStore.find_user`."""
        values = self._tables.get(self._tables.directory, keys.user(organisation, username))
        return None if values is None else records.parse_user(values)

    def replace_password_hash(self, organisation: str, user: User, password_hash: str) -> None:
        """See `UserStore.replace_password_hash`."""
        try:
            self._tables.update(
                self._tables.directory,
                keys.user(organisation, user.username),
                UpdateExpression="SET password_hash = :new",
                ConditionExpression="password_hash = :old",
                ExpressionAttributeValues={":new": {"S": password_hash}, ":old": {"S": user.password_hash or ""}},
            )
        except ConditionFailedError:
            return  # the password changed meanwhile: its new hash is the one to keep

    def find_standing(self, issued: Issued) -> tuple[Client | None, Organisation | None, User | None]:
        """See `StandingStore.find_standing`."""
        directory = self._tables.directory
        wanted = [(directory, keys.client(issued.client_id)), (directory, keys.organisation(issued.organisation))]
        if issued.username is not None:
            wanted.append((directory, keys.user(issued.organisation, issued.username)))
        client, organisation, *user = self._tables.get_many(wanted)
        return (
            None if client is None else records.parse_client(client),
            None if organisation is None else records.parse_organisation(organisation),
            records.parse_user(user[0]) if user and user[0] is not None else None,
        )

    def _read_organisation_with(
        self, organisation: str, wanted: Sequence[tuple[str, Key]]
    ) -> tuple[Organisation | None, list[dict[str, Any] | None]]:
        key = keys.organisation(organisation)
        values, *others = self._tables.get_many([(self._tables.directory, key), *wanted])
        return self._keep(key, None if values is None else records.parse_organisation(values)), others

    def _find[T](self, key: Key, parse: Callable[[dict[str, Any]], T]) -> T | None:
        is_remembered, value = self._memory.recall(key["pk"]["S"])
        return value if is_remembered else self._read(key, parse)

    def _read[T](self, key: Key, parse: Callable[[dict[str, Any]], T]) -> T | None:
        values = self._tables.get(self._tables.directory, key)
        return self._keep(key, None if values is None else parse(values))

    def _keep[T](self, key: Key, value: T) -> T:
        self._memory.keep(key["pk"]["S"], value)
        return value
