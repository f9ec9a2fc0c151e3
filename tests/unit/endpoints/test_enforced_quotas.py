"""Every quota of `domain/accounts/quotas.py` is enforced, and an operator's override counts (finding S15)."""

from collections.abc import Mapping
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.accounts import quotas
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationInput
from gatehouse.storage import usage_key_shares
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.faulty_transport import FaultyTransport
from tests.unit.endpoints.members import Member
from tests.unit.portal import caller

JOHN = caller()


@pytest.fixture
def two_apis(organisations: DirectoryWriter) -> None:
    organisations.save_api(factories.api(api_id="items", name="items"))


def allow(organisations: DirectoryWriter, **most: int) -> None:
    overridden = {name.replace("_", "-"): number for name, number in most.items()}
    organisations.save_organisation(factories.organisation(name="Johns Org", quotas=overridden))


def lower(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    """Let the default be smaller, so that a test reaches it with few calls."""
    known: Any = quotas._BY_NAME
    monkeypatch.setitem(known, name, replace(known[name], most=most, least=most))


def shares(tables: Tables, organisation: str = "johnsorg") -> int:
    return Listings(tables).count(usage_key_shares.listing(organisation))


def id_of(made: Mapping[str, Any]) -> str:
    return f"/subscriptions/{made['subscriptionId']}"


def test_an_organisation_has_its_share_of_api_gateways_keys_and_no_more(
    john: Member, mary: Member, organisations: DirectoryWriter, tables: Tables, two_apis: None
) -> None:
    del two_apis
    allow(organisations, usage_keys=2)
    first, second, third = john.application("1"), mary.application("2"), john.application("3")
    for application, person in ((first, john), (second, mary)):
        assert person.subscribe(application, "Gold").status == 201

    refused = john.subscribe(third, "Bronze")

    assert (refused.status, "a limited tier" in refused.json["description"]) == (409, True)
    assert john.subscribe(first, "Bronze", "items").status == 201, "the application has a key already"
    unlimited = john.subscribe(third)
    assert unlimited.status == 201, "what has no limit needs no key"
    changed = john.put(
        id_of(unlimited.json), {**unlimited.json, "throttlingPolicy": "Gold", "requestedThrottlingPolicy": "Gold"}
    )
    assert (changed.status, "a limited tier" in changed.json["description"]) == (409, True)
    assert shares(tables) == 2


def test_what_leaves_its_limited_tier_leaves_its_share_to_others(
    john: Member, organisations: DirectoryWriter, tables: Tables, two_apis: None
) -> None:
    del two_apis
    allow(organisations, usage_keys=1)
    first, second = john.application("1"), john.application("2")
    held = [john.subscribe(first, "Gold", api_id).json for api_id in ("orders", "items")]
    john.delete(id_of(held[0]))

    assert john.subscribe(second, "Gold").status == 409, "the other subscription still needs the key"
    to_unlimited = {**held[1], "throttlingPolicy": "Unlimited", "requestedThrottlingPolicy": "Unlimited"}
    assert john.put(id_of(held[1]), to_unlimited).status == 200
    assert john.subscribe(second, "Gold").status == 201
    assert john.delete(f"/applications/{second['applicationId']}").status == 200
    assert shares(tables) == 0
    assert john.subscribe(first, "Gold").status == 201


def test_no_organisation_uses_up_the_share_of_another(
    john: Member, alice: Member, organisations: DirectoryWriter, tables: Tables
) -> None:
    organisations.save_api(factories.api(visibility="ALL"))
    allow(organisations, usage_keys=0)

    assert john.subscribe(john.application(), "Gold").status == 409
    assert alice.subscribe(alice.application(), "Gold", "orders@johnsorg").status == 201
    assert (shares(tables), shares(tables, "acme")) == (0, 1)


def test_the_last_application_of_two_at_once_is_refused(tables: Tables) -> None:
    """Between the count and the transaction of the one, the other is stored."""
    DirectoryWriter(tables).save_organisation(factories.organisation(quotas={"applications": 2}))
    wire = FaultyTransport(tables.transport)
    behind = Tables(transport=wire, directory=tables.directory, grants=tables.grants)
    applications.create(DynamoDBApplications(tables), JOHN, ApplicationInput(name="First"))
    wire.before(
        "TransactWriteItems",
        lambda: applications.create(DynamoDBApplications(tables), JOHN, ApplicationInput(name="Second")),
    )

    with pytest.raises(ConflictError, match="as many applications as a member may have"):
        applications.create(DynamoDBApplications(behind), JOHN, ApplicationInput(name="Third"))

    listed = DynamoDBApplications(tables).find_applications("johnsorg", "user-john", Window(limit=9))
    assert ([one.name for one in listed.items], listed.total) == (["First", "Second"], 2)


def test_accepting_a_transfer_does_not_pass_the_limit(
    john: Member, mary: Member, organisations: DirectoryWriter
) -> None:
    allow(organisations, applications=2)
    mary.application("Hers")
    mary.application("Hers too")
    gift = f"/applications/{john.application('Gift')['applicationId']}"
    john.post(f"{gift}/change-owner", {"owner": "mary@gmail.com"})
    accept = f"/application-transfers/{gift.removeprefix('/applications/')}/accept"

    refused = mary.post(accept, {})

    assert (refused.status, "as many applications" in refused.json["description"]) == (409, True)
    assert john.get(gift).json["owner"] == "john@gmail.com"
    allow(organisations, applications=3)
    assert mary.post(accept, {}).status == 200


def test_an_operator_allows_more_subscriptions_of_an_application(
    john: Member, organisations: DirectoryWriter, monkeypatch: pytest.MonkeyPatch, two_apis: None
) -> None:
    del two_apis
    lower(monkeypatch, "subscriptions", 1)
    application = john.application()
    john.subscribe(application)

    refused = john.subscribe(application, api_id="items")

    assert (refused.status, refused.json["description"]) == (400, "An application has at most 1 subscriptions.")
    allow(organisations, subscriptions=2)
    assert john.subscribe(application, api_id="items").status == 201


def test_an_operator_allows_more_secrets_of_a_key(
    john: Member, organisations: DirectoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "secrets", 1)
    application = john.application()
    keys = john.keys(application)
    path = f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}/generate-secret"

    assert john.post(path, {}).status == 400
    allow(organisations, secrets=2)
    assert [john.post(path, {}).status for _ in range(2)] == [201, 400]


@pytest.mark.parametrize("field", ["callbackUrl", "post_logout_redirect_uris"])
def test_an_operator_allows_more_redirect_uris(john: Member, organisations: DirectoryWriter, field: str) -> None:
    uris = [f"https://app.example/{number}" for number in range(12)]
    more: dict[str, Any] = (
        {"callbackUrl": ",".join(uris)}
        if field == "callbackUrl"
        else {"callbackUrl": uris[0], "additionalProperties": {field: uris}}
    )
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["authorization_code"], **more}
    path = f"/applications/{john.application()['applicationId']}/generate-keys"

    refused = john.post(path, body)

    assert (refused.status, "At most 10 URIs, not 12." in refused.body) == (400, True)
    allow(organisations, redirect_uris=12)
    assert john.post(path, body).status == 200


def test_an_application_has_one_key_set_of_each_type(john: Member) -> None:
    application = john.application()
    john.keys(application)
    john.keys(application, keyType="SANDBOX")
    path = f"/applications/{application['applicationId']}/generate-keys"
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}

    assert john.post(path, body).status == 409
    assert len(john.get(f"/applications/{application['applicationId']}/oauth-keys").json["list"]) == 2
