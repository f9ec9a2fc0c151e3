"""Dynamic client registration (RFC 7591) and its management (RFC 7592)."""

import json
from typing import Any

import pytest

from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth import registered_clients
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.conftest import Call, TokenService
from tests.unit.endpoints.signin.agents import LOOPBACK, METADATA, RESOURCE, exchange, let_in, register, send
from tests.unit.endpoints.signin.browser import Browser
from tests.vectors import assertions
from tests.vectors.authorization import VERIFIER

PORTS_LATER = "http://127.0.0.1:52000/callback"
AUTHORIZE = "/t/johnsorg/authorize"


def path_of(registered: dict[str, Any]) -> str:
    return registered["registration_client_uri"].removeprefix("https://auth.example")


def stored(tables: Tables) -> list[str]:
    page = DynamoDBRegisteredClients(tables).find_registered_page("johnsorg", Window())
    return [one.client_id for one in page.items]


def consent(browser: Browser, client_id: str, **overrides: str | None) -> dict[str, str]:
    """Sign in at the organisation's page and agree; return what the client gets."""
    asked = {"client_id": client_id, "redirect_uri": LOOPBACK, "resource": RESOURCE, **overrides}
    page = browser.authorize(AUTHORIZE, **asked)
    if "/signin" in page.location:
        page = browser.get(browser.sign_in(page).location)
    assert page.status == 200
    return browser.submit(page, decision="allow").answer


@pytest.fixture(autouse=True)
def opened(web: DirectoryWriter) -> DirectoryWriter:
    let_in(web)
    return web


def test_a_client_registers_itself_and_calls_the_api_for_a_user(
    browser: Browser, service: TokenService, call: Call
) -> None:
    registered = register(browser)
    client_id = registered.json["client_id"]

    code = consent(browser, client_id, redirect_uri=PORTS_LATER)
    issued = exchange(service, client_id, code["code"], redirect_uri=PORTS_LATER, resource=RESOURCE)

    assert (registered.status, code["iss"]) == (201, "https://auth.example/t/johnsorg")
    assert (issued.status, issued.json["scope"]) == (200, "read")
    assert call(issued.json["access_token"], "GET", "/orders")["effect"] == "Allow"
    again = service.post(
        {"grant_type": "refresh_token", "refresh_token": issued.json["refresh_token"], "client_id": client_id},
        path="/t/johnsorg/token",
        authorization=None,
    )
    assert again.status == 200
    bare = service.post(
        {"grant_type": "refresh_token", "refresh_token": again.json["refresh_token"], "client_id": client_id},
        authorization=None,
    )
    assert bare.refusal == (401, "invalid_client")


def test_the_answer_says_what_is_registered(browser: Browser) -> None:
    answer = register(
        browser, token_endpoint_auth_method="client_secret_basic", scope="read", application_type="native", logo_uri="x"
    ).json

    token, uri = answer.pop("registration_access_token"), answer.pop("registration_client_uri")
    assert token.startswith("ghm_")
    assert uri == f"https://auth.example/t/johnsorg/register/{answer['client_id']}"
    assert answer.pop("client_id").startswith("dyn.")
    assert answer == {
        "client_id_issued_at": NOW,
        "redirect_uris": [LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "client_name": "Agent",
        "application_type": "native",
        "scope": "read",
    }


@pytest.mark.parametrize(
    "member",
    ["client_name", "grant_types", "response_types", "token_endpoint_auth_method", "jwks", "jwks_uri", "scope"],
)
def test_a_member_that_is_null_is_as_one_that_is_left_out(browser: Browser, member: str) -> None:
    """RFC 7592 section 2.2: "Omitted fields MUST be treated as null or empty values"."""
    members = {name: value for name, value in METADATA.items() if name != member}

    sent = send(browser, "POST", "/t/johnsorg/register", json.dumps({**members, member: None}))
    left_out = send(browser, "POST", "/t/johnsorg/register", json.dumps(members))

    of_one = ("client_id", "registration_access_token", "registration_client_uri")
    assert sent.status == 201
    assert {**sent.json, **dict.fromkeys(of_one)} == {**left_out.json, **dict.fromkeys(of_one)}


def test_a_client_with_keys_may_say_that_it_has_no_address_of_them(browser: Browser) -> None:
    keys = {"keys": [jose.public(jose.generate("ES256", "one"))]}
    members = {**METADATA, "token_endpoint_auth_method": "private_key_jwt", "jwks": keys, "jwks_uri": None}

    answer = send(browser, "POST", "/t/johnsorg/register", json.dumps(members))

    assert (answer.status, answer.json["jwks"]) == (201, keys)


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        pytest.param({"redirect_uris": None}, "invalid_redirect_uri", id="no redirect URI"),
        pytest.param({"redirect_uris": "https://a.example"}, "invalid_redirect_uri", id="no list"),
        pytest.param({"redirect_uris": [1]}, "invalid_redirect_uri", id="a number"),
        pytest.param({"redirect_uris": ["http://a.example/"]}, "invalid_redirect_uri", id="http"),
        pytest.param({"redirect_uris": ["https://a.example/#f"]}, "invalid_redirect_uri", id="a fragment"),
        pytest.param({"redirect_uris": ["https://u@a.example/"]}, "invalid_redirect_uri", id="a user"),
        pytest.param({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri", id="a script"),
        pytest.param(
            {"redirect_uris": [f"https://a.example/{n}" for n in range(300)]}, "invalid_redirect_uri", id="300 of them"
        ),
        pytest.param({"grant_types": ["client_credentials"]}, "invalid_client_metadata", id="another grant"),
        pytest.param({"response_types": ["token"]}, "invalid_client_metadata", id="another response type"),
        pytest.param({"client_name": {"a": 1}}, "invalid_client_metadata", id="a name that is none"),
        pytest.param({"token_endpoint_auth_method": "tls"}, "invalid_client_metadata", id="another method"),
        pytest.param({"token_endpoint_auth_method": ["none"]}, "invalid_client_metadata", id="a list of methods"),
        pytest.param({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata", id="no keys"),
        pytest.param(
            {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://127.0.0.1/"},
            "invalid_client_metadata",
            id="keys at an address",
        ),
        pytest.param(
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "oct", "k": "AA"}]}},
            "invalid_client_metadata",
            id="a shared key",
        ),
    ],
)
def test_bad_metadata_is_refused_by_the_errors_of_the_rfc(
    browser: Browser, tables: Tables, overrides: dict[str, Any], error: str
) -> None:
    refused = register(browser, **overrides)

    assert (refused.status, refused.json["error"]) == (400, error)
    assert stored(tables) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="a list"),
        pytest.param('{"redirect_uris"', id="half of it"),
        pytest.param("[" * 9000, id="nested deeply"),
        pytest.param(json.dumps({**METADATA, "x": "y" * 17_000}), id="too large"),
        pytest.param(json.dumps({"redirect_uris": [f"https://a.example/{n}" for n in range(1000)]}), id="1,000 URIs"),
    ],
)
def test_a_body_that_is_no_metadata_is_refused(browser: Browser, text: str) -> None:
    refused = send(browser, "POST", "/t/johnsorg/register", text)

    assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        pytest.param({"client_registration": "off"}, "/t/johnsorg/register", id="off"),
        pytest.param({"client_registration": "hosts"}, "/t/johnsorg/register", id="loopback is not listed"),
        pytest.param({}, "/t/nobody/register", id="no such organisation"),
        pytest.param({}, "/register", id="no organisation"),
        pytest.param({"is_active": False}, "/t/johnsorg/register", id="a disabled organisation"),
    ],
)
def test_who_is_not_let_in_does_not_register(
    web: DirectoryWriter, browser: Browser, policy: dict[str, Any], path: str
) -> None:
    let_in(web, **policy)

    refused = register(browser, path)

    assert (refused.status, refused.json["error"]) == (403, "access_denied")


def test_listed_hosts_are_those_of_redirect_uris(web: DirectoryWriter, browser: Browser) -> None:
    let_in(web, client_registration="hosts", client_hosts=("localhost", "app.example", "com.example.app"))
    uris = [LOOPBACK, "http://[::1]/x", "https://app.example/x", "com.example.app:/x"]

    assert register(browser, redirect_uris=uris).status == 201
    assert register(browser, redirect_uris=[*uris, "https://evil.example/"]).status == 403


def test_a_source_registers_so_many_clients_an_hour(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.domain.oauth.registration.SOURCE_MAX", 2)
    statuses = [register(browser).status for _ in range(3)]
    refused = register(browser)
    browser.source = "192.0.2.77"

    assert statuses == [201, 201, 429]
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert register(browser).status == 201


def test_an_organisation_registers_so_many_clients_an_hour(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.domain.oauth.registration.ORGANISATION_MAX", 1)

    assert [register(browser).status for _ in range(2)] == [201, 429]


def test_a_client_that_no_user_consented_to_ends_after_a_day(browser: Browser, tables: Tables) -> None:
    kept, unused = register(browser).json, register(browser).json
    consent(browser, kept["client_id"])
    browser.now_ms += registered_clients.UNUSED_SECONDS * 1000
    browser.cookies.clear()

    shown = browser.authorize(AUTHORIZE, client_id=unused["client_id"], redirect_uri=LOOPBACK, resource=RESOURCE)
    read = send(browser, "GET", path_of(unused), token=unused["registration_access_token"])

    assert (shown.status, read.status) == (400, 401)
    assert "/signin" in browser.authorize(AUTHORIZE, client_id=kept["client_id"], redirect_uri=LOOPBACK).location
    register(browser)
    assert unused["client_id"] not in stored(tables)


def test_in_a_full_pool_the_oldest_unused_client_makes_room(
    web: DirectoryWriter, browser: Browser, tables: Tables
) -> None:
    let_in(web, quotas={"registered-clients": 2})
    used = register(browser).json["client_id"]
    consent(browser, used)
    browser.now_ms += 1000
    oldest = register(browser).json["client_id"]
    browser.now_ms += 1000

    newest = register(browser).json["client_id"]

    assert oldest != newest
    assert set(stored(tables)) == {used, newest}
    consent(browser, newest)
    assert register(browser).status == 429


def test_where_an_operator_allows_none_no_client_is_registered_in_place_of_another(
    web: DirectoryWriter, browser: Browser, tables: Tables
) -> None:
    let_in(web)
    kept = register(browser).json["client_id"]
    let_in(web, quotas={"registered-clients": 0})

    assert register(browser).status == 429
    assert set(stored(tables)) == {kept}


def test_a_client_reads_changes_and_deletes_its_registration(browser: Browser, tables: Tables) -> None:
    registered = register(browser).json
    path, token = path_of(registered), registered["registration_access_token"]

    read = send(browser, "GET", path, token=token)
    changed = send(
        browser,
        "PUT",
        path,
        json.dumps({**METADATA, "client_id": registered["client_id"], "client_name": "New"}),
        token,
    )
    deleted = send(browser, "DELETE", path, token=token)

    assert (read.status, read.json["client_id"]) == (200, registered["client_id"])
    assert (changed.status, changed.json["client_name"]) == (200, "New")
    assert (deleted.status, stored(tables)) == (204, [])
    assert send(browser, "GET", path, token=token).status == 401


def test_another_description_ends_what_was_issued(browser: Browser, service: TokenService) -> None:
    registered = register(browser).json
    client_id, token = registered["client_id"], registered["registration_access_token"]
    code = consent(browser, client_id)["code"]
    issued = exchange(service, client_id, code).json

    same = {**METADATA, "client_id": client_id, "scope": "read"}
    assert send(browser, "PUT", path_of(registered), json.dumps(same), token).status == 200
    refresh = {"grant_type": "refresh_token", "client_id": client_id}
    kept = service.post(
        {**refresh, "refresh_token": issued["refresh_token"]}, path="/t/johnsorg/token", authorization=None
    )
    other = {**same, "redirect_uris": ["https://other.example/"]}
    assert send(browser, "PUT", path_of(registered), json.dumps(other), token).status == 200
    ended = service.post(
        {**refresh, "refresh_token": kept.json["refresh_token"]}, path="/t/johnsorg/token", authorization=None
    )

    assert (kept.status, ended.refusal) == (200, (400, "invalid_grant"))


@pytest.mark.parametrize(
    ("token", "fault"),
    [pytest.param("", "", id="no token"), pytest.param("ghm_wrong", ', error="invalid_token"', id="a wrong one")],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nobody_else_manages_a_registration(browser: Browser, method: str, token: str, fault: str) -> None:
    """If the request has no token, the challenge names no error (RFC 6750 section 3.1)."""
    registered = register(browser).json

    for path in (path_of(registered), "/t/johnsorg/register/dyn.unknown"):
        refused = send(browser, method, path, "{}", token)
        assert (refused.status, refused.json["error"]) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"] == f'Bearer realm="gatehouse"{fault}'


@pytest.mark.parametrize(
    "overrides",
    [pytest.param({"client_id": "dyn.other"}, id="another id"), pytest.param({"client_secret": "x"}, id="a secret")],
)
def test_an_update_keeps_the_client_id_and_has_no_secret(browser: Browser, overrides: dict[str, str]) -> None:
    registered = register(browser).json
    body = json.dumps({**METADATA, "client_id": registered["client_id"], **overrides})

    refused = send(browser, "PUT", path_of(registered), body, registered["registration_access_token"])

    assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")


def test_a_client_of_the_store_has_no_registration(browser: Browser) -> None:
    assert send(browser, "GET", f"/t/johnsorg/register/{factories.CLIENT_ID}", token="ghm_x").status == 401


def test_the_policy_is_checked_when_a_token_is_used(
    web: DirectoryWriter, browser: Browser, service: TokenService, call: Call
) -> None:
    client_id = register(browser).json["client_id"]
    code = consent(browser, client_id)["code"]
    issued = exchange(service, client_id, code).json

    let_in(web, client_registration="off")

    refresh = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": issued["refresh_token"]}
    assert service.post(refresh, path="/t/johnsorg/token", authorization=None).refusal == (400, "invalid_grant")
    with pytest.raises(Exception, match="Unauthorized"):
        call(issued["access_token"], "GET", "/orders")
    assert browser.authorize(AUTHORIZE, client_id=client_id, redirect_uri=LOOPBACK).status == 400


def test_a_client_that_the_user_blocked_may_not_ask(web: DirectoryWriter, browser: Browser) -> None:
    client_id = register(browser).json["client_id"]
    web.save_user(factories.user(blocked_clients={client_id: "localhost (Agent)"}))

    page = browser.authorize(AUTHORIZE, client_id=client_id, redirect_uri=LOOPBACK, resource=RESOURCE)
    page = browser.get(browser.sign_in(page).location)

    assert page.answer["error"] == "access_denied"


def test_a_client_with_keys_of_its_own_signs(browser: Browser, service: TokenService) -> None:
    key = jose.generate("ES256", "one")
    registered = register(browser, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jose.public(key)]}).json

    assert registered["token_endpoint_auth_method"] == "private_key_jwt"
    assert registered["jwks"]["keys"][0]["kid"] == "one"
    unsigned = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": registered["client_id"]}
    assert service.post(unsigned, path="/t/johnsorg/token", authorization=None).refusal == (401, "invalid_client")


def test_a_client_with_keys_of_its_own_introspects_its_own_tokens_and_no_others(
    web: DirectoryWriter, browser: Browser, service: TokenService
) -> None:
    """Anyone may register, and would learn from a token that was found whose it is, and for what."""
    keys = {"keys": [jose.public(assertions.PRIVATE)]}
    client_id = register(browser, token_endpoint_auth_method="private_key_jwt", jwks=keys).json["client_id"]

    def signed() -> dict[str, str]:
        tenant = "https://auth.example/t/johnsorg"
        return assertions.form(assertions.sign(client_id, tenant, NOW))

    def introspect(token: str) -> Any:
        return service.post({**signed(), "token": token}, path="/t/johnsorg/introspect", authorization=None).json

    code = {"code": consent(browser, client_id)["code"], "redirect_uri": LOOPBACK, "code_verifier": VERIFIER}
    form = {**signed(), **code, "grant_type": "authorization_code"}
    own = service.post(form, path="/t/johnsorg/token", authorization=None).json["access_token"]

    assert introspect(own)["username"] == "john@gmail.com@johnsorg"
    assert introspect(service.password().json["access_token"]) == {"active": False}
    let_in(web, client_registration="off")
    assert introspect(own) == {"active": False}


def test_a_preflight_says_which_methods_there_are(browser: Browser) -> None:
    page = browser.send("OPTIONS", "/t/johnsorg/register", None, origin="https://inspector.example")

    assert (page.status, page.headers["Access-Control-Allow-Methods"]) == (204, "POST")


def test_it_is_advertised_where_it_is_let_in_and_nowhere_else(web: DirectoryWriter, service: TokenService) -> None:
    def metadata(path: str) -> dict[str, Any]:
        return service.post("", path=path, method="GET", authorization=None).json

    well_known = "/.well-known/oauth-authorization-server"
    assert metadata(f"{well_known}/t/johnsorg")["registration_endpoint"] == "https://auth.example/t/johnsorg/register"
    assert metadata(f"{well_known}/t/johnsorg")["client_id_metadata_document_supported"] is True
    let_in(web, client_registration="off", client_documents="off")
    for path in (well_known, f"{well_known}/t/johnsorg", f"{well_known}/t/nobody"):
        assert not {"registration_endpoint", "client_id_metadata_document_supported"} & metadata(path).keys()
