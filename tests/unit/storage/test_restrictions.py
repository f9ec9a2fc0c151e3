"""What administrators decide outlives whatever is published; on moto."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation, Publication
from gatehouse.domain.apis.restrictions import UNRESTRICTED, ApiRestriction
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConfirmationNeededError, ConflictError, InvalidInputError, NotAllowedError
from gatehouse.domain.portal import api_restrictions
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests import factories
from tests.unit import portal

ROOT = portal.caller(user_id="user-root", username="root", roles=frozenset({"admin", "publisher"}))
PETE = portal.caller(user_id="user-pete", username="pete", roles=frozenset({"publisher"}))
MANAGERS = frozenset({"manager"})


def document(post: Any, *more: tuple[str, Any], roles: str = "") -> dict[str, Any]:
    """Return an API whose POST has this security; `more` are paths with GETs."""
    flow = {"scopes": {"read": "", "update": ""}, "x-scopes-bindings": {"update": roles}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1.0.0"},
        "paths": {"/orders": {"post": {"security": post}}, **{path: {"get": {"security": one}} for path, one in more}},
        "components": {"securitySchemes": {"gatehouse": {"type": "oauth2", "flows": {"password": flow}}}},
    }


UPDATE = [{"gatehouse": ["update"]}]
EITHER = [{"gatehouse": ["update", "read"]}]
GUARDED = document(UPDATE)


@pytest.fixture
def store(tables: Tables) -> DynamoDBPublishedApis:
    DirectoryWriter(tables).save_organisation(factories.organisation())
    return DynamoDBPublishedApis(tables)


@pytest.fixture
def affairs(tables: Tables) -> DynamoDBRestrictions:
    return DynamoDBRestrictions(tables)


@pytest.fixture
def seen(tables: Tables) -> Any:
    """Return an API as the gate and as the store sees it; both see the same."""

    def find(api_id: str = "orders", organisation: str = "johnsorg") -> Api:
        at_gate = DynamoDBDirectory(tables, TtlCache(0)).find_api(organisation, api_id)
        assert at_gate is not None
        assert at_gate == DynamoDBPortalDirectory(tables).find_shown_api(organisation, api_id)
        return at_gate

    return find


def publish(
    store: DynamoDBPublishedApis, caller: Caller, found: Any = GUARDED, api_id: str = "orders", **more: Any
) -> Api:
    return publishing.publish(store, caller, ApiDraft(document=found, api_id=api_id, **more))


def stage(name: str = "v1") -> tuple[Deployment, ...]:
    return (factories.deployment(organisation="", api_id="", stage=name),)


def log(tables: Tables) -> list[tuple[str, str, str]]:
    return [
        (one.actor, one.action, one.detail) for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    ]


def test_s1_publishing_again_keeps_a_binding_and_a_block(
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, seen: Any
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED")

    again = publish(store, PETE, lifecycle="PUBLISHED")

    for found in (again, seen()):
        assert (found.lifecycle, found.scopes["update"].restricted_to) == ("BLOCKED", MANAGERS)


@pytest.mark.parametrize("api_id", ["orders", "orders-2"])
def test_a_binding_outlives_deletion_and_follows_the_scope_to_another_api(
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, seen: Any, api_id: str
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
    publishing.delete(store, PETE, "orders")

    publish(store, PETE, document(UPDATE, roles="employee"), api_id)

    assert seen(api_id).scopes["update"].demands == (frozenset({"employee"}), MANAGERS)


def test_a_block_outlives_deletion(store: DynamoDBPublishedApis, seen: Any) -> None:
    publish(store, PETE)
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED")
    publishing.delete(store, PETE, "orders")

    publish(store, PETE)

    assert seen().lifecycle == "BLOCKED"


def test_a_publisher_lifts_a_publishers_block_only(store: DynamoDBPublishedApis, seen: Any) -> None:
    publish(store, PETE)
    api_lifecycle.change_lifecycle(store, PETE, "orders", "BLOCKED")
    assert api_lifecycle.change_lifecycle(store, PETE, "orders", "PUBLISHED").lifecycle == "PUBLISHED"

    api_lifecycle.change_lifecycle(store, PETE, "orders", "BLOCKED")
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED")
    for wanted in ("PUBLISHED", "DEPRECATED"):
        with pytest.raises(NotAllowedError):
            api_lifecycle.change_lifecycle(store, PETE, "orders", wanted)

    assert seen().lifecycle == "BLOCKED"
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "PUBLISHED")
    assert seen().lifecycle == "PUBLISHED"


def test_what_is_not_said_again_stays(store: DynamoDBPublishedApis, seen: Any) -> None:
    first: dict[str, Any] = {
        "visibility": "CHOSEN",
        "visible_to": frozenset({"acme"}),
        "visible_roles": MANAGERS,
        "tiers": frozenset({"Gold"}),
        "lifecycle": "CREATED",
    }
    publish(store, PETE, **first)

    publish(store, PETE)

    assert {name: getattr(seen(), name) for name in first} == first


def test_limits_of_visibility_hold_for_what_is_published_later(
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, seen: Any
) -> None:
    api_restrictions.restrict_api(
        affairs, ROOT, "orders", ApiRestriction(visibility="CHOSEN", visible_to=frozenset({"acme"}))
    )
    api_restrictions.restrict_api(affairs, ROOT, "wages", ApiRestriction(visible_roles=MANAGERS))

    publish(store, PETE, visibility="ALL")
    publish(store, PETE, api_id="wages", visible_roles=frozenset({"employee"}))

    assert (seen().visibility, seen().visible_to) == ("CHOSEN", {"acme"})
    assert seen("wages").visible_roles.isdisjoint({"employee", "manager", "everyone"})
    assert seen("wages").visible_roles


def test_s3_what_is_bound_at_once_is_all_bound(
    tables: Tables, store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, seen: Any
) -> None:
    """Two administrators and a publisher, each with what they read before the others wrote."""
    publish(store, PETE, document(EITHER))
    past = published_apis.find_past(store, PETE, "orders")
    late = DynamoDBRestrictions(tables)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)

    entry = ROOT.entry("scope.roles", "read")
    assert late.restrict_scope("johnsorg", "read", None, frozenset({"employee"}), entry)
    assert not late.restrict_scope("johnsorg", "update", None, frozenset({"employee"}), entry)
    saved = Publication(api=replace(past.api, revision=2), former=())
    assert not store.publish_api("johnsorg", past, saved, PETE.entry("api.publish", "orders"))

    assert seen().scopes["update"].restricted_to == MANAGERS
    assert seen().scopes["read"].restricted_to == {"employee"}


def test_a_scope_that_is_bound_to_no_role_opens_to_nobody(
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, seen: Any
) -> None:
    publish(store, PETE)

    api_restrictions.bind_scope(affairs, ROOT, "update", frozenset())
    assert (seen().scopes["update"].is_bound, seen().scopes["update"].demands) == (True, (frozenset(),))

    api_restrictions.bind_scope(affairs, ROOT, "update", None)
    assert not seen().scopes["update"].is_bound


def test_old_and_new_values_are_in_the_log(
    tables: Tables, store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
    api_restrictions.bind_scope(affairs, ROOT, "update", frozenset())
    api_restrictions.restrict_api(affairs, ROOT, "orders", ApiRestriction(blocked_by="administrator"))

    said = [detail for _, action, detail in log(tables) if action in {"scope.roles", "api.restrict"}]
    assert set(said) == {
        "not bound to manager",
        "manager to nobody",
        "not blocked, visible to ALL, roles everyone to blocked by a administrator, visible to ALL, roles everyone",
    }


@pytest.mark.parametrize("name", ["apim:admin", "a b", "", 'a"b'])
def test_what_is_no_scope_of_an_api_is_not_bound(affairs: DynamoDBRestrictions, name: str) -> None:
    with pytest.raises(InvalidInputError):
        api_restrictions.bind_scope(affairs, ROOT, name, MANAGERS)


def test_restrictions_have_a_size(affairs: DynamoDBRestrictions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.domain.apis.restrictions.SIZE_MAX_BYTES", 50)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)

    with pytest.raises(InvalidInputError, match="too much"):
        api_restrictions.bind_scope(affairs, ROOT, "read", MANAGERS)
    api_restrictions.bind_scope(affairs, ROOT, "update", None)


OPENED = [
    pytest.param(document(EITHER), id="a scope joins"),
    pytest.param(document([{"gatehouse": []}]), id="no scope any more"),
    pytest.param(document([]), id="open to everybody"),
]


@pytest.mark.parametrize("found", OPENED)
def test_loosening_waits_for_an_administrator(
    tables: Tables, store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, found: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)

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
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
    with pytest.raises(ConfirmationNeededError) as refused:
        publish(store, ROOT, document([]))
    api_restrictions.bind_scope(affairs, ROOT, "read", MANAGERS)

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
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, meanwhile: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
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
    store: DynamoDBPublishedApis, affairs: DynamoDBRestrictions, meanwhile: Any
) -> None:
    publish(store, PETE, deployments=stage())
    api_restrictions.bind_scope(affairs, ROOT, "update", MANAGERS)
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


def test_an_api_that_nobody_restricts_has_no_restriction(affairs: DynamoDBRestrictions) -> None:
    api_restrictions.restrict_api(affairs, ROOT, "orders", ApiRestriction(blocked_by="administrator"))
    api_restrictions.restrict_api(affairs, ROOT, "orders", UNRESTRICTED)

    assert affairs.find_restrictions("johnsorg").apis == {}


def test_of_two_decisions_at_once_one_is_told(tables: Tables, affairs: DynamoDBRestrictions) -> None:
    class LateRestrictions(DynamoDBRestrictions):
        def find_restrictions(self, organisation: str) -> Any:
            found = super().find_restrictions(organisation)
            if not found.revision:
                api_restrictions.restrict_api(affairs, ROOT, "orders", ApiRestriction(blocked_by="administrator"))
            return found

    late = LateRestrictions(tables)
    with pytest.raises(ConflictError):
        api_restrictions.restrict_api(late, ROOT, "orders", ApiRestriction(visibility="ORGANISATION"))


@pytest.mark.parametrize("name", ["apim:admin", "apim:new", "default", "openid", "phone"])
def test_a_scope_that_no_api_can_define_cannot_be_bound(affairs: DynamoDBRestrictions, name: str) -> None:
    with pytest.raises(InvalidInputError):
        api_restrictions.bind_scope(affairs, ROOT, name, MANAGERS)
