"""`map-keys`: keys that exist, bound to another application of the same person."""

from typing import Any

import pytest

from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.grants import GrantContext, TokenRequest, issue
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.members import Member


def bind(person: Member, application: Any, keys: Any, **more: str) -> Any:
    body = {"consumerKey": keys["consumerKey"], "consumerSecret": keys["consumerSecret"], "keyType": "PRODUCTION"}
    return person.post(f"/applications/{application['applicationId']}/map-keys", body | more)


def listed(person: Member, application: Any) -> list[str]:
    found = person.get(f"/applications/{application['applicationId']}/oauth-keys").json["list"]
    return [one["consumerKey"] for one in found]


def token(context: GrantContext, client: clients.Client) -> str:
    request = TokenRequest(
        client=client,
        parameters={"grant_type": "client_credentials"},
        arrived_at_ms=NOW * 1000,
        source="192.0.2.1",
        issuer="https://auth.example",
    )
    return issue(context, request).access_token


def test_bound_keys_belong_to_the_new_application_alone(john: Member) -> None:
    old, new = john.application("Old"), john.application("New", tokenType="JWT")
    keys = john.keys(old)

    bound = bind(john, new, keys, keyType="SANDBOX")

    assert (bound.status, bound.json["mode"], bound.json["keyType"]) == (200, "MAPPED", "SANDBOX")
    assert (listed(john, old), listed(john, new)) == ([], [keys["consumerKey"]])
    assert bound.json["consumerSecret"] is None
    assert john.keys(old)["consumerKey"] != keys["consumerKey"]
    entries = john.store.audit.find_entries("johnsorg", Window()).items
    assert ("keys.map", "SANDBOX: from Old to New") in {(one.action, one.detail) for one in entries}


def test_the_secret_goes_on_working_and_the_old_tokens_are_dead(john: Member) -> None:
    keys, new = john.keys(john.application("Old")), john.application("New")
    directory = john.store.portal.key_sets
    before = directory.find_client(keys["consumerKey"])
    assert before is not None
    old_token = token(john.store.portal.context, before)

    bind(john, new, keys)

    client = directory.find_client(keys["consumerKey"])
    assert client is not None
    assert (client.application_id, clients.is_secret(client, keys["consumerSecret"], NOW)) == (
        new["applicationId"],
        True,
    )
    assert Member(john.store, old_token).get("/apis").status == 401
    assert client.generation != before.generation


def test_whatever_is_wrong_with_the_proof_is_one_answer(john: Member, mary: Member, writer: DirectoryWriter) -> None:
    keys = john.keys(john.application("Old"))
    hers = mary.application("Hers", groups=["everyone"])
    shared = mary.keys(hers)
    writer.save_client(factories.client(organisation="acme", client_id="acmes"))
    new = john.application("New")

    answers = [
        bind(john, new, {**keys, "consumerSecret": "wrong"}),
        bind(john, new, {**keys, "consumerSecret": ""}),
        bind(john, new, {"consumerKey": "none", "consumerSecret": "x"}),
        bind(john, new, shared),
        bind(john, new, {"consumerKey": "acmes", "consumerSecret": factories.SECRET}),
    ]

    assert {(one.status, one.body) for one in answers} == {(400, answers[0].body)}
    assert (listed(john, new), listed(mary, hers)) == ([], [shared["consumerKey"]])


def test_an_application_that_has_such_keys_keeps_them(john: Member) -> None:
    keys, new = john.keys(john.application("Old")), john.application("New")
    own = john.keys(new)

    assert [bind(john, new, one).json["code"] for one in (keys, own)] == [901409, 901409]
    assert listed(john, new) == [own["consumerKey"]]


def test_only_the_owner_binds(john: Member, mary: Member) -> None:
    shared = john.application("Shared", groups=["everyone"])
    hers = mary.keys(mary.application("Hers"))

    assert bind(mary, shared, hers).status == 403


@pytest.mark.parametrize("name", ["map-keys", "generate-keys"])
def test_another_key_manager_is_not_registered(john: Member, name: str) -> None:
    path = f"/applications/{john.application()['applicationId']}/{name}"
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["password"], "consumerKey": "x"}

    refused = john.post(path, body | {"keyManager": "Okta"})

    assert (refused.status, refused.json["code"]) == (400, 901403)


def test_the_key_manager_that_is_listed_is_taken_by_name_and_id(john: Member) -> None:
    (manager,) = john.get("/key-managers").json["list"]
    application = john.application()

    for key_type, name in (("PRODUCTION", manager["name"]), ("SANDBOX", manager["id"])):
        assert john.keys(application, keyType=key_type, keyManager=name)["keyType"] == key_type
