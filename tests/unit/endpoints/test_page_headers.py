"""The headers of pages and redirects, exactly: each set of pages has its own policies."""

from typing import Any

import pytest

from gatehouse.domain.kernel.errors import TooManyFailuresError
from gatehouse.endpoints.signin import pages as signin
from gatehouse.endpoints.store import pages as store
from tests.template import ROOT

SHARED = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SIGNIN = {**SHARED, "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}
STORE = {**SHARED, "Referrer-Policy": "same-origin"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def signin_policy(target: str = "") -> str:
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"
    )


def store_policy(reached: str = "") -> str:
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'{reached}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


ERROR: dict[str, Any] = {
    "organisation": None,
    "code": "x",
    "message": "m",
    "is_dead_link": False,
    "page_of_links": "",
    "is_password_uncertain": False,
    "fresh_page": "",
}
REFUSAL: dict[str, Any] = {"caller": None, "form_token": "", "here": "/", "done": "", "code": 404, "message": "m"}


@pytest.mark.parametrize(
    ("target", "policy"),
    [(None, signin_policy()), ("https://app.example:8443/cb", signin_policy(" https:"))],
)
def test_a_page_of_sign_in_has_its_own_headers(target: str | None, policy: str) -> None:
    page = signin.SignInPages(ROOT / "functions" / "signin").render(
        "error", cookies=["a=b"], redirect_uri=target, **ERROR
    )

    assert page["headers"] == {**SIGNIN, **HTML, "Content-Security-Policy": policy}
    assert (page["statusCode"], page["cookies"], page["isBase64Encoded"]) == (200, ["a=b"], False)


@pytest.mark.parametrize(
    ("reached", "policy"), [((), store_policy()), (["https://api.example/v1"], store_policy(" https://api.example"))]
)
def test_a_page_of_the_store_has_its_own_headers(reached: list[str], policy: str) -> None:
    page = store.StorePages(ROOT / "functions" / "store").render("error", status=404, reached=reached, **REFUSAL)

    assert page["headers"] == {**STORE, **HTML, "Content-Security-Policy": policy}
    assert (page["statusCode"], page["cookies"], page["isBase64Encoded"]) == (404, [], False)


def test_redirects_have_the_headers_of_their_pages() -> None:
    assert signin.redirect("/x", ("a=b",)) == {
        "statusCode": 303,
        "headers": {**SIGNIN, "Location": "/x"},
        "cookies": ["a=b"],
        "body": "",
        "isBase64Encoded": False,
    }
    assert store.redirect("/x")["headers"] == {**STORE, "Location": "/x"}


@pytest.mark.parametrize("location", ["/t/acme/signin?scope=a&client_id=b", "https://app.example/cb?code=c", "a.b:/cb"])
def test_what_leads_to_a_client_does_not_part_its_window_from_the_one_that_opened_it(location: str) -> None:
    opened = {**SIGNIN, "Cross-Origin-Opener-Policy": "unsafe-none"}
    page = signin.SignInPages(ROOT / "functions" / "signin").render("error", leads_to_client=True, **ERROR)

    assert signin.redirect(location)["headers"] == {**opened, "Location": location}
    assert page["headers"] == {**opened, **HTML, "Content-Security-Policy": signin_policy()}


def test_a_page_of_sign_in_says_when_to_come_back() -> None:
    page: Any = signin.SignInPages(ROOT / "functions" / "signin").error(
        TooManyFailuresError("x", retry_after_seconds=7)
    )

    assert (page["statusCode"], page["headers"]["Retry-After"]) == (429, "7")
