"""Publishing: what is compared, asked and written, on values and a small fake of the store."""

import copy
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.apis.published_apis import Confirmation
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
)
from tests import factories
from tests.factories import NOW
from tests.unit.domain.apis.published import MANAGER, PAULA, STAGE, FakePublishedApis, document, draft
from tests.unit.domain.apis.published import restricted as restricted
from tests.unit.domain.apis.published import store as store
from tests.unit.portal import caller


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


@pytest.mark.parametrize("region", ["", "us_west", "eu-west", "EU-WEST-1", "eu-west-1-x"])
def test_a_stage_in_no_region_is_refused(store: FakePublishedApis, region: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        publishing.publish(store, PAULA, draft(deployments=(factories.deployment(region=region),)))

    assert caught.value.field == "deployments"


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


def test_address_and_key_types_of_a_stage_that_are_not_named_again_stay(store: FakePublishedApis) -> None:
    """A pipeline that names stages only would take the resource of their tokens from all clients."""
    silent = replace(STAGE, key_types=frozenset[str]())
    other, sandbox = replace(silent, stage="other"), frozenset({"SANDBOX"})
    named = replace(STAGE, url="https://api.example/orders", key_types=sandbox)
    publishing.publish(store, PAULA, draft(deployments=(named, other)))

    again = publishing.publish(store, PAULA, draft(deployments=(other, silent)))
    moved = publishing.publish(store, PAULA, draft(deployments=(replace(silent, url="https://new.example"),)))

    assert [one.url for one in again.deployments] == ["", "https://api.example/orders"]
    assert [one.key_types for one in again.deployments] == [{"PRODUCTION", "SANDBOX"}, sandbox]
    assert [(one.url, one.key_types) for one in moved.deployments] == [("https://new.example", sandbox)]


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


def test_tiers_are_chosen_for_the_revision_that_was_seen(restricted: FakePublishedApis) -> None:
    publishing.change_tiers(restricted, PAULA, "orders", frozenset({"Gold"}), 1)

    with pytest.raises(ConflictError):
        publishing.change_tiers(restricted, PAULA, "orders", frozenset({"Silver"}), 1)
    assert restricted.apis["orders"].tiers == {"Gold"}


@pytest.mark.parametrize("tiers", [frozenset({"Diamond"}), frozenset({"ASubscriptionless", "DefaultSubscriptionless"})])
def test_tiers_that_are_none_are_refused(restricted: FakePublishedApis, tiers: frozenset[str]) -> None:
    with pytest.raises(InvalidInputError):
        publishing.change_tiers(restricted, PAULA, "orders", tiers)


def test_an_api_with_subscriptions_is_not_deleted(restricted: FakePublishedApis) -> None:
    restricted.subscriptions = 1

    with pytest.raises(ConflictError, match="subscriptions"):
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
