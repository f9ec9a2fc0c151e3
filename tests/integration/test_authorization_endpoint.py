"""The authorization endpoint from outside: AC-03 to AC-05, ISS-01, BCP-* and OAuch's AuthEndpoint cases.

No browser and no JavaScript: what counts is what the server answers. tests/e2e shows the same to Chromium.
"""

from urllib.parse import urlencode

import httpx
import pytest

from tests.integration.conftest import NewVisitor
from tests.vectors import authorization as vectors
from tests.vectors.authorization import REDIRECT_URI
from tests.visitors import Visitor, answer


def test_ac_04_iss_01_bcp_15_auth_endpoint_state_present(visitor: Visitor) -> None:
    """Answers and errors carry the issuer and the state."""
    right, wrong = visitor.answer(), answer(visitor.authorize(response_type="token"))

    assert right.keys() == {"code", "state", "iss"}
    assert wrong["error"] == "unsupported_response_type"
    assert {(one["state"], one["iss"]) for one in (right, wrong)} == {("xyz", visitor.base)}


@pytest.mark.parametrize("state", vectors.STATES)
def test_ac_04_the_state_comes_back_to_the_letter(visitor: Visitor, state: str) -> None:
    assert visitor.answer(state=state)["state"] == state


def test_iss_01_the_metadata_says_so(visitor: Visitor) -> None:
    document = visitor.browser.get(f"{visitor.base}/.well-known/oauth-authorization-server").json()

    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["issuer"] == visitor.answer()["iss"]


@pytest.mark.parametrize("overrides", vectors.DOUBTFUL_DESTINATIONS)
def test_ac_03_bcp_01_auth_endpoint_invalid_redirect(visitor: Visitor, overrides: dict[str, str | None]) -> None:
    """An error page, and no redirect, even for somebody who has signed in."""
    page = visitor.authorize(**overrides)

    assert page.status_code == 400
    assert "location" not in page.headers
    assert page.headers["content-type"].startswith("text/html")
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param(REDIRECT_URI + "/../evil", id="traversal"),
        pytest.param(REDIRECT_URI + "/%2e%2e/evil", id="encoded dots"),
        pytest.param("https://client.example/%2fcallback", id="an encoded slash"),
        pytest.param("https://client.example/%63allback", id="an encoded letter"),
        pytest.param("https://client.example\\@evil.example/callback", id="a backslash"),
    ],
)
def test_ac_05_auth_endpoint_redirect_uri_confusion(visitor: Visitor, redirect_uri: str) -> None:
    assert visitor.authorize(redirect_uri=redirect_uri).status_code == 400


def test_ac_05_auth_endpoint_redirect_uri_fully_matched(visitor: Visitor) -> None:
    assert visitor.authorize(redirect_uri=REDIRECT_URI + "?a=b").status_code == 400


@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("https://other.example/callback", id="host"),
        pytest.param("https://client.example/callback2", id="path"),
        pytest.param("https://client.example/", id="a shorter path"),
    ],
)
def test_ac_05_auth_endpoint_redirect_uri_path_matched(visitor: Visitor, redirect_uri: str) -> None:
    assert visitor.authorize(redirect_uri=redirect_uri).status_code == 400


def test_ac_03_auth_endpoint_redirect_uri_required(visitor: Visitor) -> None:
    page = visitor.authorize(redirect_uri=None)

    assert (page.status_code, "location" in page.headers) == (400, False)


@pytest.mark.parametrize("registered", ["elsewhere", "registered"])
def test_auth_endpoint_code_pollution(visitor: Visitor, visit: NewVisitor, registered: str) -> None:
    """A redirect URI with a `code` of its own is refused, even if somebody registered it."""
    polluted = REDIRECT_URI + "?code=1"
    asking = visitor if registered == "elsewhere" else visit(redirect_uris=(polluted, REDIRECT_URI))

    assert asking.authorize(redirect_uri=polluted).status_code == 400


@pytest.mark.parametrize("presented", ["http://127.0.0.1:51004/native", "http://127.0.0.1/native"])
def test_ac_05_bcp_01_the_port_of_a_loopback_address_may_vary(visitor: Visitor, presented: str) -> None:
    page = visitor.authorize(redirect_uri=presented)

    assert page.headers["location"].startswith(f"{presented}?code=")


@pytest.fixture(scope="module")
def careless(visit: NewVisitor) -> Visitor:
    """Somebody at an application into whose registration anything went."""
    return visit(redirect_uris=(REDIRECT_URI, *(str(one.values[0]) for one in vectors.UNACCEPTABLE_REDIRECT_URIS)))


@pytest.mark.parametrize("registered", vectors.UNACCEPTABLE_REDIRECT_URIS)
def test_ac_05_bcp_13_an_unacceptable_redirect_uri_does_not_work_even_if_registered(
    careless: Visitor, registered: str
) -> None:
    page = careless.authorize(redirect_uri=registered)

    assert (page.status_code, "location" in page.headers) == (400, False)


@pytest.mark.parametrize(("overrides", "error"), vectors.ERRORS)
def test_ac_04_other_errors_go_to_the_client(visitor: Visitor, overrides: dict[str, str | None], error: str) -> None:
    page = visitor.authorize(**overrides)

    told = answer(page)
    assert page.status_code == 303
    assert page.headers["location"].startswith(f"{REDIRECT_URI}?error=")
    assert (told["error"], told["state"], told["iss"]) == (error, "xyz", visitor.base)
    assert "code" not in told


@pytest.mark.parametrize(("overrides", "error"), vectors.ERRORS)
def test_bcp_02_an_error_bounces_nobody_who_has_not_signed_in(
    newcomer: Visitor, overrides: dict[str, str | None], error: str
) -> None:
    page = newcomer.authorize(**overrides)

    assert (page.status_code, "location" in page.headers) == (400, False)
    assert error in page.text


def test_bcp_02_auth_endpoint_automatic_redirect_invalid_response_type(newcomer: Visitor) -> None:
    page = newcomer.authorize(response_type="bogus")

    assert (page.status_code, "location" in page.headers) == (400, False)


def test_bcp_02_auth_endpoint_automatic_redirect_invalid_scope(newcomer: Visitor) -> None:
    page = newcomer.authorize(scope='a"b')

    assert (page.status_code, "location" in page.headers) == (400, False)


@pytest.mark.parametrize("path", ["/signin?next=", "/logout?post_logout_redirect_uri=", "/t/johnsorg/signin?continue="])
def test_bcp_02_no_other_page_is_an_open_redirector(newcomer: Visitor, path: str) -> None:
    page = newcomer.browser.get(f"{newcomer.base}{path}https://evil.example/")

    assert "evil.example" not in page.headers.get("location", "")


def test_auth_endpoint_fragment_fix(visitor: Visitor) -> None:
    assert visitor.authorize().headers["location"].endswith("#_")


@pytest.mark.parametrize(
    ("response_type", "statement"),
    [
        pytest.param("bogus", "bogus", id="auth_endpoint_is_response_type_checked"),
        pytest.param("token", "implicit", id="features_token_flow_supported"),
        pytest.param("id_token token", "implicit", id="features_id_token_token_flow_supported"),
        pytest.param("code token", "hybrid", id="features_code_token_flow_supported"),
        pytest.param("code id_token token", "hybrid", id="features_code_id_token_token_flow_supported"),
        pytest.param("id_token", "implicit", id="auth_endpoint_nonce_required"),
        pytest.param("code id_token", "hybrid", id="hybrid without a token"),
    ],
)
def test_bcp_06_a_response_type_but_code_yields_neither_code_nor_token(
    visitor: Visitor, response_type: str, statement: str
) -> None:
    location = visitor.authorize(response_type=response_type, scope="openid").headers["location"]

    assert "error=unsupported_response_type" in location, statement
    assert [name for name in ("code=", "token=") if name in location.replace("response_type", "")] == []


@pytest.mark.parametrize("repeated", ["client_id", "redirect_uri", "state", "scope", "colour"])
def test_auth_endpoint_same_parameter_twice_disallowed(visitor: Visitor, repeated: str) -> None:
    query = urlencode([*visitor.request(colour="blue").items(), (repeated, "twice")])

    page = visitor.browser.get(f"{visitor.base}/authorize?{query}")

    assert (page.status_code, "location" in page.headers) == (400, False)


def test_auth_endpoint_unrecognized_parameter_allowed(visitor: Visitor) -> None:
    assert visitor.answer(colour="blue")["code"]


def test_auth_endpoint_supports_post_authorization_requests(visitor: Visitor) -> None:
    page = visitor.browser.post(f"{visitor.base}/authorize", data=visitor.request(state="a b&c"))

    assert page.status_code == 303
    assert answer(visitor.follow(page))["state"] == "a b&c"


def test_a_request_that_no_header_could_carry_on_is_refused_and_no_failure(newcomer: Visitor) -> None:
    """Each quotation mark becomes three characters where the request goes on to the next page."""
    long, url = "'" * 7000, newcomer.url()

    answers = [
        newcomer.browser.get(f"{url}&more={long}"),
        newcomer.browser.post(url.partition("?")[0], data={"more": long}),
    ]

    assert [(one.status_code, "too long" in one.text) for one in answers] == [(400, True)] * 2


def test_oidc_3_1_2_1_a_hint_is_an_id_token_of_this_client(visit: NewVisitor) -> None:
    visitor, other = visit(), visit()
    hint = visitor.obtain(scope="openid")["id_token"]

    assert "code" in visitor.answer(scope="openid", id_token_hint=hint, prompt="none")
    assert other.answer(id_token_hint=hint, prompt="none")["error"] == "invalid_request"
    assert visitor.answer(id_token_hint="nonsense", prompt="none")["error"] == "invalid_request"


def test_auth_endpoint_require_user_consent(visit: NewVisitor) -> None:
    """A public client has no token without the user's yes, not even the second time."""
    visitor = visit(secrets=(), authentication_methods=frozenset({"none"}))
    assert visitor.answer()["code"]

    page = visitor.authorize()

    assert page.status_code == 200
    assert "location" not in page.headers
    assert answer(visitor.submit(page, decision="deny"))["error"] == "access_denied"


def pages(visitor: Visitor, signed_in: Visitor) -> dict[str, httpx.Response]:
    """Fetch one page of each kind."""
    get = visitor.browser.get
    return {
        "sign-in": visitor.follow(visitor.authorize()),
        "error": visitor.authorize(redirect_uri="https://evil.example/"),
        "return": visitor.authorize(response_type="token"),
        "recovery": get(f"{visitor.base}/t/johnsorg/recover"),
        "consent": signed_in.authorize(prompt="consent"),
        "account": signed_in.browser.get(f"{visitor.base}/t/johnsorg/account"),
    }


def test_bcp_22_auth_endpoint_has_content_security_policy(newcomer: Visitor, visitor: Visitor) -> None:
    for name, page in pages(newcomer, visitor).items():
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name


def test_bcp_22_auth_endpoint_has_frame_options(newcomer: Visitor, visitor: Visitor) -> None:
    assert {page.headers["x-frame-options"] for page in pages(newcomer, visitor).values()} == {"DENY"}


def test_bcp_14_auth_endpoint_referrer_policy_enforced(newcomer: Visitor, visitor: Visitor) -> None:
    assert {page.headers["referrer-policy"] for page in pages(newcomer, visitor).values()} == {"no-referrer"}


def test_bcp_14_no_page_loads_anything_from_elsewhere(newcomer: Visitor, visitor: Visitor) -> None:
    for name, page in pages(newcomer, visitor).items():
        loaded = [
            part.partition('"')[0]
            for word in (' src="', '<link rel="stylesheet" href="')
            for part in page.text.split(word)[1:]
        ]
        assert loaded, name
        assert [url for url in loaded if not url.startswith("/") or url.startswith("//")] == [], name


def test_bcp_13_no_page_and_no_redirect_may_be_read_by_another_origin(newcomer: Visitor, visitor: Visitor) -> None:
    origin = {"Origin": "https://evil.example"}

    answers = [one.browser.get(one.url(), headers=origin) for one in (newcomer, visitor)] + [
        visitor.browser.options(visitor.url(), headers=origin | {"Access-Control-Request-Method": "GET"})
    ]

    assert [name for one in answers for name in one.headers if name.startswith("access-control-")] == []


def test_bcp_17_the_answers_to_password_and_consent_are_303(visit: NewVisitor) -> None:
    visitor = visit()

    signed_in = visitor.sign_in(visitor.authorize())
    agreed = visitor.submit(visitor.follow(signed_in), decision="allow")

    assert (signed_in.status_code, agreed.status_code) == (303, 303)
