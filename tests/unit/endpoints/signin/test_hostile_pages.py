"""Whatever strangers send to the pages of signing in is refused, not a failure."""

from hypothesis import given
from hypothesis import strategies as st

from tests import hostile
from tests.unit.endpoints.signin.browser import Browser, authorization

PATHS = (
    "/authorize", "/t/johnsorg/authorize", "/signin", "/t/johnsorg/signin", "/t/johnsorg/signup",
    "/t/johnsorg/recover", "/t/johnsorg/password", "/t/johnsorg/account", "/signup/organisation",
    "/t/johnsorg/logout", "/t/johnsorg/consent", "/t/johnsorg/signout", "/t/johnsorg/logo",
    "/t/johnsorg/confirm", "/t/johnsorg/link",
)  # fmt: skip
PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method",
    "nonce", "prompt", "max_age", "id_token_hint", "login_hint", "resource", "request",
    "post_logout_redirect_uri",
)  # fmt: skip
FIELDS = ("username", "password", "form", "email", "link", "token", "name", "organisation", "new_password", "key")


@hostile.many
@given(st.data())
def test_a_hostile_authorization_request_is_refused(browser: Browser, data: st.DataObject) -> None:
    chosen = data.draw(
        st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(hostile.texts, hostile.tokens), max_size=4)
    )
    query = hostile.query({**authorization(), **chosen})

    assert browser.get(f"/authorize?{query}").status < 500


@hostile.many
@given(
    st.sampled_from(PATHS),
    hostile.forms(FIELDS),
    st.dictionaries(st.sampled_from(PARAMETERS), hostile.texts, max_size=3),
)
def test_a_hostile_form_or_link_is_refused(browser: Browser, path: str, form: bytes, query: dict[str, str]) -> None:
    called = f"{path}?{hostile.query(query)}"

    assert browser.get(called).status < 500
    assert browser.send("POST", called, form).status < 500


@hostile.many
@given(hostile.texts, hostile.texts)
def test_a_hostile_username_does_not_sign_in(browser: Browser, username: str, password: str) -> None:
    page = browser.get(browser.authorize().location)
    answer = browser.send(
        "POST", page.action, hostile.query({**page.hidden, "username": username, "password": password}).encode()
    )

    assert answer.status < 500


@hostile.many
@given(
    st.one_of(
        hostile.texts, hostile.tokens, hostile.json_texts.map(lambda text: hostile.base64url(hostile.encode(text)))
    )
)
def test_a_hostile_cookie_is_nobodys(browser: Browser, value: str) -> None:
    browser.get(browser.authorize().location)
    for name in [*browser.cookies, "__Host-gatehouse-session-johnsorg"]:
        browser.cookies = {name: value}
        for path in ("/authorize?" + hostile.query(authorization()), "/t/johnsorg/signin", "/t/johnsorg/account"):
            assert browser.get(path).status < 500
