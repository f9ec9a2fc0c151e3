"""Keys of applications: generate-keys, oauth-keys, secrets, tokens."""

from collections.abc import Mapping
from typing import Any

import pytest

from gatehouse.domain.oauth import clients
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests.factories import NOW
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.members import Member


def works(tables: Tables, key: str, secret: str, now: int = NOW) -> bool:
    """Whether these are credentials of the client, as it is stored now."""
    client = DynamoDBDirectory(tables, TtlCache(0)).find_client(key)
    return client is not None and client.is_active and clients.is_secret(client, secret, now)


def path_of(application: Mapping[str, Any], keys: Mapping[str, Any], rest: str = "") -> str:
    return f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}{rest}"


def test_generated_keys_work_and_come_with_a_token(john: Member, tables: Tables) -> None:
    application = john.application()

    made = john.keys(application, "client_credentials", "password")

    assert works(tables, made["consumerKey"], made["consumerSecret"])
    assert made["supportedGrantTypes"] == ["client_credentials", "password"]
    assert (made["keyState"], made["keyType"], made["mode"]) == ("COMPLETED", "PRODUCTION", "CREATED")
    assert made["token"]["accessToken"].startswith("gha_")
    assert made["token"]["validityTime"] == 3600


def test_keys_are_made_by_one_transaction(john: Member, transport: RecordingTransport) -> None:
    application = john.application()
    transport.operations.clear()

    john.keys(application)

    writes = [one for one in transport.operations if one not in {"GetItem", "BatchGetItem", "Query"}]
    assert writes == ["TransactWriteItems"]


def test_a_secret_is_shown_once(john: Member) -> None:
    application = john.application()
    made = john.keys(application)

    shown = john.get(path_of(application, made))
    secrets = john.get(path_of(application, made, "/secrets")).json

    assert shown.json["consumerSecret"] is None
    assert made["consumerSecret"] not in shown.body
    assert [one["secretValue"] for one in secrets["list"]] == ["********"]


def test_each_type_of_keys_exists_once(john: Member) -> None:
    application = john.application()
    john.keys(application)
    body = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["password"]}

    again = john.post(f"/applications/{application['applicationId']}/generate-keys", body)

    assert (again.status, again.json["code"]) == (409, 901409)
    sandbox = john.keys(application, keyType="SANDBOX")
    listed = john.get(f"/applications/{application['applicationId']}/oauth-keys").json
    assert [one["keyType"] for one in listed["list"]] == ["PRODUCTION", "SANDBOX"]
    assert listed["list"][1]["consumerKey"] == sandbox["consumerKey"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"grantTypesToBeSupported": ["authorization_code"]}, "callbackUrl", id="code without a callback"),
        pytest.param({"grantTypesToBeSupported": []}, "grantTypes", id="no grant"),
        pytest.param({"grantTypesToBeSupported": ["iwa:ntlm"]}, "grantTypes", id="no grant that is supported"),
        pytest.param(
            {"grantTypesToBeSupported": ["password"], "callbackUrl": "http://evil.example/"},
            "callbackUrl",
            id="a callback without TLS",
        ),
        pytest.param(
            {
                "grantTypesToBeSupported": ["password"],
                "additionalProperties": {"application_access_token_expiry_time": -5},
            },
            "lifetime",
            id="a negative lifetime",
        ),
        pytest.param({"grantTypesToBeSupported": ["password"], "keyType": "X"}, "keyType", id="a wrong type"),
        pytest.param(
            {
                "grantTypesToBeSupported": ["client_credentials"],
                "additionalProperties": {"bypassClientCredentials": "true"},
            },
            "grantTypes",
            id="a public client with client credentials",
        ),
    ],
)
def test_wrong_keys_are_refused_and_nothing_is_made(john: Member, body: dict[str, Any], field: str) -> None:
    application = john.application()
    path = f"/applications/{application['applicationId']}"

    refused = john.post(f"{path}/generate-keys", {"keyType": "PRODUCTION", **body})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, f"400_{field}")
    assert john.get(f"{path}/oauth-keys").json["count"] == 0


def test_keys_take_callbacks_lifetimes_and_a_public_client(john: Member) -> None:
    application = john.application(tokenType="JWT")
    made = john.keys(
        application,
        "authorization_code",
        "refresh_token",
        callbackUrl="https://shop.example/cb, http://127.0.0.1/cb",
        additionalProperties={
            "application_access_token_expiry_time": "900",
            "refresh_token_expiry_time": 7200,
            "bypassClientCredentials": "true",
        },
    )

    assert made["callbackUrl"] == "https://shop.example/cb,http://127.0.0.1/cb"
    assert made["consumerSecret"] is None
    assert made["token"] is None
    properties = made["additionalProperties"]
    assert properties["application_access_token_expiry_time"] == 900
    assert properties["refresh_token_expiry_time"] == 7200
    assert properties["bypassClientCredentials"] is True


def test_keys_are_changed(john: Member) -> None:
    application = john.application()
    made = john.keys(application)
    body = {"supportedGrantTypes": ["password", "refresh_token"], "callbackUrl": "https://shop.example/"}

    changed = john.put(path_of(application, made), body)

    assert changed.status == 200
    assert john.get(path_of(application, made)).json["supportedGrantTypes"] == ["password", "refresh_token"]


def test_deleted_keys_are_refused_at_once(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.keys(application)

    assert john.delete(path_of(application, made)).status == 200
    assert not works(tables, made["consumerKey"], made["consumerSecret"])
    assert john.get(path_of(application, made)).json["code"] == 900331
    assert john.keys(application)["consumerKey"] != made["consumerKey"]


def test_a_regenerated_secret_replaces_all_others(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.keys(application)

    new = john.post(path_of(application, made, "/regenerate-secret")).json

    assert works(tables, made["consumerKey"], new["consumerSecret"])
    assert not works(tables, made["consumerKey"], made["consumerSecret"])


def test_several_secrets_work_side_by_side_until_they_expire(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.keys(application)
    body = {"additionalProperties": {"description": "phone", "expiresIn": 60}}

    added = john.post(path_of(application, made, "/generate-secret"), body)

    key, value = made["consumerKey"], added.json["secretValue"]
    assert added.status == 201
    assert works(tables, key, made["consumerSecret"])
    assert (works(tables, key, value), works(tables, key, value, NOW + 60)) == (True, False)
    listed = john.get(path_of(application, made, "/secrets")).json["list"]
    assert [one["additionalProperties"]["description"] for one in listed] == ["", "phone"]
    assert listed[1]["additionalProperties"]["expiresAt"] == NOW + 60


def test_a_revoked_secret_is_refused(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.keys(application)
    second = john.post(path_of(application, made, "/generate-secret"), {}).json
    first = made["consumerSecrets"][0]["secretId"]

    revoked = john.post(path_of(application, made, "/revoke-secret"), {"secretId": first})

    assert (revoked.status, revoked.body) == (204, "")
    assert not works(tables, made["consumerKey"], made["consumerSecret"])
    assert works(tables, made["consumerKey"], second["secretValue"])


def test_the_most_recent_secret_cannot_be_revoked(john: Member) -> None:
    application = john.application()
    made = john.keys(application)
    body = {"secretId": made["consumerSecrets"][0]["secretId"]}

    assert john.post(path_of(application, made, "/revoke-secret"), body).status == 400
    assert john.post(path_of(application, made, "/revoke-secret"), {"secretId": "x"}).status == 404


def test_there_are_at_most_ten_secrets(john: Member) -> None:
    application = john.application()
    made = john.keys(application)

    statuses = [john.post(path_of(application, made, "/generate-secret"), {}).status for _ in range(10)]

    assert statuses == [201] * 9 + [400]


def test_a_token_is_generated_with_scopes_and_validity(john: Member) -> None:
    application = john.application()
    john.subscribe(application)
    made = john.keys(application)

    answer = john.post(
        path_of(application, made, "/generate-token"),
        {"consumerSecret": made["consumerSecret"], "validityPeriod": 90, "scopes": ["read", "delete"]},
    )

    assert answer.status == 200
    assert (answer.json["tokenScopes"], answer.json["validityTime"]) == (["read"], 90)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"consumerSecret": "wrong"}, id="a wrong secret"),
        pytest.param({"validityPeriod": -1}, id="a negative validity"),
        pytest.param({"validityPeriod": 10**9}, id="an endless validity"),
        pytest.param({"grantType": "TOKEN_EXCHANGE"}, id="another grant"),
    ],
)
def test_a_wrong_wish_for_a_token_is_refused(john: Member, body: dict[str, Any]) -> None:
    application = john.application()
    made = john.keys(application)

    assert john.post(path_of(application, made, "/generate-token"), body).status == 400


def test_a_token_needs_the_client_credentials_grant(john: Member) -> None:
    application = john.application()
    made = john.keys(application, "password")

    assert john.post(path_of(application, made, "/generate-token"), {}).status == 400


def test_a_generated_token_may_revoke_the_one_before(john: Member, store: Any) -> None:
    from gatehouse.domain.oauth import tokens

    application = john.application()
    made = john.keys(application)
    old = made["token"]["accessToken"]

    john.post(path_of(application, made, "/generate-token"), {"revokeToken": old})

    parsed = tokens.parse_access(old)
    assert parsed is not None
    assert store.portal.context.grants.find_grant(parsed.grant_id).revoked


@pytest.mark.parametrize(
    ("named", "left"),
    [({}, "https://app.example/cb"), ({"callbackUrl": None}, "https://app.example/cb"), ({"callbackUrl": ""}, "")],
    ids=str,
)
def test_callbacks_stay_unless_a_change_names_them(john: Member, named: dict[str, Any], left: str) -> None:
    application = john.application()
    made = john.keys(application, "authorization_code", callbackUrl="https://app.example/cb")

    changed = john.put(path_of(application, made), {"supportedGrantTypes": ["password"], **named})

    assert (changed.status, changed.json["callbackUrl"]) == (200, left)


@pytest.mark.parametrize("wrong", [{"validityPeriod": 31 * 86400}, {"scopes": ["a b"]}, {"validityPeriod": "soon"}])
def test_a_refused_token_revokes_none_before_it(john: Member, store: Any, wrong: dict[str, Any]) -> None:
    from gatehouse.domain.oauth import tokens

    application = john.application()
    made = john.keys(application)
    old = made["token"]["accessToken"]

    refused = john.post(path_of(application, made, "/generate-token"), {"revokeToken": old, **wrong})

    parsed = tokens.parse_access(old)
    assert parsed is not None
    assert refused.status == 400
    assert not store.portal.context.grants.find_grant(parsed.grant_id).revoked


def test_revoking_all_tokens_marks_the_client(john: Member, store: Any) -> None:
    application = john.application()
    made = john.keys(application)
    before = store.portal.key_sets.find_client(made["consumerKey"])

    assert john.post(path_of(application, made, "/revoke-tokens")).status == 204

    client = store.portal.key_sets.find_client(made["consumerKey"])
    assert client.generation != before.generation


def test_wso2s_deprecated_paths_name_keys_by_type(john: Member) -> None:
    application = john.application()
    made = john.keys(application)
    path = f"/applications/{application['applicationId']}/keys"

    assert john.get(f"{path}/PRODUCTION").json["consumerKey"] == made["consumerKey"]
    assert john.get(f"{path}/SANDBOX").status == 404
    assert john.post(f"{path}/PRODUCTION/regenerate-secret").json["consumerKey"] == made["consumerKey"]


def test_a_group_gets_tokens_but_does_not_touch_keys(john: Member, mary: Member) -> None:
    application = john.application(groups=["employee"])
    made = john.keys(application)

    assert mary.post(path_of(application, made, "/generate-token"), {}).status == 200
    touched = [
        mary.post(path_of(application, made, "/regenerate-secret")),
        mary.post(path_of(application, made, "/generate-secret"), {}),
        mary.put(path_of(application, made), {"supportedGrantTypes": ["password"]}),
        mary.delete(path_of(application, made)),
        mary.post(path_of(application, made, "/revoke-tokens")),
    ]
    assert {one.status for one in touched} == {403}


def test_deleting_an_application_ends_its_keys(john: Member, tables: Tables) -> None:
    application = john.application()
    made = john.keys(application)
    john.subscribe(application)

    john.delete(f"/applications/{application['applicationId']}")

    assert not works(tables, made["consumerKey"], made["consumerSecret"])
    assert john.get("/subscriptions", apiId="orders").json["pagination"]["total"] == 0


def test_a_callback_with_a_comma_is_set_by_a_list_and_sent_back_as_answers_spell_it(john: Member) -> None:
    uris = ["https://app.example/cb?to=a,b", "https://app.example/x,https://app.example/y"]
    application = john.application()
    made = john.keys(application, "authorization_code", callbackUrl=uris)
    path = path_of(application, made)

    again = john.put(path, john.get(path).json)
    fewer = john.put(path, {**again.json, "callbackUrl": uris[:1]})
    last = john.put(path, fewer.json)

    assert (made["callbackUrl"], again.status, again.json["callbackUrl"]) == (",".join(uris), 200, ",".join(uris))
    assert (fewer.json["callbackUrl"], last.status, last.json["callbackUrl"]) == (uris[0], 200, uris[0])
