"""Which scopes a token may carry, by subscriptions, roles and the kind of client; on values."""

import copy

import pytest

from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth import entitlements
from tests import factories
from tests.unit.domain.conftest import GrantWorld

MANAGER = frozenset({"manager"})


def granted(world: GrantWorld, *asked: str, is_user: bool = True) -> frozenset[str]:
    return entitlements.granted(world.directory, world.client, world.user if is_user else None, frozenset(asked))


@pytest.mark.parametrize("is_user", [True, False], ids=["a user", "an application"])
def test_scopes_of_a_subscribed_api_are_granted_and_others_dropped(world: GrantWorld, *, is_user: bool) -> None:
    assert granted(world, "read", "update", "unknown", is_user=is_user) == {"read", "update"}
    assert world.directory.calls == ["find_subscriptions"]


@pytest.mark.parametrize("asked", [[], ["default"], ["unknown"]], ids=str)
def test_nothing_left_is_default(world: GrantWorld, asked: list[str]) -> None:
    assert granted(world, *asked) == {"default"}


@pytest.mark.parametrize(
    "asked", [[], ["default"], ["openid", "profile"], [*sorted(scopes.IDENTITY), "default"]], ids=str
)
def test_nothing_is_read_where_no_api_can_define_what_was_asked(world: GrantWorld, asked: list[str]) -> None:
    granted(world, *asked)

    assert world.directory.calls == []
    assert entitlements.prefetch_for(world.client, frozenset(asked)) is None


def test_subscriptions_are_read_ahead_where_they_will_be_asked_for(world: GrantWorld) -> None:
    assert entitlements.prefetch_for(world.client, frozenset({"openid", "read"})) is world.client


def test_a_users_token_may_say_who_they_are(world: GrantWorld) -> None:
    assert granted(world, "openid", "email", "read", "offline_access") == {"openid", "email", "read", "offline_access"}
    assert granted(world, "openid") == {"openid"}
    assert granted(world, "openid", "unknown") == {"openid"}


def test_a_clients_own_token_says_nothing_of_a_user(world: GrantWorld) -> None:
    assert granted(world, "openid", "read", is_user=False) == {"read"}
    assert granted(world, "openid", is_user=False) == {"default"}


def test_offline_access_asks_for_a_refresh_token(world: GrantWorld) -> None:
    world.change_client(grant_types=frozenset({"password"}))

    assert granted(world, "openid", "offline_access") == {"openid"}


def test_an_application_that_does_not_exist_gets_identity_alone(world: GrantWorld) -> None:
    world.directory.applications.clear()

    assert granted(world, "openid", "read") == {"openid"}


def test_a_user_of_another_organisation_gets_identity_alone(world: GrantWorld) -> None:
    world.change_user(organisation="acme")
    world.directory.users["johnsorg", "john@gmail.com"] = factories.user(organisation="acme")

    assert granted(world, "openid", "read") == {"openid"}


def test_an_api_that_is_not_subscribed_to_gives_nothing(world: GrantWorld) -> None:
    world.change_application(subscriptions=())

    assert granted(world, "read") == {"default"}


def test_a_subscription_to_an_earlier_life_of_the_api_gives_nothing(world: GrantWorld) -> None:
    world.change_api(life_id="second")

    assert granted(world, "read") == {"default"}


@pytest.mark.parametrize(("visibility", "expected"), [("ALL", "read"), ("ORGANISATION", "default")])
def test_an_api_of_another_organisation_gives_as_long_as_it_is_shared(
    world: GrantWorld, visibility: str, expected: str
) -> None:
    shared = factories.api(organisation="acme", visibility=visibility)
    world.directory.published = {("acme", "orders"): shared}
    world.change_application(subscriptions=(Subscription(api_organisation="acme", api_id="orders"),))

    assert granted(world, "read") == {expected}


def test_every_application_has_our_own_apis(world: GrantWorld) -> None:
    world.change_application(subscriptions=())

    assert granted(world, "apim:subscribe") == {"apim:subscribe"}


def test_where_two_apis_define_a_scope_both_must_allow_it(world: GrantWorld) -> None:
    bound = factories.api(api_id="stock", scopes={"read": Scope(name="read", roles=MANAGER)})
    world.directory.published["johnsorg", "stock"] = bound
    subscriptions = tuple(Subscription(api_organisation="johnsorg", api_id=one) for one in ("orders", "stock"))
    world.change_application(subscriptions=subscriptions)

    assert granted(world, "read") == {"default"}
    world.change_user(roles=MANAGER)
    assert granted(world, "read") == {"read"}


def test_a_registered_client_has_the_open_apis_of_its_organisation_and_none_of_ours(world: GrantWorld) -> None:
    world.directory.clients[factories.CLIENT_ID] = factories.registered_client(client_id=factories.CLIENT_ID)

    assert granted(world, "read", "apim:subscribe") == {"default"}
    world.change_api(tiers=frozenset({"Gold", "DefaultSubscriptionless"}))
    assert granted(world, "read", "apim:subscribe") == {"read"}


def test_a_registered_client_has_no_api_that_its_user_cannot_find(world: GrantWorld) -> None:
    world.directory.clients[factories.CLIENT_ID] = factories.registered_client(client_id=factories.CLIENT_ID)
    world.change_api(tiers=frozenset({"DefaultSubscriptionless"}), visible_roles=MANAGER)

    assert granted(world, "read") == {"default"}
    assert granted(world, "read", is_user=False) == {"default"}
    world.change_user(roles=MANAGER)
    assert granted(world, "read") == {"read"}


BOUND = factories.api(scopes={"delete": Scope(name="delete", roles=MANAGER), "read": Scope(name="read")})
APPLICATION = factories.application()


def allows(name: str, **changes: object) -> bool:
    given: dict[str, object] = {"api": BOUND, "application": APPLICATION, "roles": frozenset[str](), **changes}
    return entitlements.allows(given["api"], name, given["application"], given["roles"])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["read", "unknown"])
def test_a_scope_without_roles_is_free(name: str) -> None:
    assert allows(name)
    assert allows(name, application=None, roles=None)


def test_a_bound_scope_needs_one_of_its_roles() -> None:
    assert not allows("delete", roles=frozenset({"employee"}))
    assert allows("delete", roles=frozenset({"employee", "manager"}))


def test_roles_of_another_organisation_are_other_roles() -> None:
    assert not allows("delete", application=None, roles=MANAGER)
    assert not allows("delete", application=factories.application(organisation="acme"), roles=MANAGER)


def test_an_administrator_may_grant_a_bound_scope_to_an_application_for_one_life_of_the_api() -> None:
    granted = factories.application(client_scopes=frozenset({"delete"}))

    assert not allows("delete", roles=None)
    assert allows("delete", roles=None, application=granted)
    assert not allows("delete", roles=None, application=granted, api=copy.replace(BOUND, life_id="second"))
    again = factories.application(client_scopes=frozenset({"delete second"}))
    assert allows("delete", roles=None, application=again, api=copy.replace(BOUND, life_id="second"))


def test_document_and_administrators_each_demand_a_role() -> None:
    both = factories.api(scopes={"s": Scope(name="s", roles=MANAGER, restricted_to=frozenset({"auditor"}))})

    assert not allows("s", api=both, roles=MANAGER)
    assert not allows("s", api=both, roles=frozenset({"auditor"}))
    assert allows("s", api=both, roles=MANAGER | {"auditor"})


def test_everyone_has_the_role_of_everyone() -> None:
    for_all = factories.api(scopes={"s": Scope(name="s", roles=frozenset({"everyone"}))})

    assert allows("s", api=for_all)
