"""What the commands of applications, keys and subscriptions do and print."""

import json
from pathlib import Path

import pytest

from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.dynamodb.tables import Tables
from tests.unit.cli.clock import now as now
from tests.unit.cli.conftest import PASSWORD, Operator


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
    (line,) = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "keys.generate")
    assert line["detail"] == "SANDBOX: client_credentials"


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


def test_an_api_that_administrators_restrict_is_subscribed_no_further_than_they_allow(
    johnsorg: Operator, application: str
) -> None:
    johnsorg.publish("--visibility", "ALL")
    johnsorg.done("organisations", "create", "acme")
    johnsorg.done("users", "create", "acme", "ada", GATEHOUSE_PASSWORD=PASSWORD)
    other = johnsorg.json("applications", "create", "acme", "ada", "Books")["application_id"]
    create = ("subscriptions", "create", "acme", other, "orders-1.0.0", "--api-organisation", "johnsorg")

    johnsorg.done("restrictions", "set", "johnsorg", "orders-1.0.0", "--visibility", "ORGANISATION")
    assert "that acme may subscribe to" in johnsorg.refused(*create)
    johnsorg.done("restrictions", "set", "johnsorg", "orders-1.0.0", "--blocked")
    said = johnsorg.refused("subscriptions", "create", "johnsorg", application, "orders-1.0.0")
    assert "takes no new subscriptions" in said
    johnsorg.done("restrictions", "set", "johnsorg", "orders-1.0.0")
    assert johnsorg.json(*create)["state"] == "UNBLOCKED"


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

    assert "no API" in johnsorg.refused("subscriptions", "list-blocks", "johnsorg", "orders-1.0.0")
    assert "subscription.unblock" in {
        one.action for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    }


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
