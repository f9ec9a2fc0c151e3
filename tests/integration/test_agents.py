"""An MCP client that knows nothing but the URL of a server: what it discovers, registers, asks for and calls."""

import json
import re
from collections.abc import Iterator
from copy import replace
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import outside, pages, people
from tests.deployed import Deployed, seen_within
from tests.people import PASSWORD, Person
from tests.vectors.authorization import CHALLENGE, VERIFIER

LOOPBACK = "http://127.0.0.1:52111/callback"
METADATA = {
    "client_name": "Agent of the tests",
    "redirect_uris": ["http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}


@dataclass
class AgentClient:
    """A client, and the user's browser beside it."""

    http: httpx.Client
    browser: httpx.Client
    person: Person
    url: str
    client_id: str = ""
    server: dict[str, Any] = field(default_factory=dict[str, Any])
    resource: str = ""
    issued: dict[str, Any] = field(default_factory=dict[str, Any])

    def send(self, method: str, **params: Any) -> httpx.Response:
        """Send a message of the protocol."""
        headers = {"accept": "application/json, text/event-stream"}
        if self.issued:
            headers["authorization"] = f"Bearer {self.issued['access_token']}"
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.http.post(self.url, json=body, headers=headers, follow_redirects=True)

    def call(self, tool: str, **arguments: str) -> httpx.Response:
        return self.send("tools/call", name=tool, arguments=arguments)

    def discover(self) -> dict[str, str]:
        """Read the challenge, then the metadata of the resource and of its authorization server; return the former."""
        challenge = challenge_of(self.send("initialize"))
        described = self.http.get(challenge["resource_metadata"]).json()
        self.resource = described["resource"]
        issuer = urlsplit(str(described["authorization_servers"][0]))
        well_known = f"{issuer.scheme}://{issuer.netloc}/.well-known/oauth-authorization-server{issuer.path}"
        self.server = self.http.get(well_known, headers={"mcp-protocol-version": "2025-11-25"}).json()
        assert self.server["issuer"] == described["authorization_servers"][0]
        assert self.url.startswith(self.resource)
        return challenge

    def register(self, **more: Any) -> httpx.Response:
        answer = self.http.post(self.server["registration_endpoint"], json={**METADATA, **more})
        self.client_id = answer.json().get("client_id", "")
        return answer

    def authorize(self, scope: str) -> httpx.Response:
        """Send the user to the page of consent."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": LOOPBACK,
            "scope": scope,
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": self.resource,
        }
        page = self.browser.get(f"{self.server['authorization_endpoint']}?{urlencode(asked)}")
        base = self.person.deployed.stack["base_url"]
        for _ in range(6):
            if page.headers.get("location", "").startswith("/"):
                page = self.browser.get(base + page.headers["location"])
            elif 'name="password"' in page.text:
                form = {**pages.hidden(page.text), "username": self.person.user.username, "password": PASSWORD}
                page = self.browser.post(base + pages.action(page.text), data=form)
        return page

    def agree(self, page: httpx.Response) -> dict[str, str]:
        base = self.person.deployed.stack["base_url"]
        form = {**pages.hidden(page.text), "decision": "allow"}
        answer = self.browser.post(base + pages.action(page.text), data=form)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    def obtain(self, scope: str) -> None:
        answer = self.agree(self.authorize(scope))
        assert answer["iss"] == self.server["issuer"]
        form = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": VERIFIER}
        self.issued = self.token(form | {"redirect_uri": LOOPBACK, "resource": self.resource}).json()
        assert "access_token" in self.issued, self.issued

    def token(self, form: dict[str, str]) -> httpx.Response:
        return self.http.post(self.server["token_endpoint"], data={"client_id": self.client_id, **form})

    def refresh(self) -> httpx.Response:
        return self.token({"grant_type": "refresh_token", "refresh_token": self.issued["refresh_token"]})


def challenge_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["www-authenticate"].startswith("Bearer "), answer.text
    return dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["www-authenticate"]))


@pytest.fixture
def tables(deployed: Deployed) -> Tables:
    return people.open_tables(deployed)


@pytest.fixture
def agent(deployed: Deployed, tables: Tables, http: httpx.Client) -> Iterator[AgentClient]:
    person = people.person(deployed, tables, http)
    with people.stranger(deployed) as browser:
        yield AgentClient(http, browser, person, f"{deployed.stack['orders-mcp_url']}/mcp")


def test_mcp_01_dcr_01_a_client_that_knows_only_the_url_registers_and_calls_tools(agent: AgentClient) -> None:
    challenge = agent.discover()
    registered = agent.register()
    agent.obtain(challenge["scope"])

    begun = agent.send("initialize", protocolVersion="2025-11-25")
    listed = agent.send("tools/list").json()["result"]["tools"]
    called = agent.call("list_orders").json()["result"]

    assert (registered.status_code, challenge["scope"], agent.issued["scope"]) == (201, "read", "read")
    assert begun.json()["result"]["serverInfo"]["name"] == "orders"
    assert [one["name"] for one in listed] == ["list_orders", "create_order", "delete_order"]
    assert called["isError"] is False


def test_prm_02_the_metadata_are_where_clients_derive_their_address_from_the_servers(
    agent: AgentClient, deployed: Deployed
) -> None:
    """The example answers on this service's own host, as an operator said by `gatehouse paths map`."""
    challenged = challenge_of(agent.send("initialize"))["resource_metadata"]
    server = urlsplit(agent.url)
    derived = f"{server.scheme}://{server.netloc}/.well-known/oauth-protected-resource{server.path}"

    described = agent.http.get(derived, headers={"mcp-protocol-version": "2025-11-25"})

    assert described.status_code == 200
    assert described.json() == agent.http.get(challenged).json()
    assert described.json()["resource"] == deployed.stack["orders-mcp_url"]
    assert described.json()["authorization_servers"] == [f"{deployed.stack['base_url']}/t/johnsorg"]


def test_mcp_02_a_tool_of_another_scope_asks_for_it_and_passes(agent: AgentClient) -> None:
    agent.discover()
    agent.register()
    agent.obtain("read")

    refused = agent.call("create_order", item="tea")
    challenge = challenge_of(refused)
    agent.obtain(f"read {challenge['scope']}")
    passed = agent.call("create_order", item="tea")
    out_of_reach = agent.call("delete_order", id="1")

    assert refused.status_code == 403
    assert (challenge["error"], challenge["scope"]) == ("insufficient_scope", "update")
    assert json.loads(passed.json()["result"]["content"][0]["text"])["item"] == "tea"
    assert out_of_reach.status_code == 403  # for managers: nobody is asked for what he cannot have
    assert "insufficient_scope" not in out_of_reach.headers["www-authenticate"]


def test_a_tool_of_a_role_that_the_user_lost_is_refused_at_the_first_route_too(
    agent: AgentClient, tables: Tables
) -> None:
    """The server decides by the scopes in the authorizer's context; `POST /mcp` itself demands `read`."""
    writer, user = DirectoryWriter(tables), agent.person.user
    writer.save_user(replace(user, roles=user.roles | {"manager"}))
    agent.discover()
    agent.register()
    agent.obtain("read delete")
    as_manager = agent.call("delete_order", id="none")

    writer.save_user(user)

    assert as_manager.json()["result"]["isError"] is False
    assert seen_within(5, lambda: agent.call("delete_order", id="none").status_code, 403)
    assert agent.call("list_orders").status_code == 200


def test_the_user_disconnects_a_client(agent: AgentClient, deployed: Deployed) -> None:
    agent.discover()
    agent.register()
    agent.obtain("read")
    refreshed = agent.refresh()
    agent.issued = refreshed.json()
    token = agent.person.obtain("apim:subscribe")["access_token"]
    sessions = f"{deployed.stack['base_url']}/api/am/devportal/v3/me/sessions"
    headers = {"authorization": f"Bearer {token}"}

    listed = agent.http.get(sessions, headers=headers).json()["list"]
    ended = agent.http.delete(f"{sessions}/{agent.client_id}", headers=headers)

    assert refreshed.status_code == 200
    assert [one["clientName"] for one in listed if one["sessionId"] == agent.client_id] == [
        "localhost (Agent of the tests)"
    ]
    assert ended.status_code == 200
    assert agent.refresh().json()["error"] == "invalid_grant"
    assert seen_within(5, lambda: agent.send("tools/list").status_code, 401)


def test_cimd_01_a_client_is_known_by_its_metadata_document(agent: AgentClient, deployed: Deployed) -> None:
    with outside.host(deployed) as host:
        agent.discover()
        agent.client_id = host.url("/client.json")
        body = json.dumps({"client_id": agent.client_id, **METADATA}).encode()
        host.pages["/client.json"] = outside.Page(body)

        page = agent.authorize("read")
        agent.obtain("read")

        assert agent.server["client_id_metadata_document_supported"] is True
        assert page.text.index(host.name) < page.text.index("Agent of the tests")
        assert "Any program on your device" in page.text
        assert agent.call("list_orders").status_code == 200
        assert host.asked == ["/client.json"]


def test_cimd_02_a_document_that_leads_to_this_machine_is_not_fetched(agent: AgentClient) -> None:
    agent.discover()
    for url in ("https://localhost/client.json", "https://127.0.0.1/client.json", "https://[::1]/client.json"):
        agent.client_id = url

        assert agent.authorize("read").status_code == 400


def test_dcr_02_a_registration_is_read_and_deleted_by_its_token(agent: AgentClient) -> None:
    agent.discover()
    registered = agent.register().json()
    url, token = (
        registered["registration_client_uri"],
        {"authorization": f"Bearer {registered['registration_access_token']}"},
    )

    assert agent.http.get(url, headers=token).json()["client_id"] == agent.client_id
    assert agent.http.get(url).status_code == 401
    assert agent.http.delete(url, headers=token).status_code == 204
    assert agent.http.get(url, headers=token).status_code == 401


def test_dcr_03_what_is_not_acceptable_has_the_errors_of_the_rfc(agent: AgentClient) -> None:
    agent.discover()

    for more, error in (
        ({"redirect_uris": ["http://client.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://client.example/{n}" for n in range(400)]}, "invalid_redirect_uri"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
    ):
        refused = agent.register(**more)
        assert (refused.status_code, refused.json()["error"]) == (400, error)


def test_its_token_opens_no_other_api(agent: AgentClient, deployed: Deployed) -> None:
    agent.discover()
    agent.register()
    agent.obtain("read apim:subscribe")
    bearer = {"authorization": f"Bearer {agent.issued['access_token']}"}

    assert agent.issued["scope"] == "read"
    assert agent.http.get(f"{deployed.stack['orders_url']}/orders", headers=bearer).status_code == 401
    own = f"{deployed.stack['base_url']}/api/am/devportal/v3/applications"
    assert agent.http.get(own, headers=bearer).status_code == 401
