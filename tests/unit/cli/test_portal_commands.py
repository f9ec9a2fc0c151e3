"""What the pages of the store can do, by `gatehouse`: as an administrator, and in place of an application's owner."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gatehouse.storage.dynamodb.tables import Tables
from tests.factories import NOW
from tests.unit.cli.clock import now as now
from tests.unit.cli.conftest import PASSWORD, Operator, audited

PICTURE = b"\x89PNG\r\n\x1a\n"


def test_an_application_is_shown_and_updated_in_place_of_its_owner(
    johnsorg: Operator, application: str, tables: Tables
) -> None:
    options = ("--name", "Ledgers", "--description", "Counts books", "--tier", "50PerMin", "--token-format", "jwt")
    updated = johnsorg.json("applications", "update", "johnsorg", application, *options)
    shown = johnsorg.json("applications", "show", "johnsorg", application)

    assert updated["name"] == "Ledgers"
    assert (shown["description"], shown["tier"], shown["token_format"]) == ("Counts books", "50PerMin", "jwt")
    assert shown["owner"] == "grace"
    assert ("operator", "application.update") in audited(tables)
    assert johnsorg.json("applications", "update", "johnsorg", application, "--tier", "Unlimited")["name"] == "Ledgers"
    assert "invalid" in johnsorg.refused("applications", "update", "johnsorg", application, "--tier", "Wood")


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        pytest.param("a [/b] c", "a [/b] c", id="an end tag"),
        pytest.param("[red]a[/red]", "[red]a[/red]", id="a colour"),
        pytest.param("[link=https://evil.example]a", "[link=https://evil.example]a", id="a link"),
        pytest.param(":smile:", ":smile:", id="an emoji code"),
        pytest.param("a\x1b[2Jb", r"a\x1b[2Jb", id="an escape sequence"),
    ],
)
def test_what_users_write_is_printed_as_it_is_stored(
    johnsorg: Operator, application: str, stored: str, printed: str
) -> None:
    johnsorg.done("applications", "update", "johnsorg", application, "--description", stored)

    shown = johnsorg.done("applications", "show", "johnsorg", application)

    assert re.search(rf"^description +{re.escape(printed)} *$", shown, re.MULTILINE)
    assert johnsorg.json("applications", "show", "johnsorg", application)["description"] == stored


def test_an_application_is_granted_role_bound_scopes(johnsorg: Operator, application: str) -> None:
    johnsorg.publish()
    johnsorg.done("subscriptions", "create", "johnsorg", application, "orders-1.0.0")

    granted = johnsorg.json("applications", "grant-scopes", "johnsorg", application, "delete")

    assert granted["scopes"] == ["delete"]
    (shown,) = johnsorg.json("applications", "show", "johnsorg", application)["client_scopes"]
    assert "delete" in shown
    assert "defines missing" in johnsorg.refused("applications", "grant-scopes", "johnsorg", application, "missing")
    johnsorg.done("applications", "grant-scopes", "johnsorg", application)
    assert johnsorg.json("applications", "show", "johnsorg", application)["client_scopes"] == []


def test_secrets_are_created_listed_revoked_and_regenerated(johnsorg: Operator, application: str) -> None:
    first = johnsorg.json("keys", "generate", "johnsorg", application)["consumer_secret"]
    (old,) = johnsorg.json("secrets", "list", "johnsorg", application)
    added = johnsorg.json("secrets", "create", "johnsorg", application, "--label", "blue", "--expires-in", "60")
    listed = johnsorg.done("secrets", "list", "johnsorg", application, "--json")

    assert added["consumer_secret"] not in {first, ""}
    assert added["consumer_secret"] not in listed
    assert '"label": "blue"' in listed
    assert "most recent" in johnsorg.refused("secrets", "revoke", "johnsorg", application, added["secret_id"])
    johnsorg.done("secrets", "revoke", "johnsorg", application, old["secret_id"])
    assert [one["label"] for one in johnsorg.json("secrets", "list", "johnsorg", application)] == ["blue"]
    made = johnsorg.json("secrets", "regenerate", "johnsorg", application)
    assert [one["secret_id"] for one in johnsorg.json("secrets", "list", "johnsorg", application)] == [
        made["secret_id"]
    ]
    assert "no SANDBOX keys" in johnsorg.refused("secrets", "list", "johnsorg", application, "--key-type", "SANDBOX")


def test_keys_are_moved_to_another_application_and_lose_their_tokens(johnsorg: Operator, application: str) -> None:
    keys = johnsorg.json("keys", "generate", "johnsorg", application)
    other = johnsorg.json("applications", "create", "johnsorg", "grace", "Other")["application_id"]
    johnsorg.done("keys", "revoke-tokens", "johnsorg", application)
    command = ("keys", "map", "johnsorg", other, keys["consumer_key"])

    refused = johnsorg.refused(*command, GATEHOUSE_CONSUMER_SECRET="wrong")
    moved = johnsorg.json(*command, GATEHOUSE_CONSUMER_SECRET=keys["consumer_secret"])

    assert "wrong" not in refused
    assert moved == {"consumer_key": keys["consumer_key"], "key_type": "PRODUCTION"}
    assert johnsorg.json("keys", "list", "johnsorg", application) == []
    johnsorg.done("keys", "delete", "johnsorg", other, "--key-type", "PRODUCTION")
    assert johnsorg.json("keys", "list", "johnsorg", other) == []


def test_a_subscription_changes_its_tier_and_is_deleted(johnsorg: Operator, application: str) -> None:
    johnsorg.publish("--tier", "Gold", "--tier", "Silver")
    made = johnsorg.json("subscriptions", "create", "johnsorg", application, "orders-1.0.0", "--tier", "Gold")
    named = made["subscription_id"]

    changed = johnsorg.json("subscriptions", "change-tier", "johnsorg", named, "Silver")

    assert changed["tier"] == "Silver"
    assert johnsorg.json("subscriptions", "list", "johnsorg", "--application", application) == [changed]
    assert "Bronze" in johnsorg.refused("subscriptions", "change-tier", "johnsorg", named, "Bronze")
    johnsorg.done("subscriptions", "delete", "johnsorg", named)
    assert johnsorg.json("subscriptions", "list", "johnsorg", "--application", application) == []
    assert named in johnsorg.refused("subscriptions", "delete", "johnsorg", named)
    assert "--application" in johnsorg.refused("subscriptions", "list", "johnsorg")


def test_an_api_is_restricted_and_freed(johnsorg: Operator, tables: Tables) -> None:
    johnsorg.publish()
    options = ("--blocked", "--visibility", "CHOSEN", "--visible-to", "acme", "--role", "manager")

    restricted = johnsorg.json("restrictions", "set", "johnsorg", "orders-1.0.0", *options)

    assert restricted == {
        "api_id": "orders-1.0.0",
        "blocked": True,
        "visibility": "CHOSEN",
        "visible_to": ["acme"],
        "roles": ["manager"],
    }
    assert johnsorg.json("restrictions", "list", "johnsorg") == [restricted]
    assert johnsorg.json("restrictions", "set", "johnsorg", "orders-1.0.0")["blocked"] is False
    assert ("operator", "api.restrict") in audited(tables)


def test_an_api_id_that_nobody_uses_is_restricted_only_if_that_is_meant(johnsorg: Operator) -> None:
    johnsorg.publish()

    refusal = johnsorg.refused("restrictions", "set", "johnsorg", "order-1.0.0", "--blocked")

    assert "johnsorg has no API 'order-1.0.0', but 'orders-1.0.0'" in refusal
    assert johnsorg.json("restrictions", "list", "johnsorg") == []
    johnsorg.done("restrictions", "set", "johnsorg", "order-1.0.0", "--blocked", "--unpublished")
    johnsorg.done("restrictions", "set", "johnsorg", "order-1.0.0")  # freed again, although nobody publishes it


def test_settings_of_an_organisation_follow_the_rules_of_its_page(johnsorg: Operator, tables: Tables) -> None:
    options = ("--name", "Johns", "--lock-out-failures", "5", "--access-token-lifetime", "120", "--approve-sign-ups")
    changed = johnsorg.json("organisations", "configure", "johnsorg", *options)

    assert (changed["name"], changed["lock_out_failures"], changed["access_token_lifetime"]) == ("Johns", 5, 120)
    assert changed["approve_sign_ups"] is True
    assert "from 3 to 100" in johnsorg.refused("organisations", "configure", "johnsorg", "--lock-out-failures", "2")
    assert ("operator", "settings.update") in audited(tables)


def test_an_organisation_shows_a_logo_and_hides_it(johnsorg: Operator, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(PICTURE)

    shown = johnsorg.json("organisations", "set-logo", "johnsorg", str(picture))

    assert shown["media_type"] == "image/png"
    assert johnsorg.json("organisations", "show", "johnsorg")["logo"] == shown["version"]
    johnsorg.done("organisations", "remove-logo", "johnsorg")
    assert johnsorg.json("organisations", "show", "johnsorg")["logo"] == ""
    picture.write_text("<svg/>")
    assert "PNG, JPEG, WebP or GIF" in johnsorg.refused("organisations", "set-logo", "johnsorg", str(picture))


def test_the_tiers_of_the_stack_are_listed(johnsorg: Operator) -> None:
    found: list[dict[str, Any]] = johnsorg.json("tiers", "list")

    assert {"level": "subscription", "tier": "Gold", "allows": "Allows 5000 requests per minute"} in found
    assert {"application", "subscription"} == {one["level"] for one in found}
    assert PASSWORD not in str(found)


def test_the_audit_log_is_listed_newest_first(johnsorg: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    johnsorg.done("scopes", "bind", "johnsorg", "read", "manager", "--undefined")
    monkeypatch.setattr("gatehouse_cli.moments.time.time_ns", lambda: (NOW + 1) * 10**9)
    johnsorg.done("scopes", "unbind", "johnsorg", "read")

    newest, older = johnsorg.json("audit-entries", "list", "johnsorg", "--limit", "2")

    assert (newest["actor"], newest["action"], newest["target"]) == ("operator", "scope.roles", "read")
    assert newest["detail"] == "manager to not bound"
    assert older["time"].endswith("Z")


def test_the_audit_log_is_filtered(johnsorg: Operator) -> None:
    johnsorg.done("scopes", "bind", "johnsorg", "read", "manager", "--undefined")
    johnsorg.done("users", "invite", "johnsorg", "ada@x.example")

    by_action = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "scope.")
    by_actor = johnsorg.json("audit-entries", "list", "johnsorg", "--actor", "nobody")
    later = johnsorg.json("audit-entries", "list", "johnsorg", "--since", "2100-01-01")

    assert [one["action"] for one in by_action] == ["scope.roles"]
    assert by_actor == later == []
    assert "--until: 'yesterday' is no day" in johnsorg.refused(
        "audit-entries", "list", "johnsorg", "--until", "yesterday"
    )
    assert "no such audit entries" in johnsorg.done("audit-entries", "list", "johnsorg", "--actor", "nobody")


def test_tokens_are_counted_by_day_and_application(johnsorg: Operator, application: str) -> None:
    assert johnsorg.done("statistics", "show", "johnsorg", "--days", "7") == "johnsorg got no tokens in 7 days\n"
    assert johnsorg.json("statistics", "show", "johnsorg", "--application", application) == []
    assert johnsorg.done("statistics", "top-applications", "johnsorg") == "no application of johnsorg got tokens\n"


def test_an_api_prints_its_openapi_document_and_lists_its_documents(johnsorg: Operator, tmp_path: Path) -> None:
    johnsorg.publish()
    text = tmp_path / "start.md"
    text.write_text("# Start")
    assert johnsorg.done("documents", "list", "johnsorg", "orders-1.0.0") == "orders-1.0.0 has no documents\n"

    johnsorg.done("documents", "save", "johnsorg", "orders-1.0.0", "start", str(text), "--title", "Getting started")

    (listed,) = johnsorg.json("documents", "list", "johnsorg", "orders-1.0.0")
    assert (listed["document_id"], listed["title"], listed["source"]) == ("start", "Getting started", "MARKDOWN")
    assert json.loads(johnsorg.done("apis", "show-openapi", "johnsorg", "orders-1.0.0"))["info"]["title"] == "Orders"
    assert "no-api" in johnsorg.refused("apis", "show-openapi", "johnsorg", "no-api")


def test_an_api_is_mapped_to_a_path_of_the_stacks_host(johnsorg: Operator) -> None:
    johnsorg.publish("--stage", "abc123/v1", "--url", "https://auth.example/orders/v1")

    mapped = johnsorg.json("paths", "map", "johnsorg", "orders-1.0.0", "/orders/v1")

    assert mapped == {"path": "/orders/v1", "organisation": "johnsorg", "api_id": "orders-1.0.0"}
    assert johnsorg.json("paths", "list") == [mapped]
    assert "already" in johnsorg.refused("paths", "map", "johnsorg", "orders-1.0.0", "/orders/v1")
    assert "--url https://auth.example/b" in johnsorg.refused("paths", "map", "johnsorg", "orders-1.0.0", "/b")
    assert "itself" in johnsorg.refused("paths", "map", "johnsorg", "orders-1.0.0", "/store")
    johnsorg.done("paths", "unmap", "/orders/v1")
    assert johnsorg.json("paths", "list") == []
    assert "/orders/v1" in johnsorg.refused("paths", "unmap", "/orders/v1")
