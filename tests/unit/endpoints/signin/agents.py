"""What clients that register themselves do: documents outside, registrations, and an API that is open to them."""

import json
from typing import Any

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.signin.browser import Browser
from tests.vectors.authorization import VERIFIER

DOCUMENT_URL = "https://agent.example/client.json"
RESOURCE = "https://api.example/orders"
LOOPBACK = "http://127.0.0.1:4711/callback"
METADATA: dict[str, Any] = {
    "redirect_uris": [LOOPBACK],
    "client_name": "Agent",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}


def document(**overrides: Any) -> str:
    """A metadata document; None leaves a member out."""
    members = {"client_id": DOCUMENT_URL, **METADATA, **overrides}
    return json.dumps({name: value for name, value in members.items() if value is not None})


def let_in(johnsorg: DirectoryWriter, **overrides: Any) -> None:
    """Let any client register, and open `orders` to them."""
    policy = {"client_documents": "any", "client_registration": "any", **overrides}
    johnsorg.save_organisation(factories.organisation(**policy))
    tiers = frozenset({"Gold", "DefaultSubscriptionless"})
    stage = factories.deployment(url=RESOURCE, open_tier="DefaultSubscriptionless")
    johnsorg.save_api(factories.api(tiers=tiers, deployments=(stage,)))
    johnsorg.save_deployment(stage)


def register(browser: Browser, path: str = "/t/johnsorg/register", **overrides: Any) -> Answer:
    members = {name: value for name, value in {**METADATA, **overrides}.items() if value is not None}
    return send(browser, "POST", path, json.dumps(members))


def send(browser: Browser, method: str, path: str, text: str = "", token: str = "") -> Answer:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    page = browser.send(method, path, text.encode(), **{"content-type": "application/json", **headers})
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    return page


def exchange(service: TokenService, client_id: str, code: str, **overrides: str) -> Any:
    """Redeem a code at the organisation's path, as a public client does."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
        "client_id": client_id,
        **overrides,
    }
    return service.post(form, path="/t/johnsorg/token", authorization=None)
