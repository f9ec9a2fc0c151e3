"""What each command of `gatehouse` does and prints."""

import json

import pytest
from gatehouse_cli import questions

from gatehouse.bootstrap import authorizer
from gatehouse.domain.accounts import passwords
from gatehouse.endpoints import requests
from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.endpoints.router import Router
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from tests import factories, http_events
from tests.factories import NOW
from tests.unit.cli.clock import now as now
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
    lines = operator.json("audit-entries", "list", "johnsorg")
    assert {(one["actor"], one["action"], one["target"], one["detail"]) for one in lines} == {
        ("operator", "organisation.create", "johnsorg", ""),
        ("operator", "settings.update", "johnsorg", "self_sign_up=True subscription_approval=True"),
        ("operator", "settings.update", "johnsorg", "is_active=False may_register_stages=False"),
        ("operator", "settings.update", "johnsorg", "quota applications=500 shares_apis=False"),
    }


def test_a_quota_that_is_given_twice_is_refused(johnsorg: Operator) -> None:
    twice = ("--quota", "applications=500", "--quota", "applications=600")

    assert "applications is given twice" in johnsorg.refused("organisations", "configure", "johnsorg", *twice)
    assert johnsorg.json("organisations", "show", "johnsorg")["quotas"] == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 101, id="too long"),
        pytest.param("a\nb", id="two lines"),
        pytest.param("\u202eJohn", id="unseen"),
        pytest.param(" ", id="blank"),
    ],
)
def test_an_organisation_is_made_with_a_name_that_its_settings_could_have(operator: Operator, name: str) -> None:
    assert "1 to 100 characters" in operator.refused("organisations", "create", "johnsorg", "--name", name)
    assert operator.json("organisations", "list") == []


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


def test_a_password_that_was_mistyped_at_a_terminal_is_asked_for_again(
    johnsorg: Operator, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "is_terminal", lambda: True)

    typed = f"{PASSWORD}\n{PASSWORD}x\n{PASSWORD}\n{PASSWORD}\n"
    made = johnsorg.run("users", "create", "johnsorg", "ada", typed=typed)

    user = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "ada")
    assert (made.exit_code, PASSWORD in made.output) == (0, False)
    assert user is not None
    assert passwords.matches(PASSWORD, user.password_hash)


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
    (line,) = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "token.revoke")
    assert (line["actor"], token.startswith(f"gha_{line['target']}.")) == ("operator", True)
    assert token not in str(line)
    assert not opens(tables, token)
    assert johnsorg.json("tokens", "inspect", token)["active"] is False


def test_the_accent_colour_is_configured_and_has_to_be_readable(operator: Operator) -> None:
    operator.done("organisations", "create", "johnsorg")

    shown = operator.json("organisations", "configure", "johnsorg", "--accent-colour", "#7A2AA0")
    refused = operator.refused("organisations", "configure", "johnsorg", "--accent-colour", "#ffcc00")

    assert shown["accent_colour"] == "#7a2aa0"
    assert "contrast of 1.3:1" in refused


def test_an_organisation_without_administrators_is_told(johnsorg: Operator) -> None:
    johnsorg.done("roles", "set", "johnsorg", "grace", "admin")

    told = johnsorg.run("roles", "set", "johnsorg", "grace").stderr

    assert told.startswith("warning: johnsorg has no administrator now")
    assert "gatehouse roles set johnsorg USERNAME admin" in told
