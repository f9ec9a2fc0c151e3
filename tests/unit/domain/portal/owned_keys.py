"""Key sets in memory, and the people who change them."""

from dataclasses import dataclass, field

import pytest

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.refusals import (
    InvalidInputError,
)
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.tokens import Grant
from tests import factories
from tests.factories import CLIENT_ID
from tests.unit.portal import caller

CALLER = caller()


@dataclass
class FakeKeySets:
    """Clients by id, the lines of the audit log, and whose application each change asked for."""

    clients: dict[str, Client] = field(default_factory=dict[str, Client])
    entries: list[Entry] = field(default_factory=list[Entry])
    owners: list[str] = field(default_factory=list[str])
    quotas: dict[str, int] = field(default_factory=dict[str, int])
    loses_races: bool = False

    @property
    def only(self) -> Client:
        (client,) = self.clients.values()
        return client

    def find_quota(self, organisation: str, name: str) -> int:
        assert organisation == "johnsorg"
        return self.quotas[name]

    def find_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    def find_clients(self, organisation: str, client_ids: tuple[str, ...]) -> tuple[Client, ...]:
        assert organisation == "johnsorg"
        return tuple(self.clients[one] for one in client_ids if one in self.clients)

    def add_key_set(
        self, organisation: str, application: Application, client: Client, grant: Grant | None, entry: Entry
    ) -> bool:
        raise NotImplementedError

    def replace_client(self, organisation: str, old: Client, new: Client, entry: Entry, owner_id: str = "") -> bool:
        assert organisation == "johnsorg"
        if self.loses_races or self.clients[old.client_id] != old:
            return False
        self.clients[old.client_id] = new
        self.entries.append(entry)
        self.owners.append(owner_id)
        return True

    def move_key_set(self, organisation: str, application: Application, old: Client, new: Client, entry: Entry) -> bool:
        raise NotImplementedError

    def delete_key_set(self, organisation: str, application: Application, client: Client, entry: Entry) -> bool:
        assert organisation == application.organisation == "johnsorg"
        if self.loses_races:
            return False
        del self.clients[client.client_id]
        self.entries.append(entry)
        return True


@pytest.fixture
def store() -> FakeKeySets:
    return FakeKeySets({CLIENT_ID: factories.client()})


def field_of(caught: pytest.ExceptionInfo[InvalidInputError]) -> str | None:
    return caught.value.field
