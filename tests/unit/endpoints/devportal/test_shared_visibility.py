"""Which shared APIs and scopes are hidden from members of another organisation."""

from typing import Any

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.devportal.sharing import ids
from tests.unit.endpoints.members import Member


def restricted(organisations: DirectoryWriter, **more: Any) -> None:
    """Johns Org publishes an API for its managers."""
    fields: dict[str, Any] = {"api_id": "payroll", "name": "payroll", "tags": frozenset({"secret-tag", "shop"})}
    organisations.save_api(factories.api(**(fields | {"visible_roles": frozenset({"manager"})} | more)))


def test_an_api_for_some_roles_is_hidden_from_everybody_else(john: Member, organisations: DirectoryWriter) -> None:
    restricted(organisations)

    assert ids(john.get("/apis")) == ids(john.get("/search")) == ["orders"]
    assert john.get("/apis").json["pagination"]["total"] == 1
    for query in ("payroll", "tag:secret-tag", "tag:shop", "provider:johnsorg", "description:*", "version:1*"):
        assert "payroll" not in ids(john.get("/apis", query=query)) + ids(john.get("/search", query=query))
    assert john.get("/tags").json["list"] == [{"value": "demo", "count": 1}, {"value": "shop", "count": 1}]
    for path in ("/apis/{}", "/apis/{}/swagger", "/apis/{}/subscription-policies", "/apis/{}/comments"):
        assert john.get(path.format("payroll")).body == john.get(path.format("none")).body
    assert john.subscribe(john.application(), api_id="payroll").json["code"] == 900308


def test_holders_of_the_role_publishers_and_administrators_see_it(
    mary: Member, ada: Member, organisations: DirectoryWriter
) -> None:
    restricted(organisations)

    assert ids(mary.get("/apis")) == ids(ada.get("/apis")) == ["orders", "payroll"]
    assert {"value": "shop", "count": 2} in mary.get("/tags").json["list"]


def test_a_shared_application_does_not_tell_of_apis_for_other_roles(
    john: Member, mary: Member, organisations: DirectoryWriter
) -> None:
    restricted(organisations, scopes={"read-salaries": factories.Scope(name="read-salaries")})
    application = mary.application(groups=["everyone"])
    subscribed = mary.subscribe(application, api_id="payroll").json["subscriptionId"]
    one = {"applicationId": application["applicationId"]}

    answers = [
        john.get(f"/applications/{one['applicationId']}"),
        john.get("/subscriptions", **one),
        john.get(f"/subscriptions/{subscribed}"),
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert not any(word in answer.body for answer in answers for word in ("payroll", "salaries"))
    assert "payroll" in mary.get("/subscriptions", **one).body


def test_role_bound_scopes_of_another_organisation_are_not_shown(
    john: Member, alice: Member, organisations: DirectoryWriter
) -> None:
    organisations.save_api(factories.api(visibility="ALL"))

    assert [one["key"] for one in alice.get("/apis/orders@johnsorg").json["scopes"]] == ["read", "update"]
    assert "manager" not in alice.get("/apis/orders@johnsorg").body
    assert "manager" in john.get("/apis/orders").body
