"""Every command that changes an organisation leaves a line in an audit log: a run of all of them."""

import json
from collections.abc import Mapping
from copy import replace
from pathlib import Path
from typing import Any

import pytest
from gatehouse_cli import connections

from gatehouse.domain.accounts import connections as client_connections
from gatehouse.domain.accounts.identity_providers import FederatedLink
from gatehouse.domain.accounts.sessions import start
from gatehouse.domain.accounts.users import User
from gatehouse.endpoints.router import Router
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks, DynamoDBIdentityProviders
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.sealing_key import SecretsManagerSealingKey
from gatehouse.storage.sessions import DynamoDBSessions
from tests import factories
from tests.conftest import DIRECTORY_TABLE
from tests.factories import NOW
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider
from tests.memory_secrets import MemorySecrets
from tests.unit.cli.clock import now as now
from tests.unit.cli.conftest import PASSWORD, Operator
from tests.unit.cli.test_commands import obtain
from tests.unit.cli.test_portal_commands import PICTURE
from tests.unit.cli.test_second_factors import PHONE, equip, remember_browser
from tests.unit.cli.test_surface import PROGRAM, walk
from tests.unit.cli.test_user_import import BCRYPT_HASH

_READS = "It reads."
_PROBES = "It reads, and asks other services."
WITHOUT_LINE: Mapping[str, str] = {
    **dict.fromkeys((name for name, _ in walk(PROGRAM) if name.split()[-1] == "list"), _READS),
    **dict.fromkeys(("apis compare", "apis export", "apis show", "apis show-openapi", "apis show-samples"), _READS),
    **dict.fromkeys(("keys show", "organisations show", "outputs show", "statistics show"), _READS),
    **dict.fromkeys(("applications show", "statistics top-applications", "tokens inspect", "users show"), _READS),
    **dict.fromkeys(("sessions list-blocked-clients", "subscriptions list-blocks", "users list-browsers"), _READS),
    **dict.fromkeys(("users list-factors", "users list-identities", "users list-sign-ins"), _READS),
    **dict.fromkeys(("apis check", "apis show-usage", "applications show-usage", "doctor"), _PROBES),
    "identity-providers test": _PROBES,
    "parameters set": "It changes the stack and no organisation: CloudFormation's events have it.",
}
"""Commands that leave no line in the audit log of an organisation, and why."""


class AuditedRun:
    """Runs commands, each of which has to leave a line."""

    def __init__(self, operator: Operator, tables: Tables) -> None:
        self.operator, self.tables = operator, tables
        self.commands = {name for name, _ in walk(PROGRAM)}
        self.seen = set[str]()

    def __call__(self, command: str, *arguments: str, **environment: str) -> Any:
        """Run a command; the words before its arguments are its name."""
        name = " ".join(command.split()[:2])
        assert name in self.commands
        before = self._lines()
        answer = self.operator.json(*command.split(), *arguments, **environment)
        assert self._lines() - before, f"{name} left no line in the audit log"
        self.seen.add(name)
        return answer

    def _lines(self) -> set[str]:
        found = self.tables.transport.call("Scan", {"TableName": DIRECTORY_TABLE})["Items"]
        return {one["pk"]["S"] for one in found if one["pk"]["S"].startswith("AUDIT#")}

    def grace(self) -> User:
        found = DynamoDBDirectory(self.tables, TtlCache(0)).find_user("johnsorg", "grace")
        assert found is not None
        return found


@pytest.fixture
def provider(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """What the stack's fetcher reaches."""
    del operator
    provider = FakeProvider(NOW)
    sealing_key = SecretsManagerSealingKey(MemorySecrets("provider-key"), "provider-key")
    given = {"outside": provider, "sealing_key": sealing_key}
    found = replace(connections.connect("gatehouse"), **given)
    monkeypatch.setattr(connections, "connect", lambda _name: found)
    return provider


def test_every_command_that_changes_an_organisation_leaves_a_line(
    operator: Operator, tables: Tables, service: Router, tmp_path: Path, provider: FakeProvider, another_table: str
) -> None:
    watch = AuditedRun(operator, tables)
    picture = tmp_path / "picture.png"
    picture.write_bytes(PICTURE)

    _organisation(watch, picture)
    _members(watch, tmp_path)
    _own_administration(watch)
    _providers(watch, tmp_path, provider)
    _apis(watch, picture)
    _keys(watch, service)
    _subscriptions(watch)
    _registered_clients(watch)
    _ends(watch)
    _restore(watch, another_table)

    assert watch.seen & WITHOUT_LINE.keys() == set()
    assert watch.commands - watch.seen - WITHOUT_LINE.keys() == set(), "give the command a step, or a reason"
    assert WITHOUT_LINE.keys() - watch.commands == set()


def _organisation(watch: AuditedRun, picture: Path) -> None:
    watch("organisations create johnsorg")
    for option in ("--no-active", "--active", "--no-claim-stages", "--claim-stages", "--no-share-apis"):
        watch("organisations configure johnsorg", option)
    watch("organisations configure johnsorg --quota applications=500")
    watch("organisations configure johnsorg --name Johns")
    watch("organisations set-logo johnsorg", str(picture))
    watch("organisations remove-logo johnsorg")


def _members(watch: AuditedRun, tmp_path: Path) -> None:
    for name in ("grace", "mary", "gone"):
        watch("users create johnsorg", name, GATEHOUSE_PASSWORD=PASSWORD)
    people = tmp_path / "people.jsonl"
    people.write_text(json.dumps({"username": "anna@x.example", "password_hash": BCRYPT_HASH}), encoding="utf-8")
    watch("users import johnsorg", str(people))
    watch("users invite johnsorg ada@x.example")
    watch("users resend-invitation johnsorg ada@x.example")
    watch("users reset-password johnsorg anna@x.example")
    for name, command in (("first", "approve"), ("second", "reject")):
        waiting = factories.user(user_id=name, username=name, awaits_approval=True, is_active=False)
        DirectoryWriter(watch.tables).add_user(waiting)
        watch(f"users {command} johnsorg {name}")
    watch("users unlock johnsorg mary")
    watch("users disable johnsorg mary")
    watch("users enable johnsorg mary")
    watch("roles set johnsorg mary manager")
    watch("users create-enrolment-link johnsorg mary")
    watch("users delete johnsorg gone --yes")


def _own_administration(watch: AuditedRun) -> None:
    grace = equip(watch.tables)
    browser = remember_browser(watch.tables, grace)
    watch("users forget-browser johnsorg grace", browser.browser_id)
    watch("users rename-passkey johnsorg grace", PHONE.passkey_id, "Blue phone")
    watch("users remove-factor johnsorg grace app")
    watch("users reset-factors johnsorg grace")
    watch("users change-email johnsorg grace new@example.com")
    link = FederatedLink(
        organisation="johnsorg",
        provider_id="example",
        digest="digest",
        user_id=grace.user_id,
        username="grace",
        email="grace@work.example",
        linked_at=NOW,
    )
    grace = watch.grace()
    assert DynamoDBFederatedLinks(watch.tables).add_link("johnsorg", link, grace, grace, factories.entry())
    watch("users unlink-identity johnsorg grace example")
    grace, agent = watch.grace(), factories.registered_client()
    organisation = DynamoDBDirectory(watch.tables, TtlCache(0)).find_organisation("johnsorg")
    assert organisation
    for name in ("one", "two"):
        session = start(grace, organisation, name * 14, now_ms=NOW * 1000, lifetime_seconds=60, methods=frozenset())
        DynamoDBSessions(watch.tables).add_session("johnsorg", session)
        if name == "one":
            watch("sessions end johnsorg grace", session.session_id)
    connection = client_connections.renew(None, grace, organisation, agent, NOW * 1000, 3600)
    assert connection
    DynamoDBConnections(watch.tables).save_connection("johnsorg", connection)
    watch("sessions block-client johnsorg grace", agent.client_id)
    watch("sessions unblock-client johnsorg grace", agent.client_id)
    watch("sessions end-all johnsorg grace")


def _providers(watch: AuditedRun, tmp_path: Path, provider: FakeProvider) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    options = ("--name", "Example", "--issuer", ISSUER, "--client-id", CLIENT_ID, "--client-secret", str(secret))
    watch("identity-providers configure johnsorg example", *options, "--algorithm", "ES256", "--enabled")
    claim = watch("mail-domains claim johnsorg example.com example")
    provider.texts[claim["record_name"]] = [claim["record"]]
    watch("mail-domains check johnsorg example.com")
    watch("mail-domains remove johnsorg example.com")
    watch("identity-providers delete johnsorg example")


def _apis(watch: AuditedRun, picture: Path) -> None:
    options = ("--stage", "abc123/v1", "--url", "https://auth.example/orders/v1", "--tier", "Gold", "--tier", "Silver")
    watch("apis publish johnsorg", str(watch.operator.document), *options)
    watch("apis change-lifecycle johnsorg orders-1.0.0 BLOCKED")
    watch("apis change-lifecycle johnsorg orders-1.0.0 PUBLISHED")
    watch("apis set-thumbnail johnsorg orders-1.0.0", str(picture))
    watch("apis remove-thumbnail johnsorg orders-1.0.0")
    watch("documents save johnsorg orders-1.0.0 guide https://example.com/guide")
    watch("documents delete johnsorg orders-1.0.0 guide")
    watch("paths map johnsorg orders-1.0.0 /orders/v1")
    watch("paths unmap /orders/v1")
    watch("scopes bind johnsorg read manager")
    watch("scopes unbind johnsorg read")
    watch("restrictions set johnsorg orders-1.0.0 --blocked")
    watch("restrictions set johnsorg orders-1.0.0")


def _keys(watch: AuditedRun, service: Router) -> None:
    books = watch("applications create johnsorg grace Books")["application_id"]
    watch("applications update johnsorg", books, "--description", "About books")
    watch("subscriptions create johnsorg", books, "orders-1.0.0", "--tier", "Gold")
    made = watch("keys generate johnsorg", books)
    token = obtain(service, made["consumer_key"], made["consumer_secret"], "read")
    watch("tokens revoke", token)
    watch("applications grant-scopes johnsorg", books, "delete")
    watch("keys configure johnsorg", books, "--access-token-lifetime", "120")
    watch("secrets create johnsorg", books)
    old, *_ = watch.operator.json("secrets", "list", "johnsorg", books)
    watch("secrets revoke johnsorg", books, old["secret_id"])
    secret = watch("secrets regenerate johnsorg", books)["consumer_secret"]
    watch("keys revoke-tokens johnsorg", books)
    other = watch("applications create johnsorg grace Other")["application_id"]
    watch("keys map johnsorg", other, made["consumer_key"], GATEHOUSE_CONSUMER_SECRET=secret)
    watch("keys delete johnsorg", other, "--key-type", "PRODUCTION")
    watch("applications transfer johnsorg", other, "mary")
    watch("applications decline johnsorg mary", other)
    watch("applications transfer johnsorg", other, "mary")
    watch("applications accept johnsorg mary", other)
    watch("keys generate johnsorg", books)
    watch("applications revoke johnsorg", books)
    watch("applications delete johnsorg", books)


def _subscriptions(watch: AuditedRun) -> None:
    more = watch("applications create johnsorg grace More")["application_id"]
    named = watch("subscriptions create johnsorg", more, "orders-1.0.0", "--tier", "Gold")["subscription_id"]
    watch("subscriptions change-tier johnsorg", named, "Silver")
    watch("subscriptions block johnsorg", named)
    for command in ("approve", "reject"):  # other applications of the owner wait while one is blocked
        waiting = watch("applications create johnsorg grace", f"To {command}")["application_id"]
        asked = watch("subscriptions create johnsorg", waiting, "orders-1.0.0", "--tier", "Gold")
        watch(f"subscriptions {command} johnsorg", asked["subscription_id"])
    watch("subscriptions unblock johnsorg", named)
    watch("subscriptions delete johnsorg", named)


def _registered_clients(watch: AuditedRun) -> None:
    watch("organisations configure johnsorg --client-registration any")
    DynamoDBRegisteredClients(watch.tables).add_registered("johnsorg", factories.registered_client(), NOW)
    for command in ("block", "unblock", "revoke", "delete"):
        watch(f"registered-clients {command} johnsorg", factories.registered_client().client_id)


def _ends(watch: AuditedRun) -> None:
    blocked = watch("applications create johnsorg grace Blocked")["application_id"]
    named = watch("subscriptions create johnsorg", blocked, "orders-1.0.0", "--tier", "Gold")["subscription_id"]
    watch("subscriptions block johnsorg", named)
    watch("apis delete johnsorg orders-1.0.0 --end-subscriptions")
    watch("subscriptions lift-block johnsorg orders-1.0.0", blocked)


def _restore(watch: AuditedRun, copy: str) -> None:
    transport = watch.tables.transport
    transport.call("PutItem", {"TableName": DIRECTORY_TABLE, "Item": keys.public_keys()})
    for item in transport.call("Scan", {"TableName": DIRECTORY_TABLE})["Items"]:
        transport.call("PutItem", {"TableName": copy, "Item": item})
    watch("backups restore", copy, "--yes")


@pytest.mark.usefixtures("provider")
def test_groups_and_values_of_claims_hold_equals_signs(johnsorg: Operator, tables: Tables) -> None:
    options = ("--name", "Example", "--issuer", ISSUER, "--client-id", CLIENT_ID, "--algorithm", "ES256")
    given = ("--required-claim", "ou=a=b", "--groups-claim", "groups", "--role-mapping", "cn=staff=employee,seller")
    johnsorg.done("identity-providers", "configure", "johnsorg", "example", *options, *given)

    (made,) = DynamoDBIdentityProviders(tables).find_providers("johnsorg")

    assert (made.required_claims, made.roles) == ({"ou": "a=b"}, {"cn=staff": ("employee", "seller")})
