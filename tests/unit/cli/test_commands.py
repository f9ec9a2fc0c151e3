"""What each command of `gatehouse` does and prints."""

import json
from pathlib import Path

import pytest
from gatehouse_cli.stack import Stack

from gatehouse.bootstrap import authorizer
from gatehouse.domain.accounts import passwords
from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal import api_restrictions
from gatehouse.endpoints import requests
from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.endpoints.router import Router
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests import factories, http_events
from tests.factories import NOW
from tests.unit.cli.conftest import PASSWORD, Operator


def obtain(service: Router, client_id: str, secret: str, scope: str) -> str:
    """Get a token for an application, as its developer would."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scope}
    event = http_events.http("POST", "/token", form=form)
    response = service.answer(requests.parse(event))
    return json.loads(str(response["body"]))["access_token"]


def opens(tables: Tables, token: str, method: str = "GET") -> bool:
    """Ask the gate about the orders API's stage."""
    stage = "arn:aws:execute-api:eu-west-1:123456789012:abc123/v1"
    event = http_events.token_authorizer(f"Bearer {token}", method, "/orders", stage=stage)
    try:
        answer = authorizer.authorizer(factories.settings(), tables).answer(event, NOW)
    except UnauthorizedError:
        return False
    return '"Effect": "Allow"' in json.dumps(answer)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse_cli.moments.time.time_ns", lambda: NOW * 10**9)


def test_an_organisation_is_made_listed_and_configured(operator: Operator) -> None:
    made = operator.json("organisations", "create", "JohnsOrg", "--name", "Johns Org")
    changed = operator.json("organisations", "configure", "johnsorg", "--self-sign-up", "--approve-subscriptions")

    assert made == {
        "key": "johnsorg",
        "name": "Johns Org",
        "active": True,
        "self_sign_up": False,
        "approve_subscriptions": False,
        "anonymous_catalogue": False,
        "device_authorization": False,
        "claim_stages": True,
        "share_apis": True,
        "client_documents": "off",
        "client_registration": "off",
        "client_hosts": [],
        "quotas": [],
    }
    expected = made | {"self_sign_up": True, "approve_subscriptions": True}
    assert {name: changed[name] for name in made} == expected
    shown = ("key", "name", "active", "self_sign_up", "claim_stages")
    assert operator.json("organisations", "list") == [{name: expected[name] for name in shown}]
    assert operator.json("organisations", "show", "johnsorg") == changed
    last = operator.json("organisations", "configure", "johnsorg", "--no-active", "--no-claim-stages")
    assert (last["active"], last["claim_stages"]) == (False, False)
    more = operator.json("organisations", "configure", "johnsorg", "--no-share-apis", "--quota", "applications=500")
    assert (more["share_apis"], more["quotas"]) == (False, ["applications=500"])


def test_clients_that_registered_themselves_are_let_in_listed_and_blocked(johnsorg: Operator, tables: Tables) -> None:
    policy = ("--client-documents", "hosts", "--client-registration", "any", "--client-host", "agent.example")
    configured = johnsorg.json("organisations", "configure", "johnsorg", *policy)
    assert (configured["client_documents"], configured["client_hosts"]) == ("hosts", ["agent.example"])
    store, client = DynamoDBRegisteredClients(tables), factories.registered_client(client_id="dyn.other")
    assert store.add_registered("johnsorg", client, NOW) == client

    (shown,) = johnsorg.json("registered-clients", "list", "johnsorg")
    blocked = johnsorg.json("registered-clients", "block", "johnsorg", "dyn.other")
    unblocked = johnsorg.json("registered-clients", "unblock", "johnsorg", "dyn.other")
    revoked = johnsorg.json("registered-clients", "revoke", "johnsorg", "dyn.other")

    assert (shown["id"], shown["name"], shown["active"]) == ("dyn.other", "localhost (Agent)", True)
    assert (blocked["active"], unblocked["active"], revoked["active"]) == (False, True, True)
    found = store.find_registered("johnsorg", "dyn.other")
    assert found is not None
    assert found.generation != client.generation
    johnsorg.done("registered-clients", "delete", "johnsorg", "dyn.other")
    assert johnsorg.json("registered-clients", "list", "johnsorg") == []
    assert "no registered client" in johnsorg.refused("registered-clients", "block", "johnsorg", "dyn.other")


def test_an_output_is_printed_as_it_is_and_an_unknown_one_names_the_others(newcomer: Operator) -> None:
    assert newcomer.done("outputs", "show", "DirectoryTableName") == "directory\n"
    assert "it has AuthApiUrl, DirectoryTableName, GrantsTableName" in newcomer.refused("outputs", "show", "TableName")


def test_the_tables_are_found_by_the_stacks_outputs(newcomer: Operator) -> None:
    newcomer.done("organisations", "create", "johnsorg")

    assert [one["key"] for one in newcomer.json("organisations", "list")] == ["johnsorg"]


def test_a_list_is_a_table_for_people(operator: Operator) -> None:
    assert operator.done("organisations", "list").startswith("no organisations; create one")
    operator.done("organisations", "create", "johnsorg")

    head, row = operator.done("organisations", "list").splitlines()

    assert head.split() == ["key", "name", "active", "self_sign_up", "claim_stages"]
    assert row.split() == ["johnsorg", "johnsorg", "yes", "no", "yes"]


def test_a_user_is_added_with_a_password_that_is_not_shown(johnsorg: Operator, tables: Tables) -> None:
    shown = johnsorg.run("users", "create", "johnsorg", "Ada@Example.org", "--role", "admin", typed=f"{PASSWORD}\n")

    user = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "ada@example.org")
    assert shown.exit_code == 0
    assert PASSWORD not in shown.output
    assert user is not None
    assert passwords.matches(PASSWORD, user.password_hash)
    assert [(one["username"], one["roles"]) for one in johnsorg.json("users", "list", "johnsorg")] == [
        ("ada@example.org", ["admin"]),
        ("grace", []),
    ]


def test_a_user_is_disabled_with_all_tokens(johnsorg: Operator, tables: Tables) -> None:
    before = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert johnsorg.json("users", "disable", "johnsorg", "grace")["active"] is False
    disabled = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")

    assert before is not None
    assert disabled is not None
    assert disabled.generation != before.generation
    assert johnsorg.json("users", "enable", "johnsorg", "grace")["active"] is True
    enabled = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert enabled is not None
    assert (enabled.generation, enabled.status.is_active) == (disabled.generation, True)


def test_roles_are_set_taken_away_and_listed_with_the_scopes_that_ask_for_them(johnsorg: Operator) -> None:
    johnsorg.publish()

    assert johnsorg.json("roles", "set", "johnsorg", "grace", "clerk", "auditor")["roles"] == ["auditor", "clerk"]
    assert johnsorg.json("roles", "list", "johnsorg") == [
        {"role": "auditor", "users": 1, "by_scopes": False},
        {"role": "clerk", "users": 1, "by_scopes": False},
        {"role": "manager", "users": 0, "by_scopes": True},
    ]
    assert johnsorg.json("roles", "set", "johnsorg", "grace")["roles"] == []


def test_an_application_is_made_and_listed(johnsorg: Operator) -> None:
    made = johnsorg.json("applications", "create", "johnsorg", "grace", "Books", "--token-format", "jwt")

    assert (made["name"], made["owner"], made["token_format"], made["keys"]) == ("Books", "grace", "jwt", [])
    assert johnsorg.json("applications", "list", "johnsorg", "--owner", "grace") == [made]


def test_keys_are_shown_with_their_secret_once(johnsorg: Operator, application: str) -> None:
    made = johnsorg.json(
        "keys", "generate", "johnsorg", application, "--key-type", "SANDBOX", "--grant-type", "client_credentials"
    )

    listed = johnsorg.done("keys", "list", "johnsorg", application, "--json")
    assert made["key_type"] == "SANDBOX"
    assert len(made["consumer_secret"]) >= 28
    assert made["consumer_secret"] not in listed
    assert json.loads(listed) == [
        {
            "key_type": "SANDBOX",
            "consumer_key": made["consumer_key"],
            "grant_types": ["client_credentials"],
            "secrets": 1,
            "active": True,
        }
    ]


def test_an_api_is_published_shown_listed_moved_and_deleted(johnsorg: Operator) -> None:
    made = johnsorg.publish("--stage", "abc123/v1", "--url", "https://api.example.com/orders", "--tier", "Gold")

    assert made == {
        "api_id": "orders-1.0.0",
        "name": "Orders",
        "version": "1.0.0",
        "lifecycle": "PUBLISHED",
        "visibility": "ORGANISATION",
        "resources": 2,
        "check_revocation": True,
        "stages": ["abc123/v1"],
        "revision": 1,
    }
    assert johnsorg.json("apis", "list", "johnsorg") == [made]
    assert johnsorg.json("apis", "show", "johnsorg", "orders-1.0.0") == [
        {"method": "DELETE", "path": "/orders", "security": "any", "scopes": ["delete"]},
        {"method": "GET", "path": "/orders", "security": "any", "scopes": ["read"]},
    ]
    assert johnsorg.json("apis", "change-lifecycle", "johnsorg", "orders-1.0.0", "blocked")["lifecycle"] == "BLOCKED"
    johnsorg.done("apis", "delete", "johnsorg", "orders-1.0.0")
    assert johnsorg.json("apis", "list", "johnsorg") == []


def test_a_picture_and_documents_are_given_to_an_api_and_taken_away(
    johnsorg: Operator, tables: Tables, tmp_path: Path
) -> None:
    johnsorg.publish()
    picture, text = tmp_path / "orders.png", tmp_path / "start.md"
    picture.write_bytes(b"\x89PNG\r\n\x1a\npixels")
    text.write_text("# Start", encoding="utf-8")
    api = ("johnsorg", "orders-1.0.0")
    store = DynamoDBPublishedApis(tables)

    johnsorg.done("apis", "set-thumbnail", *api, str(picture))
    johnsorg.done("documents", "save", *api, "start", str(text), "--title", "Getting started", "--summary", "In a page")
    johnsorg.done("documents", "save", *api, "forum", "https://forum.example", "--kind", "public_forum")

    found = store.find_api_now(*api)
    assert found is not None
    assert found.thumbnail
    assert [(one.document_id, one.name, one.kind, one.source, one.url) for one in found.documents] == [
        ("start", "Getting started", "HOWTO", "MARKDOWN", ""),
        ("forum", "forum", "PUBLIC_FORUM", "URL", "https://forum.example"),
    ]

    johnsorg.done("apis", "remove-thumbnail", *api)
    for document in ("start", "forum"):
        johnsorg.done("documents", "delete", *api, document)
    bare = store.find_api_now(*api)
    assert bare is not None
    assert (bare.thumbnail, bare.documents) == ("", ())
    assert "no document of that id" in johnsorg.refused("documents", "delete", *api, "forum")


def test_an_api_is_published_in_the_account_and_region_of_the_stack_unless_others_are_named(
    johnsorg: Operator, tables: Tables
) -> None:
    johnsorg.publish("--stage", "here/v1")
    johnsorg.publish("--stage", "there/v1", "--account", "111122223333", "--region", "eu-north-1", "--api-id", "second")

    directory = DynamoDBDirectory(tables, TtlCache(0))
    here = directory.find_deployment("123456789012", "eu-west-1", "here", "v1")
    there = directory.find_deployment("111122223333", "eu-north-1", "there", "v1")
    assert (here and here.api_id, there and there.api_id) == ("orders-1.0.0", "second")


def test_the_revocation_check_of_an_api_is_switched_off_and_on(johnsorg: Operator) -> None:
    assert johnsorg.publish("--no-check-revocation")["check_revocation"] is False
    assert johnsorg.publish("--check-revocation")["check_revocation"] is True


def test_a_publisher_is_warned_of_routes_that_a_token_authorizer_cannot_tell_apart(johnsorg: Operator) -> None:
    paths = {
        path: {"get": {"security": [{"gatehouse": [scope]}], "responses": {"200": {"description": "OK"}}}}
        for path, scope in (("/{x}", "s1"), ("/a/{y}", "s2"), ("/a/{z}/b", "s3"))
    }
    for path, operations in paths.items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        operations["parameters"] = [  # pyright: ignore[reportArgumentType]
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    document = {"openapi": "3.0.3", "info": {"title": "Tree", "version": "1"}, "paths": paths}
    johnsorg.document.write_text(json.dumps(document), encoding="utf-8")

    result = johnsorg.run("apis", "publish", "johnsorg", str(johnsorg.document))

    assert result.exit_code == 0
    assert result.stderr.startswith("warning: TOKEN authorizers: a token for GET /a/{z}/b")


def test_a_subscription_is_added_listed_blocked_and_unblocked(johnsorg: Operator, application: str) -> None:
    johnsorg.publish()

    made = johnsorg.json("subscriptions", "create", "johnsorg", application, "orders-1.0.0", "--tier", "Gold")

    assert {name: made[name] for name in ("application", "api_id", "tier", "state")} == {
        "application": "Books",
        "api_id": "orders-1.0.0",
        "tier": "Gold",
        "state": "UNBLOCKED",
    }
    assert johnsorg.json("subscriptions", "list", "johnsorg", "orders-1.0.0") == [made]
    assert _state(johnsorg, "block", made, "--production-only") == "PROD_ONLY_BLOCKED"
    assert _state(johnsorg, "block", made) == "BLOCKED"
    assert _state(johnsorg, "unblock", made) == "UNBLOCKED"


def test_s6_the_block_of_who_unsubscribed_is_listed_and_lifted(
    johnsorg: Operator, application: str, tables: Tables
) -> None:
    johnsorg.publish()
    made = johnsorg.json("subscriptions", "create", "johnsorg", application, "orders-1.0.0")
    johnsorg.done("subscriptions", "block", "johnsorg", made["subscription_id"])
    johnsorg.refused("subscriptions", "lift-block", "johnsorg", "orders-1.0.0", application)
    johnsorg.done("apis", "delete", "johnsorg", "orders-1.0.0", "--end-subscriptions")

    assert johnsorg.json("subscriptions", "list-blocks", "johnsorg", "orders-1.0.0") == [
        {"organisation": "johnsorg", "application_id": application, "state": "BLOCKED"}
    ]
    johnsorg.done("subscriptions", "lift-block", "johnsorg", "orders-1.0.0", application)

    assert johnsorg.json("subscriptions", "list-blocks", "johnsorg", "orders-1.0.0") == []
    assert "subscription.unblock" in {
        one.action for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    }


def test_s1_a_scope_is_bound_and_stays_bound_whatever_is_published(johnsorg: Operator) -> None:
    johnsorg.publish()

    johnsorg.done("scopes", "bind", "johnsorg", "read", "manager", "clerk")
    johnsorg.publish()

    assert johnsorg.json("scopes", "list", "johnsorg") == [{"scope": "read", "roles": ["clerk", "manager"]}]
    johnsorg.done("scopes", "bind", "johnsorg", "read")
    assert johnsorg.json("scopes", "list", "johnsorg") == [{"scope": "read", "roles": []}]
    johnsorg.done("scopes", "unbind", "johnsorg", "read")
    assert johnsorg.json("scopes", "list", "johnsorg") == []
    johnsorg.refused("scopes", "bind", "johnsorg", "apim:admin", "clerk")


def test_a_scope_that_no_api_defines_is_bound_only_if_that_is_meant(johnsorg: Operator) -> None:
    johnsorg.publish()

    refusal = johnsorg.refused("scopes", "bind", "johnsorg", "raed", "manager")

    assert "no API of johnsorg defines the scope 'raed', but 'read'" in refusal
    assert johnsorg.json("scopes", "list", "johnsorg") == []
    johnsorg.done("scopes", "bind", "johnsorg", "raed", "manager", "--undefined")
    johnsorg.done("scopes", "bind", "johnsorg", "raed", "clerk")  # it is bound already
    assert johnsorg.json("scopes", "list", "johnsorg") == [{"scope": "raed", "roles": ["clerk"]}]


def test_s5_one_key_set_of_any_application_is_deleted(johnsorg: Operator, application: str) -> None:
    for kind in ("PRODUCTION", "SANDBOX"):
        johnsorg.done("keys", "generate", "johnsorg", application, "--key-type", kind)

    johnsorg.done("keys", "delete", "johnsorg", application, "--key-type", "SANDBOX")

    assert [one["key_type"] for one in johnsorg.json("keys", "list", "johnsorg", application)] == ["PRODUCTION"]
    johnsorg.refused("keys", "delete", "johnsorg", application, "--key-type", "SANDBOX")


def test_s5_the_applications_of_a_disabled_user_are_named_revoked_transferred_and_deleted(
    johnsorg: Operator, application: str
) -> None:
    johnsorg.done("keys", "generate", "johnsorg", application)
    johnsorg.done("users", "create", "johnsorg", "mary", GATEHOUSE_PASSWORD=PASSWORD)
    owner = johnsorg.json("applications", "list", "johnsorg")[0]["owner"]

    disabled = johnsorg.run("users", "disable", "johnsorg", owner)
    johnsorg.done("applications", "revoke", "johnsorg", application)
    revoked = johnsorg.json("keys", "list", "johnsorg", application)
    moved = johnsorg.json("applications", "transfer", "johnsorg", application, "mary")
    johnsorg.done("applications", "delete", "johnsorg", application)

    assert f"still works: application {application} (Books)" in disabled.stderr
    assert [one["secrets"] for one in revoked] == [0]
    assert (moved["owner"], moved["offered_to"]) == ("mary", "")
    assert johnsorg.json("applications", "list", "johnsorg") == []


def test_s9_an_application_is_offered_accepted_and_declined(johnsorg: Operator, application: str) -> None:
    johnsorg.done("users", "create", "johnsorg", "mary", GATEHOUSE_PASSWORD=PASSWORD)
    owner = johnsorg.json("applications", "list", "johnsorg")[0]["owner"]

    offered = johnsorg.json("applications", "transfer", "johnsorg", application, "mary")
    johnsorg.done("applications", "decline", "johnsorg", "mary", application)
    declined = johnsorg.json("applications", "list", "johnsorg")[0]
    johnsorg.done("applications", "transfer", "johnsorg", application, "mary")
    taken = johnsorg.json("applications", "accept", "johnsorg", "mary", application)

    assert (offered["owner"], offered["offered_to"]) == (owner, "mary")
    assert (declined["owner"], declined["offered_to"]) == (owner, "")
    assert (taken["owner"], taken["offered_to"]) == ("mary", "")


def _state(operator: Operator, command: str, subscription: dict[str, str], *options: str) -> str:
    return operator.json("subscriptions", command, "johnsorg", subscription["subscription_id"], *options)["state"]


def test_from_nothing_to_a_token_that_opens_the_api_and_that_the_operator_ends(
    johnsorg: Operator, application: str, service: Router, tables: Tables
) -> None:
    johnsorg.publish("--stage", "abc123/v1")
    johnsorg.done("subscriptions", "create", "johnsorg", application, "orders-1.0.0")
    keys = johnsorg.json("keys", "generate", "johnsorg", application)
    token = obtain(service, keys["consumer_key"], keys["consumer_secret"], "read")
    assert opens(tables, token)

    inspected = johnsorg.run("tokens", "inspect", "-", "--json", typed=f"{token}\n")

    found = json.loads(inspected.stdout)
    assert token not in inspected.output
    assert (found["active"], found["application"], found["scope"]) == (True, "Books", "read")
    assert johnsorg.json("tokens", "revoke", token)["revoked"] is True
    assert not opens(tables, token)
    assert johnsorg.json("tokens", "inspect", token)["active"] is False


def test_settings_of_keys_are_changed_and_shown(johnsorg: Operator, application: str, tmp_path: Path) -> None:
    johnsorg.done("keys", "generate", "johnsorg", application)
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [jose.public(jose.generate("ES256", "one"))]}), encoding="utf-8")

    johnsorg.done(
        *("keys", "configure", "johnsorg", application, "--no-pkce", "--skip-consent"),
        *("--allowed-origin", "https://app.example", "--post-logout-redirect-uri", "https://app.example/bye"),
        *("--replay-window-seconds", "30", "--jwks", str(jwks), "--access-token-lifetime", "600"),
    )

    shown = johnsorg.json("keys", "show", "johnsorg", application)
    assert (shown["pkce"], shown["skip_consent"], shown["replay_window_seconds"]) == (False, True, 30)
    assert shown["allowed_origins"] == ["https://app.example"]
    assert shown["post_logout_redirect_uris"] == ["https://app.example/bye"]
    assert (shown["access_token_lifetime"], shown["jwks"]) == (600, jwks.read_text(encoding="utf-8"))


def test_the_url_of_keys_takes_the_place_of_keys_and_back(johnsorg: Operator, application: str, tmp_path: Path) -> None:
    johnsorg.done("keys", "generate", "johnsorg", application)
    jwks, url = tmp_path / "jwks.json", "https://app.example/jwks.json"
    jwks.write_text(json.dumps({"keys": [jose.public(jose.generate("ES256", "one"))]}), encoding="utf-8")

    def configure(*options: str) -> tuple[bool, str]:
        johnsorg.done("keys", "configure", "johnsorg", application, *options)
        shown = johnsorg.json("keys", "show", "johnsorg", application)
        return bool(shown["jwks"]), shown["jwks_uri"]

    assert configure("--jwks-uri", url) == (False, url)
    assert configure("--jwks", str(jwks)) == (True, "")
    assert configure("--jwks-uri", url) == (False, url)
    assert configure("--pkce") == (False, url)
    assert configure("--jwks-uri", "") == (False, "")


@pytest.mark.parametrize(
    "option",
    [
        pytest.param(("--jwks-uri", "https://127.0.0.1/jwks"), id="keys at an address"),
        pytest.param(("--replay-window-seconds", "61"), id="window"),
        pytest.param(("--allowed-origin", "https://app.example/path"), id="origin"),
        pytest.param(("--jwks", "/nowhere/jwks.json"), id="no file"),
        pytest.param(("--key-type", "SANDBOX"), id="no such keys"),
        pytest.param(("--grant-type", "implicit"), id="grant type"),
    ],
)
def test_settings_out_of_range_are_refused(johnsorg: Operator, application: str, option: tuple[str, str]) -> None:
    johnsorg.done("keys", "generate", "johnsorg", application)

    assert johnsorg.refused("keys", "configure", "johnsorg", application, *option)


OPEN_DOCUMENT = """
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get: {responses: {"200": {description: OK}}}
    delete: {security: [], responses: {"200": {description: OK}}}
"""


def test_what_has_to_be_confirmed_is_shown_and_a_script_never_waits_for_an_answer(
    johnsorg: Operator, tables: Tables, tmp_path: Path
) -> None:
    johnsorg.publish()
    root = Stack(tables, "", "", "").operator("johnsorg")
    api_restrictions.bind_scope(DynamoDBRestrictions(tables), root, "delete", frozenset({"manager"}))
    opened = tmp_path / "opened.yaml"
    opened.write_text(OPEN_DOCUMENT, encoding="utf-8")
    command = ("apis", "publish", "johnsorg", str(opened))

    result = johnsorg.run(*command)

    refused = result.stderr
    assert (result.exit_code, result.stdout) == (1, "")
    assert "DELETE /orders: tokens with delete (for manager and manager) before, everybody now" in refused
    assert "GET /orders: no security stated before, everybody now" in refused
    assert "--yes" in refused
    published = johnsorg.run(*command, "--yes")
    assert published.exit_code == 0
    assert "opened: DELETE /orders: tokens with delete" in published.output


def test_a_dry_run_shows_what_would_change_and_publishes_nothing(johnsorg: Operator) -> None:
    command = ("apis", "publish", "johnsorg", str(johnsorg.document))
    new = johnsorg.run(*command, "--dry-run")
    made = johnsorg.json(*command)
    found = johnsorg.json(*command, "--tier", "Gold", "--dry-run")

    assert (new.exit_code, f"{made['api_id']} is new." in new.stderr) == (0, True)
    assert found == [{"kind": "setting", "name": "tiers", "before": "every tier", "after": "Gold"}]
    assert johnsorg.json("apis", "list", "johnsorg")[0]["revision"] == made["revision"]


def test_a_dry_run_says_what_would_be_asked(johnsorg: Operator, tmp_path: Path) -> None:
    opened = tmp_path / "open.yaml"
    opened.write_text(
        "openapi: 3.0.3\ninfo: {title: Open, version: '1'}\n"
        "paths: {/x: {get: {responses: {200: {description: OK}}}}}\n",
        encoding="utf-8",
    )

    shown = johnsorg.run("apis", "publish", "johnsorg", str(opened), "--dry-run")

    assert shown.exit_code == 0
    assert "would ask: These operations state no security, so everybody can call them." in shown.stderr
    assert johnsorg.json("apis", "list", "johnsorg") == []


def test_two_apis_are_compared(johnsorg: Operator) -> None:
    for api_id in ("one", "two"):
        johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", api_id)
    johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", "two", "--tier", "Gold")

    assert johnsorg.json("apis", "compare", "johnsorg", "one", "two") == [
        {"kind": "setting", "name": "tiers", "before": "every tier", "after": "Gold"}
    ]


def test_the_accent_colour_is_configured_and_has_to_be_readable(operator: Operator) -> None:
    operator.done("organisations", "create", "johnsorg")

    shown = operator.json("organisations", "configure", "johnsorg", "--accent-colour", "#7A2AA0")
    refused = operator.refused("organisations", "configure", "johnsorg", "--accent-colour", "#ffcc00")

    assert shown["accent_colour"] == "#7a2aa0"
    assert "contrast of 1.3:1" in refused


def test_an_api_is_exported_and_called_by_programs(johnsorg: Operator) -> None:
    johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", "mine")

    exported = json.loads(johnsorg.done("apis", "export", "johnsorg", "mine", "--format", "postman"))
    every, one = (
        johnsorg.done("apis", "show-samples", "johnsorg", "mine", *more) for more in ([], ["--language", "python"])
    )

    assert "https://auth.example/token" in json.dumps(exported["auth"])
    assert [line for line in every.splitlines() if line.endswith(":")][:1] == ["curl:"]
    assert one.startswith("from os import environ")
    assert len(johnsorg.json("apis", "show-samples", "johnsorg", "mine")) == 5
    assert "'zip' is none of openapi, postman" in johnsorg.refused(
        "apis", "export", "johnsorg", "mine", "--format", "zip"
    )
    assert "'perl' is none of curl" in johnsorg.refused(
        "apis", "show-samples", "johnsorg", "mine", "--language", "perl"
    )


def test_an_organisation_without_administrators_is_told(johnsorg: Operator) -> None:
    johnsorg.done("roles", "set", "johnsorg", "grace", "admin")

    told = johnsorg.run("roles", "set", "johnsorg", "grace").stderr

    assert told.startswith("warning: johnsorg has no administrator now")
    assert "gatehouse roles set johnsorg USERNAME admin" in told
