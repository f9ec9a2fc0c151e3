"""Who is no administrator here is refused every operation and every page."""

from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.unit.endpoints import tables_of_operations
from tests.unit.endpoints.members import ADMINISTRATOR, Member, SignIn, admin_api
from tests.unit.endpoints.store.browser import StoreBrowser

EXAMPLES = {
    "username": "john@gmail.com",
    "action": "disable",
    "subscriptionId": "x",
    "applicationId": "x",
    "apiId": "orders",
    "scope": "read",
    "clientId": "dyn.agent",
    "keyType": "PRODUCTION",
    "providerId": "x",
    "domain": "x",
}
OPERATIONS = [(one.method, one.path.format(**EXAMPLES)) for one in tables_of_operations.ALL["admin v4"]]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_members_who_are_no_administrators_are_refused(store: Store, john: Member, method: str, path: str) -> None:
    body: dict[str, Any] | None = {} if method in {"POST", "PUT"} else None

    assert admin_api(store, john)(method, path, body).status == 401


def test_the_matrix_holds_every_operation(store: Store) -> None:
    assert [(one.method, one.path.format(**EXAMPLES)) for one in store.admin_api.operations] == OPERATIONS


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_administrator_of_another_organisation_sees_nothing(
    store: Store, sign_in: SignIn, john: Member, method: str, path: str
) -> None:
    application = john.application("Johns shop")
    subscription = john.subscribe(application).json
    root = sign_in(factories.user(organisation="acme", username="root"), ADMINISTRATOR)
    real = path.replace("/subscriptions/x", f"/subscriptions/{subscription['subscriptionId']}")
    real = real.replace("/applications/x", f"/applications/{application['applicationId']}")
    writes = {"POST", "PUT"}

    answer = admin_api(store, root)(method, real, {"name": "Acme"} if method in writes else None)

    for private in ("Johns", "john@gmail.com", "johnsorg"):
        assert private not in answer.body
    if "x" in path.split("/") or "john" in path or "/apis/" in path:
        assert answer.status == 404


def test_members_who_are_no_administrators_see_no_admin_page(site: Site, tables: Tables) -> None:
    john = StoreBrowser(site, tables)
    john.sign_in(factories.user())

    for route in site.routes:
        if route.path.startswith("/store/admin"):
            path = route.path.format(**EXAMPLES)
            answer = john.get(path) if route.method == "GET" else john.post(path, {"name": "x"})
            assert answer.status == 403, route.path
