"""Redirect URIs that a client may register, and what to change about the others."""

import pytest

from gatehouse.domain.oauth import redirect_uris


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example/callback?tenant=1",
        "http://127.0.0.1/callback",
        "http://[::1]:8080/callback",
        "http://localhost:3000",
        "com.example.app:/callback",
    ],
)
def test_acceptable(uri: str) -> None:
    assert not redirect_uris.find_fault(uri)


@pytest.mark.parametrize(
    ("uri", "advice"),
    [
        ("com.example.app://callback/path", "Write com.example.app:/callback/path"),
        ("regexp=(https://a.example|https://b.example)", "list each URL"),
        ("https://app.example/callback#here", "remove '#'"),
        ("http://app.example/callback", "Use https"),
        ("myapp:/callback", "with a dot"),
        ("https://user@app.example/", "no user name"),
        ("https://app.example/?code=1", "'code'"),
        ("https://app.example/a b", "percent-encode"),
        ("https://b\u00fccher.example/", "percent-encode"),
        ("https://app.example:99999/", "not a URI"),
        ("javascript:alert(1)", "Use https"),
        ("", "2,000 characters"),
    ],
)
def test_a_refusal_says_what_to_change(uri: str, advice: str) -> None:
    assert advice in redirect_uris.find_fault(uri)
    assert not redirect_uris.is_registered(uri, [uri])


def test_the_first_wrong_one_of_several_is_named() -> None:
    fault = redirect_uris.find_fault_of_all(["https://app.example/", "http://app.example/"])

    assert fault.startswith("http://app.example/: Use https")
