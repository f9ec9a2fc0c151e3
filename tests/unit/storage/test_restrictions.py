"""What administrators decide outlives whatever is published; on moto."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.published_apis import Publication
from gatehouse.domain.apis.restrictions import UNRESTRICTED, ApiRestriction
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotAllowedError
from gatehouse.domain.portal import api_restrictions
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests.unit.storage.restricted import EITHER, MANAGERS, PETE, ROOT, UPDATE, document, log, publish
from tests.unit.storage.restricted import administration as administration
from tests.unit.storage.restricted import store as store


@pytest.fixture
def seen(tables: Tables) -> Any:
    """Return an API as the gate and as the store sees it; both see the same."""

    def find(api_id: str = "orders", organisation: str = "johnsorg") -> Api:
        at_gate = DynamoDBDirectory(tables, TtlCache(0)).find_api(organisation, api_id)
        assert at_gate is not None
        assert at_gate == DynamoDBPortalDirectory(tables).find_shown_api(organisation, api_id)
        return at_gate

    return find


def test_s1_publishing_again_keeps_a_binding_and_a_block(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, seen: Any
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
    api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED")

    again = publish(store, PETE, lifecycle="PUBLISHED")

    for found in (again, seen()):
        assert (found.lifecycle, found.scopes["update"].restricted_to) == ("BLOCKED", MANAGERS)


@pytest.mark.parametrize("api_id", ["orders", "orders-2"])
def test_a_binding_outlives_deletion_and_follows_the_scope_to_another_api(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, seen: Any, api_id: str
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
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
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, seen: Any
) -> None:
    api_restrictions.restrict_api(
        administration, ROOT, "orders", ApiRestriction(visibility="CHOSEN", visible_to=frozenset({"Acme"}))
    )
    api_restrictions.restrict_api(administration, ROOT, "wages", ApiRestriction(visible_roles=MANAGERS))

    publish(store, PETE, visibility="ALL")
    publish(store, PETE, api_id="wages", visible_roles=frozenset({"employee"}))

    assert (seen().visibility, seen().visible_to) == ("CHOSEN", {"acme"})
    assert seen("wages").visible_roles.isdisjoint({"employee", "manager", "everyone"})
    assert seen("wages").visible_roles


def test_s3_what_is_bound_at_once_is_all_bound(
    tables: Tables, store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, seen: Any
) -> None:
    """Two administrators and a publisher, each with what they read before the others wrote."""
    publish(store, PETE, document(EITHER))
    past = published_apis.find_past(store, PETE, "orders")
    late = DynamoDBRestrictions(tables)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)

    entry = ROOT.entry("scope.roles", "read")
    assert late.restrict_scope("johnsorg", "read", None, frozenset({"employee"}), entry)
    assert not late.restrict_scope("johnsorg", "update", None, frozenset({"employee"}), entry)
    saved = Publication(api=replace(past.api, revision=2), former=())
    assert not store.publish_api("johnsorg", past, saved, PETE.entry("api.publish", "orders"))

    assert seen().scopes["update"].restricted_to == MANAGERS
    assert seen().scopes["read"].restricted_to == {"employee"}


def test_a_scope_that_is_bound_to_no_role_opens_to_nobody(
    store: DynamoDBPublishedApis, administration: DynamoDBRestrictions, seen: Any
) -> None:
    publish(store, PETE)

    api_restrictions.bind_scope(administration, ROOT, "update", frozenset())
    assert (seen().scopes["update"].is_bound, seen().scopes["update"].demands) == (True, (frozenset(),))

    api_restrictions.bind_scope(administration, ROOT, "update", None)
    assert not seen().scopes["update"].is_bound


def test_old_and_new_values_are_in_the_log(
    tables: Tables, store: DynamoDBPublishedApis, administration: DynamoDBRestrictions
) -> None:
    publish(store, PETE)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)
    api_restrictions.bind_scope(administration, ROOT, "update", frozenset())
    api_restrictions.restrict_api(administration, ROOT, "orders", ApiRestriction(blocked_by="administrator"))

    said = [detail for _, action, detail in log(tables) if action in {"scope.roles", "api.restrict"}]
    assert set(said) == {
        "not bound to manager",
        "manager to nobody",
        "not blocked, visible to ALL, roles everyone to blocked by a administrator, visible to ALL, roles everyone",
    }


@pytest.mark.parametrize("name", ["apim:admin", "a b", "", 'a"b'])
def test_what_is_no_scope_of_an_api_is_not_bound(administration: DynamoDBRestrictions, name: str) -> None:
    with pytest.raises(InvalidInputError):
        api_restrictions.bind_scope(administration, ROOT, name, MANAGERS)


def test_restrictions_have_a_size(administration: DynamoDBRestrictions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.domain.apis.restrictions.SIZE_MAX_BYTES", 50)
    api_restrictions.bind_scope(administration, ROOT, "update", MANAGERS)

    with pytest.raises(InvalidInputError, match="too much"):
        api_restrictions.bind_scope(administration, ROOT, "read", MANAGERS)
    api_restrictions.bind_scope(administration, ROOT, "update", None)


def test_restrictions_that_are_too_large_become_fewer(
    administration: DynamoDBRestrictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("orders", "wages"):
        api_restrictions.restrict_api(administration, ROOT, name, ApiRestriction(blocked_by="administrator"))
    for name in ("read", "update"):
        api_restrictions.bind_scope(administration, ROOT, name, MANAGERS)
    monkeypatch.setattr("gatehouse.domain.apis.restrictions.SIZE_MAX_BYTES", 1)

    api_restrictions.restrict_api(administration, ROOT, "orders", UNRESTRICTED)
    api_restrictions.bind_scope(administration, ROOT, "update", None)

    left = administration.find_restrictions("johnsorg")
    assert (set(left.apis), set(left.scopes)) == ({"wages"}, {"read"})


def test_the_blocks_of_publishers_leave_room_for_those_of_administrators(
    store: DynamoDBPublishedApis, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, PETE)
    monkeypatch.setattr("gatehouse.domain.apis.restrictions.SIZE_MAX_BYTES", 1)

    with pytest.raises(InvalidInputError, match="too much"):
        api_lifecycle.change_lifecycle(store, PETE, "orders", "BLOCKED")
    assert api_lifecycle.change_lifecycle(store, ROOT, "orders", "BLOCKED").lifecycle == "BLOCKED"


def test_an_api_that_nobody_restricts_has_no_restriction(administration: DynamoDBRestrictions) -> None:
    api_restrictions.restrict_api(administration, ROOT, "orders", ApiRestriction(blocked_by="administrator"))
    api_restrictions.restrict_api(administration, ROOT, "orders", UNRESTRICTED)

    assert administration.find_restrictions("johnsorg").apis == {}


def test_of_two_decisions_at_once_one_is_told(tables: Tables, administration: DynamoDBRestrictions) -> None:
    class LateRestrictions(DynamoDBRestrictions):
        def find_restrictions(self, organisation: str) -> Any:
            found = super().find_restrictions(organisation)
            if not found.revision:
                api_restrictions.restrict_api(
                    administration, ROOT, "orders", ApiRestriction(blocked_by="administrator")
                )
            return found

    late = LateRestrictions(tables)
    with pytest.raises(ConflictError):
        api_restrictions.restrict_api(late, ROOT, "orders", ApiRestriction(visibility="ORGANISATION"))


@pytest.mark.parametrize("name", ["apim:admin", "apim:new", "default", "openid", "phone"])
def test_a_scope_that_no_api_can_define_cannot_be_bound(administration: DynamoDBRestrictions, name: str) -> None:
    with pytest.raises(InvalidInputError):
        api_restrictions.bind_scope(administration, ROOT, name, MANAGERS)
