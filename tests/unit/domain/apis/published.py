"""Published APIs in memory, and documents to publish."""

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from gatehouse.domain.apis import publishing
from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse.domain.apis.published_apis import ApiDraft, Past, Publication
from gatehouse.domain.apis.restrictions import Restrictions
from gatehouse.domain.kernel.audit import Entry
from tests import factories
from tests.unit.portal import caller

PAULA = caller(user_id="user-paula", username="paula", roles=frozenset({"publisher"}))
STAGE = factories.deployment(organisation="", api_id="")
MANAGER = frozenset({"manager"})


@dataclass
class FakePublishedApis:
    """APIs of Johns Org by id, its restrictions, and the audit log."""

    apis: dict[str, Api] = field(default_factory=dict[str, Api])
    former: dict[str, tuple[Resource, ...]] = field(default_factory=dict[str, tuple[Resource, ...]])
    restrictions: Restrictions = field(default_factory=lambda: Restrictions(organisation="johnsorg"))
    ran: dict[str, str] = field(default_factory=dict[str, str])
    entries: list[Entry] = field(default_factory=list[Entry])
    documents: list[Any] = field(default_factory=list[Any])
    taken: Deployment | None = None
    loses_races: bool = False
    is_full_now: bool = False
    registers_stages: bool = True
    shares: bool = True
    subscriptions: int = 0

    def find_api_now(self, organisation: str, api_id: str) -> Api | None:
        assert organisation == "johnsorg"
        return self.apis.get(api_id)

    def find_past(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Past:
        assert organisation == "johnsorg"
        return Past(
            api=self.apis.get(api_id),
            former=self.former.get(api_id, ()),
            restrictions=self.restrictions,
            ran=tuple(self.ran.get(one.label, "") for one in deployments),
        )

    def find_apis_of(self, organisation: str) -> tuple[Api, ...]:
        raise NotImplementedError

    def may_register_stages(self, organisation: str) -> bool:
        assert organisation == "johnsorg"
        return self.registers_stages

    def find_taken(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Deployment | None:
        assert organisation == "johnsorg"
        assert all(one.api_id == api_id for one in deployments)
        return self.taken

    def may_share(self, organisation: str) -> bool:
        assert organisation == "johnsorg"
        return self.shares

    def is_full(self, organisation: str, old: Api | None, new: Api) -> bool:
        assert organisation == new.organisation == "johnsorg"
        assert old is None or old.api_id == new.api_id
        return self.is_full_now

    def publish_api(self, organisation: str, past: Past, made: Publication, entry: Entry) -> bool:
        assert organisation == "johnsorg"
        assert past.api == self.apis.get(made.api.api_id)
        if self.loses_races or self.taken:
            return False
        self.apis[made.api.api_id] = made.api
        self.former[made.api.api_id] = made.former
        self.documents.append(made.document)
        self.entries.append(entry)
        if made.restriction is not None:
            decided = {**self.restrictions.apis, made.api.api_id: made.restriction}
            self.restrictions = copy.replace(self.restrictions, apis=decided)
        return True

    def count_subscriptions(self, organisation: str, api_id: str) -> int:
        assert organisation == "johnsorg"
        assert api_id in self.apis
        return self.subscriptions

    def delete_api(self, organisation: str, past: Past, former: tuple[Resource, ...], entry: Entry) -> bool:
        assert organisation == "johnsorg"
        if self.loses_races or past.api is None:
            return False
        del self.apis[past.api.api_id]
        self.former[past.api.api_id] = former
        self.entries.append(entry)
        return True

    def record(self, organisation: str, entry: Entry) -> None:
        assert organisation == "johnsorg"
        self.entries.append(entry)


@pytest.fixture
def store() -> FakePublishedApis:
    return FakePublishedApis()


def document(version: str = "1.0.0", **routes: list[Any] | None) -> dict[str, Any]:
    """An OpenAPI document with GET routes: each name is a path with its security, None to say nothing of it."""
    stated = routes or {"orders": [{"gatehouse": ["read"]}]}
    scopes = {name: name for name in ("read", "delete")}
    flow = {"tokenUrl": "https://auth.example/token", "scopes": scopes, "x-scopes-bindings": {"delete": "manager"}}
    responses = {"responses": {"200": {"description": "OK"}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": version},
        "paths": {
            f"/{name}": {"get": responses if security is None else {"security": security, **responses}}
            for name, security in stated.items()
        },
        "components": {"securitySchemes": {"gatehouse": {"type": "oauth2", "flows": {"clientCredentials": flow}}}},
    }


def draft(**changes: Any) -> ApiDraft:
    given: dict[str, Any] = {"document": document(), "api_id": "orders"}
    return ApiDraft(**(given | changes))


@pytest.fixture
def restricted(store: FakePublishedApis) -> FakePublishedApis:
    """The API is published, and an administrator bound `read` to managers."""
    publishing.publish(store, PAULA, draft(deployments=(STAGE,)))
    store.ran = {STAGE.label: "orders"}
    store.restrictions = Restrictions(organisation="johnsorg", scopes={"read": MANAGER}, revision=1)
    store.entries.clear()
    return store
