"""Authorization requests, right and wrong (RFC 6749 section 4.1.1, RFC 7636), for the unit and the deployed suites."""

import base64
import hashlib

import pytest

REDIRECT_URI = "https://client.example/callback"
REDIRECT_URIS = (REDIRECT_URI, "http://127.0.0.1/native", "com.example.app:/callback")
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def challenge_of(verifier: str) -> str:
    """Hash a verifier as S256 says (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


CHALLENGE = challenge_of(VERIFIER)


def request(**overrides: str | None) -> dict[str, str]:
    """Return a valid authorization request of the client_id; None leaves a parameter out."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": "read",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **overrides,
    }
    return {name: value for name, value in parameters.items() if value is not None}


STATES = [
    pytest.param("a b+c&d=e%20#/?", id="reserved characters"),
    pytest.param("Grüße 🎉", id="not ASCII"),
    pytest.param('{"a":"<script>\'"}', id="markup"),
    pytest.param("x" * 2000, id="2000 characters"),
]

DOUBTFUL_DESTINATIONS = [
    pytest.param({"client_id": "nobody"}, id="unknown client"),
    pytest.param({"client_id": None}, id="no client"),
    pytest.param({"redirect_uri": None}, id="no redirect_uri"),
    pytest.param({"redirect_uri": "https://evil.example/"}, id="unregistered"),
    pytest.param({"redirect_uri": REDIRECT_URI + "/"}, id="one slash more"),
    pytest.param({"redirect_uri": REDIRECT_URI + "?a=b"}, id="a query more"),
    pytest.param({"redirect_uri": REDIRECT_URI + "?code=1"}, id="a code of its own"),
    pytest.param({"redirect_uri": REDIRECT_URI + "#f"}, id="a fragment more"),
    pytest.param({"redirect_uri": REDIRECT_URI + "%2f"}, id="an encoded slash"),
    pytest.param({"redirect_uri": REDIRECT_URI + "/%2e%2e/x"}, id="encoded dots"),
    pytest.param({"redirect_uri": "https://client.example/x/../callback"}, id="traversal"),
    pytest.param({"redirect_uri": "https://client.example/%63allback"}, id="an encoded letter"),
    pytest.param({"redirect_uri": "https://CLIENT.example/callback"}, id="upper case"),
    pytest.param({"redirect_uri": "https://client.example:443/callback"}, id="the default port"),
    pytest.param({"redirect_uri": "https://other.example/callback"}, id="another host"),
    pytest.param({"redirect_uri": "https://client.example@evil.example/callback"}, id="userinfo"),
    pytest.param({"redirect_uri": "http://client.example/callback"}, id="http"),
    pytest.param({"redirect_uri": "http://127.0.0.1:1/other"}, id="loopback, another path"),
    pytest.param({"redirect_uri": "http://127.0.0.2:1/native"}, id="another loopback address"),
    pytest.param({"redirect_uri": "http://127.0.0.1.evil.example/native"}, id="loopback as a subdomain"),
    pytest.param({"redirect_uri": "javascript:alert(1)"}, id="javascript"),
    pytest.param({"state": "x" * 2001}, id="overlong state"),
]

LOOPBACK_PORTS = [
    pytest.param("http://127.0.0.1/native", "http://127.0.0.1:51004/native", id="IPv4"),
    pytest.param("http://[::1]/native", "http://[::1]:51004/native", id="IPv6"),
    pytest.param("http://localhost:1/native?a=b", "http://localhost:51004/native?a=b", id="localhost"),
    pytest.param("com.example.app:/callback", "com.example.app:/callback", id="a scheme of its own"),
]

UNACCEPTABLE_REDIRECT_URIS = [
    pytest.param("http://client.example/callback", id="http"),
    pytest.param("https://client.example/callback?code=1", id="a code of its own"),
    pytest.param("https://client.example/callback#fragment", id="a fragment"),
    pytest.param("https://user@client.example/", id="a user"),
    pytest.param("javascript:alert(1)", id="javascript"),
    pytest.param("myapp:/callback", id="a scheme without a dot"),
]

ERRORS = [
    pytest.param({"response_type": None}, "invalid_request", id="no response_type"),
    pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
    pytest.param({"response_type": "code token"}, "unsupported_response_type", id="hybrid"),
    pytest.param({"response_type": "id_token"}, "unsupported_response_type", id="id_token"),
    pytest.param({"response_type": "bogus"}, "unsupported_response_type", id="bogus"),
    pytest.param({"response_mode": "fragment"}, "invalid_request", id="response_mode"),
    pytest.param({"scope": 'a"b'}, "invalid_scope", id="malformed scope"),
    pytest.param({"code_challenge": None}, "invalid_request", id="pk_03 no challenge"),
    pytest.param({"code_challenge": None, "code_challenge_method": None}, "invalid_request", id="pk_03 no PKCE"),
    pytest.param({"code_challenge": "abc"}, "invalid_request", id="short challenge"),
    pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="pk_02 plain"),
    pytest.param({"code_challenge_method": None}, "invalid_request", id="pk_02 no method"),
    pytest.param({"prompt": "none login"}, "invalid_request", id="contradictory prompt"),
    pytest.param({"prompt": "sing"}, "invalid_request", id="unknown prompt"),
    pytest.param({"max_age": "-1"}, "invalid_request", id="negative max_age"),
    pytest.param({"max_age": "²"}, "invalid_request", id="max_age in a superscript"),
    pytest.param({"nonce": "n" * 501}, "invalid_request", id="overlong nonce"),
    pytest.param({"request": "e30."}, "request_not_supported", id="request object"),
    pytest.param({"request_uri": "https://a.example"}, "request_uri_not_supported", id="request_uri"),
    pytest.param({"registration": "{}"}, "registration_not_supported", id="registration"),
]

BAD_VERIFIERS = [
    pytest.param("abc", id="three characters"),
    pytest.param("a" * 42, id="42 characters"),
    pytest.param("a" * 129, id="129 characters"),
    pytest.param("a" * 42 + "!", id="a character outside the set"),
    pytest.param("ä" * 43, id="not ASCII"),
]

WRONG_VERIFIERS = [
    pytest.param("a" * 43, id="wrong"),
    pytest.param(None, id="missing"),
    pytest.param(CHALLENGE, id="plain"),
]
