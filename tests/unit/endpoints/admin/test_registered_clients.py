"""Clients that registered themselves: administrators list, block, revoke and delete them, by API and by page."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.members import Admin
from tests.unit.endpoints.store.browser import StoreBrowser

URL = "https://agent.example/client.json"
ONE = "/registered-clients/doc.agent"


@pytest.fixture(autouse=True)
def clients(tables: Tables) -> DynamoDBRegisteredClients:
    """One of a document that is in use, and one of a registration that is not."""
    store = DynamoDBRegisteredClients(tables)
    registration = factories.registered_client().registration
    assert registration is not None
    used = factories.registered_client(
        client_id="doc.agent", registration=factories.registration(kind="document", document_url=URL)
    )
    unused = factories.registered_client(registration=factories.registration(unused_until=NOW + 10))
    for one in (used, unused):
        assert store.add_registered("johnsorg", one, NOW) == one
    return store


def test_they_are_listed_with_hosts_those_in_use_first(admin: Admin) -> None:
    listed = admin("GET", "/registered-clients").json["list"]

    assert [(one["id"], one["state"]) for one in listed] == [("doc.agent", "USED"), ("dyn.agent", "UNUSED")]
    assert listed[0] == {
        "id": "doc.agent",
        "clientId": URL,
        "kind": "DOCUMENT",
        "host": "agent.example",
        "redirectHosts": ["localhost"],
        "claimedName": "Agent",
        "redirectUris": ["http://127.0.0.1/callback"],
        "state": "USED",
        "createdTime": str(NOW * 1000),
    }
    assert admin("GET", ONE).json == listed[0]


def test_a_block_ends_tokens_and_is_lifted(admin: Admin, clients: DynamoDBRegisteredClients) -> None:
    before = clients.find_registered("johnsorg", "doc.agent")

    blocked = admin("POST", f"{ONE}/block", {"blocked": True})

    after = clients.find_registered("johnsorg", "doc.agent")
    assert before is not None
    assert after is not None
    assert (blocked.json["state"], after.is_active, after.generation != before.generation) == ("BLOCKED", False, True)
    assert admin("POST", f"{ONE}/block", {"blocked": False}).json["state"] == "USED"


def test_revoking_ends_tokens_and_nothing_else(admin: Admin, clients: DynamoDBRegisteredClients) -> None:
    before = clients.find_registered("johnsorg", "doc.agent")

    assert admin("POST", f"{ONE}/revoke").json["state"] == "USED"

    after = clients.find_registered("johnsorg", "doc.agent")
    assert before is not None
    assert after is not None
    assert (after.generation != before.generation, after.credential_generation != before.credential_generation) == (
        True,
        True,
    )


def test_a_client_is_deleted(admin: Admin) -> None:
    assert admin("DELETE", ONE).status == 200
    for method, path in (("GET", ONE), ("DELETE", ONE), ("POST", f"{ONE}/revoke"), ("POST", f"{ONE}/block")):
        assert admin(method, path, {} if "block" in path else None).status == 404


def test_nobody_else_s_clients_and_no_key_sets_are_found(admin: Admin, organisations: DirectoryWriter) -> None:
    organisations.save_client(factories.registered_client(organisation="acme", client_id="dyn.theirs"))

    for client_id in ("dyn.theirs", factories.CLIENT_ID):
        assert admin("GET", f"/registered-clients/{client_id}").status == 404


@pytest.mark.parametrize(
    ("action", "shown"), [("block", ">Blocked<"), ("unblock", ">In use<"), ("revoke", ">In use<"), ("delete", "")]
)
def test_the_page_does_the_same(browser: StoreBrowser, action: str, shown: str) -> None:
    assert "agent.example (Agent)" in browser.get("/store/admin/clients").body

    done = browser.post("/store/admin/clients/doc.agent", {"action": action})

    page = browser.follow(done).body
    assert ("agent.example (Agent)" in page, shown in page) == (action != "delete", True)
    assert f"client.{action}" in browser.get("/store/admin/audit").body
    assert browser.post("/store/admin/clients/doc.agent", {"action": "rename"}).status == 404
