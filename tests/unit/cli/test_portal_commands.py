"""What the pages of the store can do, by `gatehouse`: as an administrator, and in place of an application's owner."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatehouse.domain.accounts import connections
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.factors import PASSWORD_ALONE
from gatehouse.domain.accounts.sessions import Session, start
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sessions import DynamoDBSessions
from tests import factories
from tests.factories import NOW
from tests.unit.cli.conftest import PASSWORD, Operator

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse_cli.moments.time.time_ns", lambda: NOW * 10**9)


@pytest.fixture
def waiting(johnsorg: Operator, tables: Tables) -> Operator:
    """The same, with Mary, who signed up and awaits approval."""
    mary = factories.user(user_id="user-mary", username="mary@x.example", awaits_approval=True, is_active=False)
    DirectoryWriter(tables).add_user(mary)
    return johnsorg


@pytest.fixture
def grace(johnsorg: Operator, tables: Tables) -> User:
    assert johnsorg
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    return found


@pytest.fixture
def session(grace: User) -> Session:
    """A browser in which Grace is signed in."""
    return start(
        grace, factories.organisation(), "s" * 43, now_ms=NOW * 1000, lifetime_seconds=1800, methods=PASSWORD_ALONE
    )


@pytest.fixture
def connection(grace: User) -> Connection:
    """A registered client that acts for Grace."""
    made = connections.renew(None, grace, factories.registered_client(), NOW * 1000, 3600)
    assert made is not None
    return made


def audited(tables: Tables) -> list[tuple[str, str]]:
    return [(one.actor, one.action) for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items]


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


def test_who_signed_up_is_listed_approved_or_rejected(waiting: Operator, tables: Tables) -> None:
    (pending,) = waiting.json("requests", "list", "johnsorg")
    assert (pending["kind"], pending["id"]) == ("member", "mary@x.example")

    approved = waiting.json(*pending["approve"].split()[1:])

    assert (approved["active"], approved["awaits_approval"]) == (True, False)
    assert waiting.done("requests", "list", "johnsorg") == "johnsorg has no pending requests\n"
    assert ("operator", "member.approve") in audited(tables)
    assert "does not await approval" in waiting.refused("users", "reject", "johnsorg", "mary@x.example")


def test_who_is_rejected_stays_disabled(waiting: Operator) -> None:
    assert waiting.json("users", "reject", "johnsorg", "mary@x.example")["active"] is False
    assert waiting.json("requests", "list", "johnsorg") == []


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("users", "invite", "johnsorg", "eve@x.example", "--role", "manger"), id="invite"),
        pytest.param(("users", "create", "johnsorg", "eve", "--role", "manger"), id="create"),
        pytest.param(("roles", "set", "johnsorg", "grace", "manger"), id="set"),
    ],
)
def test_a_new_role_that_looks_like_a_slip_is_named(johnsorg: Operator, command: tuple[str, ...]) -> None:
    johnsorg.publish()

    done = johnsorg.run(*command, GATEHOUSE_PASSWORD="seven purple walruses")
    right = johnsorg.run(
        *[one.replace("manger", "manager").replace("eve", "zoe") for one in command],
        GATEHOUSE_PASSWORD="seven purple walruses",
    )

    assert done.stderr == "gatehouse: the role manger is new in johnsorg. Did you mean manager?\n"
    assert (done.exit_code, right.exit_code, right.stderr) == (0, 0, "")


def test_a_member_is_invited_shown_unlocked_and_mailed_a_link(johnsorg: Operator, tables: Tables) -> None:
    invited = johnsorg.json("users", "invite", "johnsorg", "ada@x.example", "--role", "manager")
    johnsorg.done("users", "unlock", "johnsorg", "ada@x.example")
    mailed = johnsorg.json("users", "reset-password", "johnsorg", "ada@x.example")

    assert johnsorg.json("users", "show", "johnsorg", "ada@x.example") == invited
    assert (invited["roles"], mailed["mailed"]) == (["manager"], "ada@x.example")
    told = [action for _, action in audited(tables)]
    assert {"member.invite", "member.unlock", "member.reset"} <= set(told)
    assert "a member of that name" in johnsorg.refused("users", "invite", "johnsorg", "ada@x.example")


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


def test_sessions_of_a_member_are_listed_ended_and_blocked(
    johnsorg: Operator, tables: Tables, session: Session, connection: Connection
) -> None:
    DynamoDBSessions(tables).add_session("johnsorg", session)
    DynamoDBConnections(tables).save_connection("johnsorg", connection)

    listed = johnsorg.json("sessions", "list", "johnsorg", "grace")
    johnsorg.done("sessions", "end", "johnsorg", "grace", session.session_id)
    johnsorg.done("sessions", "block-client", "johnsorg", "grace", "dyn.agent")

    assert {one["session_id"]: one["kind"] for one in listed} == {session.session_id: "browser", "dyn.agent": "client"}
    assert johnsorg.json("sessions", "list", "johnsorg", "grace") == []
    (blocked,) = johnsorg.json("sessions", "list-blocked-clients", "johnsorg", "grace")
    assert blocked["client_id"] == "dyn.agent"
    johnsorg.done("sessions", "unblock-client", "johnsorg", "grace", "dyn.agent")
    assert {actor for actor, _ in audited(tables)} == {"operator"}
    assert johnsorg.json("sessions", "list-blocked-clients", "johnsorg", "grace") == []
    assert "grace has no session 'elsewhere'" in johnsorg.refused("sessions", "end", "johnsorg", "grace", "elsewhere")


def test_every_session_of_a_member_ends_at_once(johnsorg: Operator, tables: Tables, session: Session) -> None:
    DynamoDBSessions(tables).add_session("johnsorg", session)

    johnsorg.done("sessions", "end-all", "johnsorg", "grace")

    assert johnsorg.done("sessions", "list", "johnsorg", "grace") == "grace has no active sessions\n"
    assert audited(tables) == [("operator", "member.sign-out")]


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
    assert "A day such as" in johnsorg.refused("audit-entries", "list", "johnsorg", "--until", "yesterday")


def test_an_invitation_is_sent_again_until_it_is_accepted(johnsorg: Operator, tables: Tables) -> None:
    johnsorg.done("users", "invite", "johnsorg", "ada@x.example")

    again = johnsorg.json("users", "resend-invitation", "johnsorg", "ada@x.example")

    assert again["mailed"] == "ada@x.example"
    assert [action for _, action in audited(tables)].count("member.invite") == 2
    assert "no open invitation" in johnsorg.refused("users", "resend-invitation", "johnsorg", "grace")


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
