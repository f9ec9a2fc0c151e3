"""Commands that people copy from the pages."""

import shlex
from urllib.parse import parse_qs, urlsplit

import pytest

from gatehouse.domain.kernel import scopes
from gatehouse.endpoints.store import commands


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        pytest.param("https://localhost:8243", "curl -k", id="this machine"),
        pytest.param("https://127.0.0.1:9443/x", "curl -k", id="its address"),
        pytest.param("https://auth.example.com", "curl", id="a deployment"),
        pytest.param("https://localhost.example.com", "curl", id="a name that begins like this machine"),
    ],
)
def test_only_the_certificate_of_this_machine_goes_unchecked(url: str, begins: str) -> None:
    assert commands.curl(url) == begins


def test_a_secret_that_is_not_known_is_a_variable() -> None:
    line = commands.client_credentials("https://auth.example", "key", ["update", "read"])

    assert shlex.split(line) == [
        "curl",
        "-u",
        "key:$CONSUMER_SECRET",
        "-d",
        "grant_type=client_credentials",
        "--data-urlencode",
        "scope=read update",
        "https://auth.example/token",
    ]


def test_no_more_scopes_are_asked_for_than_a_request_may_name() -> None:
    many = [f"s{number:03}" for number in range(150)]

    line = commands.client_credentials("https://auth.example", "key", many)
    url = commands.authorization("https://auth.example", "key", "https://app.example", many)

    (scope,) = (one for one in shlex.split(line) if one.startswith("scope="))
    assert len(scopes.parse(scope.removeprefix("scope="))) == scopes.SCOPES_MAX
    assert len(scopes.parse(parse_qs(urlsplit(url).query)["scope"][0])) == scopes.SCOPES_MAX


def test_nothing_that_is_filled_in_ends_its_word() -> None:
    line = commands.password("https://auth.example", "key", "o'neil@x.example@org", ["a$(b)"], secret="s'; rm x")

    assert shlex.split(line)[2:] == [
        "key:s'; rm x",
        "-d",
        "grant_type=password",
        "--data-urlencode",
        "username=o'neil@x.example@org",
        "--data-urlencode",
        "password=$PASSWORD",
        "--data-urlencode",
        "scope=a$(b)",
        "https://auth.example/token",
    ]


def test_a_call_carries_the_token() -> None:
    assert shlex.split(commands.call("https://api.example/a?b=1&c", "gha_x")) == [
        "curl",
        "-H",
        "Authorization: Bearer gha_x",
        "https://api.example/a?b=1&c",
    ]


def test_the_address_of_a_sign_in_asks_for_something() -> None:
    url = commands.authorization("https://auth.example", "key", "https://app.example/cb?x=1", [])

    assert "redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1" in url
    assert "scope=openid" in url
