"""A scope's name may be free at one API and bound to roles at another: what a token of the one opens at the other.

The `orders` API binds `delete` to managers; `stock` gives a scope of that name to everybody.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Api, Resource, Subscription
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService, basic

type Call = Callable[..., dict[str, Any]]

ORDERS = Subscription(api_organisation="johnsorg", api_id="orders")
STOCK = Subscription(api_organisation="johnsorg", api_id="stock")


@pytest.fixture
def stock(johnsorg: DirectoryWriter) -> Api:
    """An API whose scopes are for everybody, and the only one that the application subscribes to."""
    api = factories.api(api_id="stock", scopes={"delete": Scope(name="delete")})
    johnsorg.save_api(api)
    johnsorg.save_application(factories.application(subscriptions=(STOCK,)))
    return api


@pytest.fixture(params=["opaque", "jwt", "jwt, revocation not checked"])
def service(service: TokenService, johnsorg: DirectoryWriter, rotation: KeyRotation, request: Any) -> TokenService:
    del rotation
    johnsorg.save_client(factories.client(token_format=request.param.split(",")[0]))
    johnsorg.save_api(factories.api(checks_revocation=request.param != "jwt, revocation not checked"))
    return service


def subscribe_to_both(writer: DirectoryWriter, **changes: Any) -> None:
    writer.save_application(factories.application(subscriptions=(STOCK, ORDERS), **changes))


def bind(writer: DirectoryWriter, *roles: str) -> None:
    writer.save_api(factories.api(scopes={"delete": Scope(name="delete", roles=frozenset(roles))}))


@pytest.mark.usefixtures("stock")
def test_a_scope_from_before_a_subscription_does_not_open_what_the_new_api_binds_to_roles(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    issued = service.password(scope="delete").json
    assert issued["scope"] == "delete"

    subscribe_to_both(johnsorg)

    assert call(issued["access_token"], "DELETE", "/orders/{id}")["code"] == "900910"
    assert service.refresh(issued["refresh_token"]).json["scope"] == "default"


@pytest.mark.usefixtures("stock")
def test_the_backend_is_not_told_of_a_scope_that_does_not_count(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    token = service.password(scope="delete").json["access_token"]
    free = Resource(method="GET", path="/orders")
    johnsorg.save_api(factories.api(resources=(free,)))

    subscribe_to_both(johnsorg)
    told = call(token, "GET", "/orders")
    bind(johnsorg, "everyone")
    counts = call(token, "GET", "/orders/{id}")

    assert (told["effect"], told["scope"]) == ("Allow", "default")
    assert counts["scope"] == "delete"


@pytest.mark.usefixtures("stock")
def test_it_opens_it_for_whom_had_the_role_when_the_token_was_issued(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    issued = service.password(scope="delete").json

    subscribe_to_both(johnsorg)

    assert call(issued["access_token"], "DELETE", "/orders/{id}")["effect"] == "Allow"


def test_roles_that_are_bound_later_close_the_scope_for_whom_lacks_them(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    token = service.password(scope="delete").json["access_token"]

    bind(johnsorg, "director")
    assert call(token, "DELETE", "/orders/{id}")["code"] == "900910"
    bind(johnsorg, "director", "manager")
    assert call(token, "DELETE", "/orders/{id}")["effect"] == "Allow"
    bind(johnsorg, "everyone")
    assert call(token, "DELETE", "/orders/{id}")["effect"] == "Allow"


def test_a_refresh_brings_the_roles_up_to_date(service: TokenService, johnsorg: DirectoryWriter, call: Call) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    issued = service.password(scope="read delete").json

    johnsorg.save_user(factories.user(roles=frozenset({"director"})))
    refreshed = service.refresh(issued["refresh_token"]).json

    assert refreshed["scope"] == "read"
    bind(johnsorg, "director")
    again = service.refresh(refreshed["refresh_token"]).json
    assert again["scope"] == "delete"
    assert call(again["access_token"], "DELETE", "/orders/{id}")["effect"] == "Allow"


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    ("ticked", "effect"),
    [
        pytest.param(frozenset({"delete"}), "Allow", id="ticked"),
        pytest.param(frozenset[str](), "Deny", id="not ticked"),
    ],
)
def test_an_applications_own_token_opens_what_an_administrator_ticked(
    service: TokenService, johnsorg: DirectoryWriter, call: Call, ticked: frozenset[str], effect: str
) -> None:
    token = service.client_credentials(scope="delete").json["access_token"]

    subscribe_to_both(johnsorg, client_scopes=ticked)

    assert call(token, "DELETE", "/orders/{id}")["effect"] == effect


def test_roles_of_one_organisation_open_nothing_that_another_one_binds(
    service: TokenService, acme: DirectoryWriter, call: Call
) -> None:
    """Anna is a manager at Acme, where a scope called `delete` is free."""
    acme.save_api(factories.api(visibility="ALL"))
    acme.save_api(factories.api(organisation="acme", api_id="own", scopes={"delete": Scope(name="delete")}))
    own = Subscription(api_organisation="acme", api_id="own")
    application = {"organisation": "acme", "application_id": "app-acme"}
    acme.save_application(factories.application(**application, subscriptions=(own,)))
    acme.save_user(
        factories.user(organisation="acme", user_id="user-anna", username="anna", roles=frozenset({"manager"}))
    )
    form = {"grant_type": "password", "username": "anna", "password": factories.PASSWORD, "scope": "delete"}
    token = service.post(form, authorization=basic("acme-client")).json["access_token"]

    acme.save_application(factories.application(**application, subscriptions=(own, ORDERS)))

    assert call(token, "DELETE", "/orders/{id}")["code"] == "900910"
