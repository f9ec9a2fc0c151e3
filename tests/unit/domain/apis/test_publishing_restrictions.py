"""What administrators restricted, when it is published again."""

import copy
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, publishing
from gatehouse.domain.apis.published_apis import Confirmation
from gatehouse.domain.apis.restrictions import ApiRestriction
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)
from tests import factories
from tests.unit.domain.apis.published import MANAGER, PAULA, STAGE, FakePublishedApis, document, draft
from tests.unit.domain.apis.published import restricted as restricted
from tests.unit.domain.apis.published import store as store
from tests.unit.portal import caller

ADA = caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))


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


def test_a_deleted_api_leaves_its_restricted_routes(restricted: FakePublishedApis) -> None:
    publishing.delete(restricted, PAULA, "orders")

    assert restricted.apis == {}
    assert [one.path for one in restricted.former["orders"]] == ["/orders"]
    assert (restricted.entries[-1].action, restricted.entries[-1].detail) == ("api.delete", "Orders 1.0.0")
    with pytest.raises(NotFoundError):
        publishing.delete(restricted, PAULA, "orders")


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
