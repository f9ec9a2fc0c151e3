"""Whatever strangers send to the pages of signing in is refused, not a failure: at every path, with each method."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatehouse.domain.kernel.fetching import FetchedDocument, Form
from gatehouse.endpoints.router import PROVIDER
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, hostile
from tests.fetchers import Outside
from tests.template import ROOT
from tests.unit.endpoints.signin import agents
from tests.unit.endpoints.signin.browser import Browser, authorization
from tests.unit.endpoints.signin.test_client_documents import ask
from tests.unit.endpoints.signin.test_client_documents import browser as documented
from tests.unit.endpoints.signin.test_client_documents import outside as outside

pytestmark = pytest.mark.hypothesis  # `make faults` tries more examples, also of those inside a test

PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method",
    "nonce", "prompt", "max_age", "id_token_hint", "login_hint", "resource", "request", "acr_values", "claims", "code",
    "iss", "error", "link", "user_code", "post_logout_redirect_uri", "logo_version", "provider", "sid",
)  # fmt: skip
FIELDS = (
    "username", "password", "form", "email", "link", "token", "name", "organisation", "new_password", "key", "app",
    "browser", "credential", "decision", "factor_code", "identity", "passkey", "passkey_name", "request", "scope",
    "session", "state", "user", "user_code", "code", "error", "logout_token", "id_token_hint", "remember",
)  # fmt: skip
METADATA = (
    "redirect_uris", "client_name", "grant_types", "response_types", "token_endpoint_auth_method", "scope", "jwks",
    "jwks_uri", "client_uri", "logo_uri", "contacts", "software_id", "software_statement", "application_type",
    "client_id", "client_secret", "token_endpoint_auth_signing_alg",
)  # fmt: skip

JWK = ("kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y", "k", "d", "x5c")
SIGNING = {**agents.METADATA, "token_endpoint_auth_method": "private_key_jwt"}

outsiders = documented
"""A browser whose client has a metadata document outside."""


def paths(browser: Browser) -> list[tuple[str, str]]:
    """Every path of the router and its methods, at the deployment and at an organisation."""
    return [
        (method, before + path)
        for path, methods in browser.router.routes.items()
        for method in methods
        for before in ("", "/t/johnsorg")
    ]


def filled(path: str, draw: Any) -> str:
    for variable in (PROVIDER, "{id}"):
        path = path.replace(variable, quote(hostile.encode(draw(hostile.texts)) or b"x", safe=""))
    return path


@hostile.many
@given(st.data())
def test_a_hostile_authorization_request_is_refused(browser: Browser, data: st.DataObject) -> None:
    chosen = data.draw(
        st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(hostile.texts, hostile.tokens), max_size=4)
    )
    query = hostile.query({**authorization(), **chosen})

    assert browser.get(f"/authorize?{query}").status < 500


def test_a_hostile_form_or_link_of_any_page_is_refused(browser: Browser) -> None:
    """The user is signed in, and the form token is right, so that the fields are looked at."""
    browser.sign_in(browser.authorize())
    page = browser.get("/t/johnsorg/account/password")
    cookies, token = dict(browser.cookies), hostile.query(page.hidden).encode()
    assert token

    ends = ("/account/signout", "/logout")  # which end the session: they come last
    for method, path in sorted(paths(browser), key=lambda one: one[1].endswith(ends)):

        @hostile.few
        @given(
            st.data(),
            st.one_of(hostile.forms(FIELDS), hostile.json_texts.map(hostile.encode)),
            st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(hostile.texts, hostile.tokens), max_size=3),
            st.sampled_from(["application/x-www-form-urlencoded", "application/json", "text/plain", ""]),
            st.just((method, path)),
        )
        def attack(
            data: st.DataObject, form: bytes, query: dict[str, str], media_type: str, at: tuple[str, str]
        ) -> None:
            method, path = at
            browser.cookies = dict(cookies)
            body = token + b"&" + form if media_type.endswith("urlencoded") else form

            answer = browser.send(
                method, f"{filled(path, data.draw)}?{hostile.query(query)}", body, **{"content-type": media_type}
            )

            assert answer.status < 500

        attack()
        browser.cookies = dict(cookies)
        assert path.endswith(ends) or browser.get("/t/johnsorg/account").status == 200, f"{method} {path} signs out"


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
def test_a_hostile_registration_is_refused(browser: Browser, web: DirectoryWriter, method: str) -> None:
    """The policy lets everybody in, and the registration access token is right."""
    agents.let_in(web)
    known = agents.register(browser).json
    path = "/t/johnsorg/register" + ("" if method == "POST" else f"/{known['client_id']}")

    @hostile.many
    @example({**agents.METADATA, "jwks": {"keys": [{"kty": "RSA", "n": "\ud800", "e": "AQAB"}]}})
    @example({**SIGNING, "jwks": {"keys": [{"kty": "EC", "alg": [], "crv": {}}]}})
    @example({**agents.METADATA, "client_name": "a\0b"})
    @given(
        st.one_of(
            hostile.objects(METADATA),
            hostile.objects(METADATA).map(lambda more: {**agents.METADATA, **more}),
            st.lists(hostile.objects(JWK), max_size=3).map(lambda keys: {**SIGNING, "jwks": {"keys": keys}}),
            hostile.values,
        )
    )
    def attack(members: Any) -> None:
        answer = agents.send(browser, method, path, json.dumps(members), known["registration_access_token"])

        assert answer.status < 500

    attack()


def test_a_hostile_metadata_document_is_refused(outsiders: Browser, outside: Outside) -> None:
    class Strange:
        """The internet, which answers with the example at hand."""

        answer = ""

        def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
            del organisation, url, max_bytes, form
            return FetchedDocument(body=self.answer, max_age=None)

    strange = Strange()
    object.__setattr__(outside, "fetch", strange.fetch)

    @hostile.many
    @given(
        st.one_of(
            hostile.objects(METADATA).map(lambda more: json.dumps({**json.loads(agents.document()), **more})),
            hostile.objects(METADATA).map(json.dumps),
            hostile.json_texts,
        )
    )
    def attack(text: str) -> None:
        strange.answer = text
        answer = ask(outsiders)

        assert answer.status < 500 or (answer.status == 503 and "Retry-After" in answer.headers)

    attack()


@hostile.many
@given(hostile.texts, hostile.texts)
def test_a_hostile_username_does_not_sign_in(browser: Browser, username: str, password: str) -> None:
    page = browser.get(browser.authorize().location)
    answer = browser.send(
        "POST", page.action, hostile.query({**page.hidden, "username": username, "password": password}).encode()
    )

    assert answer.status < 500


@pytest.mark.parametrize("path", ["/authorize", "/t/johnsorg/signin", "/t/johnsorg/logout", "/t/johnsorg/account"])
@pytest.mark.parametrize("query", ["\ud800=1", "state=\udfff", "client_id=%41\ud800"])
def test_half_a_character_in_a_query_is_no_failure(browser: Browser, path: str, query: str) -> None:
    assert browser.get(f"{path}?{query}").status == 400


COOKIES = (
    "__Host-gatehouse.form", "__Host-gatehouse-johnsorg", "__Host-gatehouse.browser-johnsorg", "__Host-gatehouse.step",
    "__Host-gatehouse.federated", "__Host-gatehouse.provider-johnsorg", "__Host-gatehouse.signing-out",
)  # fmt: skip
READERS = (
    "/authorize?" + hostile.query(authorization()), "/t/johnsorg/signin", "/t/johnsorg/account",
    "/t/johnsorg/account/second-step", "/t/johnsorg/account/enrol", "/t/johnsorg/account/sessions",
    "/t/johnsorg/logout", "/t/johnsorg/federated/example/callback?state=x&code=y",
)  # fmt: skip
"""Pages that read cookies."""


@hostile.many
@given(
    st.sampled_from(COOKIES),
    st.one_of(
        hostile.texts, hostile.tokens, hostile.json_texts.map(lambda text: hostile.base64url(hostile.encode(text)))
    ),
)
def test_a_hostile_cookie_is_nobodys(browser: Browser, name: str, value: str) -> None:
    for path in READERS:
        browser.cookies = {name: value}
        assert browser.get(path).status < 500

    browser.cookies = {}
    page = browser.get("/t/johnsorg/signin")
    browser.cookies |= {name: value}
    assert browser.submit(page, username="john@gmail.com", password="wrong").status in {400, 429}


def test_every_cookie_of_the_pages_is_hostile_once() -> None:
    folder = ROOT / "layers" / "common" / "gatehouse" / "endpoints"
    files = [*(folder / "signin").glob("*.py"), folder / "web" / "signing_out.py"]
    read = {name for one in files for name in re.findall(r'"(__Host-gatehouse[^"]*)"', one.read_text())}

    assert len(read) == len(COOKIES)
    assert all(any(name.startswith(one) for name in COOKIES) for one in read)


def test_the_paths_are_those_of_the_router(browser: Browser) -> None:
    listed = {path for _, path in paths(browser)}

    assert {"/t/johnsorg/register", "/t/johnsorg/account/factors/remove", "/device/decision"} <= listed
    assert f"/t/johnsorg/federated/{PROVIDER}/logout-token" in listed
    assert factories.PASSWORD not in str(listed)
