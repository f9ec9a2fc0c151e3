"""Publishing: what is compared, asked and written, on values and a small fake of the store."""

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation, Past, Publication
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)
from tests import factories
from tests.factories import NOW
from tests.unit.portal import caller

PAULA = caller(user_id="user-paula", username="paula", roles=frozenset({"publisher"}))
ADA = caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
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


def test_a_new_api_is_published_for_its_organisation_with_every_tier(store: FakePublishedApis) -> None:
    api = publishing.publish(store, PAULA, draft(deployments=(STAGE,)))

    assert api == store.apis["orders"]
    assert (api.organisation, api.name, api.version, api.lifecycle) == ("johnsorg", "Orders", "1.0.0", "PUBLISHED")
    assert (api.visibility, api.tiers, api.visible_roles) == ("ORGANISATION", frozenset(), frozenset())
    assert (api.revision, api.created_at_ms, api.updated_at_ms, api.opened) == (1, NOW * 1000, NOW * 1000, ())
    assert api.deployments == (factories.deployment(),)
    assert api.resources == (Resource(method="GET", path="/orders", scopes=frozenset({"read"})),)
    assert api.scopes["delete"].roles == MANAGER
    assert api.life_id
    assert [(one.actor, one.action, one.target, one.detail) for one in store.entries] == [
        ("paula", "api.publish", "orders", "Orders 1.0.0, revision 1, PUBLISHED")
    ]


def test_without_an_id_it_is_made_of_name_and_version(store: FakePublishedApis) -> None:
    assert publishing.publish(store, PAULA, draft(api_id="")).api_id == "orders-1.0.0"


@pytest.mark.parametrize("api_id", ["Orders", "a b", "../x", "gatehouse"])
def test_an_id_that_is_none_or_ours_is_refused(store: FakePublishedApis, api_id: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        publishing.publish(store, PAULA, draft(api_id=api_id))

    assert caught.value.field == "apiId"


def test_what_is_no_document_is_refused_at_its_field(store: FakePublishedApis) -> None:
    with pytest.raises(InvalidInputError) as caught:
        publishing.publish(store, PAULA, draft(document={"openapi": "3.0.3"}))

    assert caught.value.field == "document"


def test_what_is_not_said_again_stays_as_it_was(store: FakePublishedApis) -> None:
    said = {"visible_roles": MANAGER, "tiers": frozenset({"Gold"}), "lifecycle": "DEPRECATED"}
    first = publishing.publish(store, PAULA, draft(**said))
    later = caller(roles=frozenset({"publisher"}), at_ms=NOW * 1000 + 5)

    again = publishing.publish(store, later, draft(document=document("1.0.1")))

    assert (again.visible_roles, again.tiers, again.lifecycle) == (MANAGER, {"Gold"}, "DEPRECATED")
    assert (again.revision, again.life_id, again.version) == (2, first.life_id, "1.0.1")
    assert (again.created_at_ms, again.updated_at_ms) == (NOW * 1000, NOW * 1000 + 5)


def test_stages_need_an_operators_word_once(store: FakePublishedApis) -> None:
    store.registers_stages = False
    with pytest.raises(NotAllowedError, match="deploy"):
        publishing.publish(store, PAULA, draft(deployments=(STAGE,)))
    publishing.publish(store, PAULA, draft())

    store.registers_stages = True
    publishing.publish(store, PAULA, draft(deployments=(STAGE,)))
    store.registers_stages = False
    assert publishing.publish(store, PAULA, draft(deployments=(STAGE,))).revision == 3


def test_sharing_needs_an_operators_word(store: FakePublishedApis) -> None:
    store.shares = False

    with pytest.raises(NotAllowedError, match="share"):
        publishing.publish(store, PAULA, draft(visibility="ALL"))
    store.shares = True
    publishing.publish(store, PAULA, draft(visibility="ALL"))
    store.shares = False
    assert publishing.publish(store, PAULA, draft(visibility="ORGANISATION")).visibility == "ORGANISATION"


def test_a_full_catalogue_takes_no_more(store: FakePublishedApis) -> None:
    store.is_full_now = True

    with pytest.raises(ConflictError) as caught:
        publishing.publish(store, PAULA, draft())

    assert caught.value.description == published_apis.FULL


def test_a_stage_of_another_api_is_named_only_within_the_organisation(store: FakePublishedApis) -> None:
    for organisation, named in (("johnsorg", "the API stock"), ("acme", "another organisation")):
        store.taken = factories.deployment(organisation=organisation, api_id="stock")
        with pytest.raises(ConflictError) as caught:
            publishing.publish(store, PAULA, draft(deployments=(STAGE,)))
        assert caught.value.description.endswith(f"belongs to {named}.")


def test_an_api_that_changed_meanwhile_is_a_conflict(store: FakePublishedApis) -> None:
    store.loses_races = True

    with pytest.raises(ConflictError, match="changed while it was being published"):
        publishing.publish(store, PAULA, draft())


def test_an_operation_that_nobody_secured_has_to_be_confirmed_by_anybody(store: FakePublishedApis) -> None:
    forgotten = draft(document=document(orders=None, health=[]))

    with pytest.raises(ConfirmationNeededError) as caught:
        publishing.publish(store, PAULA, forgotten)

    question = caught.value
    assert (len(question.changes), question.needs_administrator, store.apis) == (1, False, {})
    assert "GET /orders" in question.changes[0]
    assert [one.action for one in store.entries] == ["api.publish-refused"]
    seen = Confirmation(digest=question.digest, revision=question.revision)
    published = publishing.publish(store, PAULA, copy.replace(forgotten, confirmation=seen))
    assert published.resources[0].security == "none"
    assert publishing.publish(store, PAULA, forgotten).revision == 2


@pytest.fixture
def restricted(store: FakePublishedApis) -> FakePublishedApis:
    """The API is published, and an administrator bound `read` to managers."""
    publishing.publish(store, PAULA, draft(deployments=(STAGE,)))
    store.ran = {STAGE.label: "orders"}
    store.restrictions = Restrictions(organisation="johnsorg", scopes={"read": MANAGER}, revision=1)
    store.entries.clear()
    return store


def test_what_an_administrator_restricted_is_opened_by_nobody_else(restricted: FakePublishedApis) -> None:
    wider = draft(document=document(orders=[]), deployments=(STAGE,))
    with pytest.raises(ConfirmationNeededError) as caught:
        publishing.publish(restricted, PAULA, wider)
    question = caught.value
    seen = Confirmation(digest=question.digest, revision=question.revision)

    with pytest.raises(ConfirmationNeededError):
        publishing.publish(restricted, PAULA, copy.replace(wider, confirmation=seen))
    assert question.needs_administrator
    assert restricted.apis["orders"].revision == 1
    opened = publishing.publish(restricted, ADA, copy.replace(wider, confirmation=seen))
    assert (opened.revision, opened.opened) == (2, question.changes)
    assert restricted.entries[-1].detail.startswith("Orders 1.0.0, revision 2, PUBLISHED; ")


@pytest.mark.parametrize("stale", [{"digest": "another"}, {"revision": 7}], ids=str)
def test_a_confirmation_of_something_else_confirms_nothing(restricted: FakePublishedApis, stale: Any) -> None:
    wider = draft(document=document(orders=[]), deployments=(STAGE,))
    with pytest.raises(ConfirmationNeededError) as caught:
        publishing.publish(restricted, ADA, wider)
    seen = Confirmation(digest=caught.value.digest, revision=caught.value.revision)

    with pytest.raises(ConfirmationNeededError):
        publishing.publish(restricted, ADA, copy.replace(wider, confirmation=copy.replace(seen, **stale)))


def test_a_restriction_is_shown_and_never_written(restricted: FakePublishedApis) -> None:
    shown = publishing.publish(restricted, PAULA, draft(deployments=(STAGE,)))

    assert shown.scopes["read"].restricted_to == MANAGER
    assert restricted.apis["orders"].scopes["read"].restricted_to is None


def test_a_restricted_route_that_goes_is_remembered(restricted: FakePublishedApis) -> None:
    publishing.publish(
        restricted, PAULA, draft(document=document(stock=[{"gatehouse": ["read"]}]), deployments=(STAGE,))
    )

    assert [one.path for one in restricted.former["orders"]] == ["/orders"]
    back_and_open = draft(document=document(orders=[], stock=[{"gatehouse": ["read"]}]), deployments=(STAGE,))
    with pytest.raises(ConfirmationNeededError) as caught:
        publishing.publish(restricted, PAULA, back_and_open)
    assert caught.value.needs_administrator


def test_a_stage_that_is_taken_over_is_compared_with_what_ran_there(restricted: FakePublishedApis) -> None:
    other = draft(api_id="other", document=document(orders=[]), deployments=(STAGE,))

    with pytest.raises(ConfirmationNeededError) as caught:
        publishing.publish(restricted, PAULA, other)

    assert caught.value.needs_administrator


def test_the_stages_of_at_most_three_others_are_taken_over_at_once(store: FakePublishedApis) -> None:
    stages = tuple(factories.deployment(stage=f"v{number}") for number in range(4))
    store.ran = {one.label: f"api-{one.stage}" for one in stages}

    with pytest.raises(InvalidInputError) as caught:
        publishing.publish(store, PAULA, draft(deployments=stages))
    assert caught.value.field == "deployments"
    assert publishing.publish(store, PAULA, draft(deployments=stages[:3])).revision == 1


def test_a_preview_writes_nothing(store: FakePublishedApis) -> None:
    prepared = publishing.prepare(store, PAULA, draft(document=document(orders=None)))

    assert prepared.question
    assert (prepared.shown.api_id, store.apis, store.entries) == ("orders", {}, [])


def test_other_tiers_are_offered_and_said_in_the_audit_log(restricted: FakePublishedApis) -> None:
    changed = publishing.change_tiers(restricted, PAULA, "orders", frozenset({"Gold", "DefaultSubscriptionless"}))

    stored = restricted.apis["orders"]
    assert (changed.tiers, changed.revision) == ({"Gold", "DefaultSubscriptionless"}, 2)
    assert [one.open_tier for one in stored.deployments] == ["DefaultSubscriptionless"]
    assert restricted.entries[-1].detail == "DefaultSubscriptionless, Gold"
    assert restricted.documents[-1] is None
    publishing.change_tiers(restricted, PAULA, "orders", frozenset())
    assert restricted.entries[-1].detail == "every tier"


@pytest.mark.parametrize("tiers", [frozenset({"Diamond"}), frozenset({"ASubscriptionless", "DefaultSubscriptionless"})])
def test_tiers_that_are_none_are_refused(restricted: FakePublishedApis, tiers: frozenset[str]) -> None:
    with pytest.raises(InvalidInputError):
        publishing.change_tiers(restricted, PAULA, "orders", tiers)


def test_an_api_with_subscriptions_is_not_deleted(restricted: FakePublishedApis) -> None:
    restricted.subscriptions = 1

    with pytest.raises(ConflictError, match="subscriptions"):
        publishing.delete(restricted, PAULA, "orders")


def test_a_deleted_api_leaves_its_restricted_routes(restricted: FakePublishedApis) -> None:
    publishing.delete(restricted, PAULA, "orders")

    assert restricted.apis == {}
    assert [one.path for one in restricted.former["orders"]] == ["/orders"]
    assert (restricted.entries[-1].action, restricted.entries[-1].detail) == ("api.delete", "Orders 1.0.0")
    with pytest.raises(NotFoundError):
        publishing.delete(restricted, PAULA, "orders")


def offer_no_tier(store: FakePublishedApis, caller: Caller, api_id: str) -> None:
    publishing.change_tiers(store, caller, api_id, frozenset())


@pytest.mark.parametrize("act", [publishing.delete, offer_no_tier], ids=["delete", "change the tiers"])
def test_what_changed_meanwhile_is_a_conflict(restricted: FakePublishedApis, act: Any) -> None:
    restricted.loses_races = True

    with pytest.raises(ConflictError, match="changed meanwhile"):
        act(restricted, PAULA, "orders")


def test_an_api_goes_only_where_wso2_lets_it(store: FakePublishedApis) -> None:
    publishing.publish(store, PAULA, draft())

    api_lifecycle.change_lifecycle(store, PAULA, "orders", "DEPRECATED")
    with pytest.raises(ConflictError, match="can go to: RETIRED"):
        api_lifecycle.change_lifecycle(store, PAULA, "orders", "PUBLISHED")
    with pytest.raises(ConflictError):
        publishing.publish(store, PAULA, draft(lifecycle="CREATED"))
    with pytest.raises(InvalidInputError):
        api_lifecycle.change_lifecycle(store, PAULA, "orders", "GONE")
    assert store.entries[-1].detail == "PUBLISHED to DEPRECATED"


def test_a_block_outlives_publishing_and_is_lifted_by_whoever_may(store: FakePublishedApis) -> None:
    publishing.publish(store, PAULA, draft())
    with pytest.raises(InvalidInputError, match="Publish it first"):
        publishing.publish(store, PAULA, draft(lifecycle="BLOCKED"))

    api_lifecycle.change_lifecycle(store, PAULA, "orders", "BLOCKED")
    assert store.restrictions.of_api("orders") == ApiRestriction(blocked_by="publisher")
    assert publishing.publish(store, PAULA, draft()).lifecycle == "BLOCKED"
    assert publishing.publish(store, PAULA, draft(lifecycle="BLOCKED")).lifecycle == "BLOCKED"

    api_lifecycle.change_lifecycle(store, ADA, "orders", "BLOCKED")
    with pytest.raises(NotAllowedError):
        api_lifecycle.change_lifecycle(store, PAULA, "orders", "PUBLISHED")
    assert api_lifecycle.change_lifecycle(store, ADA, "orders", "PUBLISHED").lifecycle == "PUBLISHED"
    assert store.restrictions.of_api("orders") == ApiRestriction()
