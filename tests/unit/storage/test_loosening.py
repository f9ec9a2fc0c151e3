"""A publisher opens nothing that an administrator restricted."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, publishing
from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.apis.published_apis import Confirmation
from gatehouse.domain.kernel.refusals import ConfirmationNeededError
from gatehouse.domain.portal import api_restrictions
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests import factories
from tests.unit.storage.restricted import EITHER, GUARDED, MANAGERS, PETE, ROOT, UPDATE, document, log, publish
from tests.unit.storage.restricted import administration as administration
from tests.unit.storage.restricted import store as store


def stage(name: str = "v1") -> tuple[Deployment, ...]:
    return (factories.deployment(organisation="", api_id="", stage=name),)


OPENED = [
    pytest.param(document(EITHER), id="a scope joins"),
    pytest.param(document([{"gatehouse": []}]), id="no scope any more"),
    pytest.param(document([]), id="open to everybody"),
]


@pytest.mark.parametrize("found", OPENED)
def test_loosening_waits_for_an_administrator(
    tables: Tables, store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, found: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)

    for caller in (PETE, ROOT):
        with pytest.raises(ConfirmationNeededError) as refused:
            publish(store, caller, found, deployments=stage())
        assert refused.value.needs_administrator
    said = Confirmation(digest=refused.value.digest, revision=refused.value.revision)
    with pytest.raises(ConfirmationNeededError):
        publish(store, PETE, found, deployments=stage(), confirmation=said)
    for wrong in (replace(said, digest="0" * 32), replace(said, revision=7)):
        with pytest.raises(ConfirmationNeededError):
            publish(store, ROOT, found, deployments=stage(), confirmation=wrong)

    made = publish(store, ROOT, found, deployments=stage(), confirmation=said)

    assert made.opened == refused.value.changes
    assert "abc123/v1: POST /orders: tokens with update (for manager) before" in made.opened[0]
    known = log(tables)
    assert ("pete", "api.publish-refused", made.opened[0]) in known
    assert any(action == "api.publish" and made.opened[0] in detail for _, action, detail in known)
    publish(store, PETE, found, deployments=stage())


def test_a_confirmation_is_for_the_restrictions_that_were_shown(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
    with pytest.raises(ConfirmationNeededError) as refused:
        publish(store, ROOT, document([]))
    api_restrictions.bind_scope(administration, ROOT, "read", MANAGERS)

    said = Confirmation(digest=refused.value.digest, revision=refused.value.revision)
    with pytest.raises(ConfirmationNeededError):
        publish(store, ROOT, document([]), confirmation=said)


OTHER: dict[str, Any] = {**GUARDED, "paths": {"/health": {"get": {"security": []}}}}


def _removes(store: DynamoDBPublishedApis) -> None:
    publish(store, PETE, OTHER, deployments=stage())


def _deletes(store: DynamoDBPublishedApis) -> None:
    publishing.delete(store, PETE, "orders")


def _deletes_twice(store: DynamoDBPublishedApis) -> None:
    publishing.delete(store, PETE, "orders")
    publish(store, PETE, OTHER, deployments=stage())
    publishing.delete(store, PETE, "orders")


def _hides(store: DynamoDBPublishedApis) -> None:
    publish(store, PETE, lifecycle="CREATED", deployments=stage())


@pytest.mark.parametrize("meanwhile", [_removes, _deletes, _deletes_twice, _hides])
def test_a_restricted_route_does_not_come_back_open_in_a_second_step(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, meanwhile: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
    meanwhile(store)

    with pytest.raises(ConfirmationNeededError):
        publish(store, PETE, document([]), deployments=stage())


def _by_another_api(store: DynamoDBPublishedApis) -> None:
    publish(store, PETE, OTHER, "between", deployments=stage())
    publishing.delete(store, PETE, "between")


def _directly(store: DynamoDBPublishedApis) -> None:
    del store


@pytest.mark.parametrize("meanwhile", [_directly, _by_another_api])
def test_a_stage_remembers_its_restricted_routes_under_another_id(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, meanwhile: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
    publishing.delete(store, PETE, "orders")
    meanwhile(store)

    with pytest.raises(ConfirmationNeededError):
        publish(store, PETE, document([]), "renamed", deployments=stage())
    assert publish(store, PETE, document([]), "elsewhere", deployments=stage("v2")).revision == 1


def test_a_stage_does_not_leave_a_blocked_api(store: DynamoDBPublishedApis) -> None:
    publish(store, PETE, deployments=stage())
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED")
    publishing.delete(store, PETE, "orders")

    with pytest.raises(ConfirmationNeededError, match="administrators"):
        publish(store, PETE, GUARDED, "renamed", deployments=stage())


def test_what_nobody_restricted_is_opened_and_listed(store: DynamoDBPublishedApis) -> None:
    publish(store, PETE)

    assert publish(store, PETE, document([])).opened == ("POST /orders: tokens with update before, everybody now",)
    assert publish(store, PETE, document([])).opened == ()


FORGOTTEN: dict[str, Any] = {**GUARDED, "paths": {"/orders": {"get": {}}}}


@pytest.mark.parametrize(
    ("found", "is_asked"),
    [
        pytest.param(FORGOTTEN, True, id="nothing"),
        pytest.param({**FORGOTTEN, "security": UPDATE}, False, id="the document says"),
        pytest.param({**FORGOTTEN, "security": []}, False, id="the document opens it on purpose"),
        pytest.param(document([]), False, id="the operation opens itself on purpose"),
        pytest.param({**GUARDED, "paths": {"/a": {"get": {"x-auth-type": "None"}}}}, False, id="WSO2's None"),
        pytest.param({**GUARDED, "paths": {"/a": {"get": {"security": None}}}}, True, id="null says nothing"),
    ],
)
def test_s18_an_operation_without_security_is_asked_about(
    store: DynamoDBPublishedApis, found: Any, *, is_asked: bool
) -> None:
    if not is_asked:
        publish(store, PETE, found)
        return
    with pytest.raises(ConfirmationNeededError) as refused:
        publish(store, PETE, found)
    assert not refused.value.needs_administrator

    said = Confirmation(digest=refused.value.digest, revision=refused.value.revision)
    publish(store, PETE, found, confirmation=said)
    publish(store, PETE, found)  # it is open already
