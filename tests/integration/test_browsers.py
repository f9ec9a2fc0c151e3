"""Scripts of other origins at the deployed endpoints (CORS), and HEAD."""

import httpx
import pytest

from tests.deployed import Deployed, bearer
from tests.people import Person

ORIGIN = {"Origin": "https://app.example"}


@pytest.mark.parametrize("prefix", ["", "/t/johnsorg"])
@pytest.mark.parametrize("path", ["/token", "/revoke", "/introspect", "/userinfo", "/oauth2/token"])
def test_a_preflight_lets_a_script_post(deployed: Deployed, http: httpx.Client, prefix: str, path: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    answer = http.options(f"{deployed.stack['base_url']}{prefix}{path}", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/t/johnsorg",
        "/.well-known/jwks.json",
        "/api/am/devportal/v3/apis",
        "/api/am/admin/v4/members",
    ],
)
def test_documents_and_json_apis_take_preflights_with_own_headers(
    deployed: Deployed, http: httpx.Client, path: str
) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "mcp-protocol-version"}

    answer = http.options(f"{deployed.stack['base_url']}{path}", headers=asked)

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert "MCP-Protocol-Version" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/authorize", "/t/johnsorg/authorize", "/signin", "/account", "/store"])
def test_pages_that_live_on_cookies_are_closed_to_other_origins(
    deployed: Deployed, http: httpx.Client, path: str
) -> None:
    url = f"{deployed.stack['base_url']}{path}"

    for answer in (http.options(url, headers=ORIGIN), http.get(url, headers=ORIGIN)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_tokens_and_refusals_are_readable_for_scripts(person: Person) -> None:
    issued = person.post("/token", {"grant_type": "client_credentials"}, headers=ORIGIN)
    refused = person.post("/token", {"grant_type": "client_credentials"}, headers=ORIGIN, auth=("nobody", "wrong"))

    assert (issued.status_code, refused.status_code) == (200, 401)
    for answer in (issued, refused):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/store", "/signin", "/openapi.json"]
)
def test_head_works_wherever_get_does(deployed: Deployed, http: httpx.Client, path: str) -> None:
    url = f"{deployed.stack['base_url']}{path}"

    whole, head = http.get(url), http.head(url)

    assert (head.status_code, head.headers.get("content-type")) == (
        whole.status_code,
        whole.headers.get("content-type"),
    )
    assert head.content == b""


def test_head_works_on_assets_and_the_json_api(deployed: Deployed, http: httpx.Client, person: Person) -> None:
    base = deployed.stack["base_url"]
    asset = http.get(f"{base}/store/signin").text.partition('href="/static/')[2].partition('"')[0]
    token = person.obtain("apim:subscribe")["access_token"]

    assert http.head(f"{base}/static/{asset}").status_code == 200
    assert http.head(f"{base}/api/am/devportal/v3/apis", headers=bearer(token)).status_code == 200


def test_userinfo_takes_the_token_as_a_form_parameter(person: Person) -> None:
    token = person.obtain("openid")["access_token"]

    told = person.post("/userinfo", {"access_token": token}, auth=None)

    assert (told.status_code, told.json()["sub"]) == (200, person.user.user_id)


def test_introspection_names_the_issuer_that_issued(person: Person) -> None:
    base = person.deployed.stack["base_url"]
    token = person.obtain("read")["access_token"]

    for path in ("/introspect", "/t/johnsorg/introspect"):
        told = person.post(path, {"token": token}).json()
        assert (told["iss"], told["aud"]) == (base, base)


def test_a_refresh_drops_what_the_first_request_dropped(person: Person) -> None:
    issued = person.obtain("read offline_access unknown")

    again = person.refresh(issued["refresh_token"], scope="read offline_access unknown")

    assert (again.status_code, again.json()["scope"]) == (200, "offline_access read")
