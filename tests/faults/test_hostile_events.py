"""Whatever API Gateway may hand over is answered: strange paths, queries, headers, cookies and bodies.

What is signed in or has a token goes as far as it can: each request has one hostile part, and the rest is right.
"""

import base64
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.oauth.grants import GRANTS
from tests import hostile, http_events
from tests.faults.scene import ADMIN, DEVPORTAL, PUBLISHER, Scene, basic
from tests.faults.world import Call

HTTP_FUNCTIONS = ("token", "signin", "store")
PATHS = {
    "token": (
        "/token", "/revoke", "/introspect", "/userinfo", "/device_authorization", "/t/johnsorg/token", "/oauth2/token",
        "/.well-known/openid-configuration", "/.well-known/jwks.json", "/t/{}/token", "/t/johnsorg/{}", "/{}", "/",
        "/.well-known/oauth-protected-resource/{}", "/.well-known/oauth-authorization-server/t/{}",
    ),
    "signin": (
        "/authorize", "/t/johnsorg/authorize", "/t/{}/authorize", "/signin", "/t/johnsorg/signin", "/signup",
        "/recover",
        "/t/johnsorg/device", "/t/johnsorg/account", "/t/johnsorg/account/{}", "/t/johnsorg/federated/{}/callback",
        "/federated/{}/callback", "/t/johnsorg/federated/{}/logout-token", "/t/johnsorg/federated/{}/start",
        "/t/johnsorg/register", "/t/johnsorg/register/{}", "/logout", "/static/signin/{}", "/discover",
        "/t/johnsorg/account/passkeys", "/t/johnsorg/account/set-password", "/signup/organisation/confirm",
    ),
    "store": (
        "/store", "/store/callback", "/store/signin", "/store/applications/{}", "/store/apis/{}", "/static/store/{}",
        "/store/admin/audit", "/store/admin/members/{}", "/store/admin/import", "/store/admin/settings",
        "/store/publish",
        "/store/publish/draft", f"{DEVPORTAL}/applications/{{}}", f"{DEVPORTAL}/apis/{{}}/documents/{{}}/content",
        f"{ADMIN}/members", f"{ADMIN}/members/{{}}", f"{ADMIN}/audit-log", f"{ADMIN}/settings/logo",
        f"{PUBLISHER}/apis/{{}}", f"{PUBLISHER}/apis", f"{PUBLISHER}/apis/preview", f"{PUBLISHER}/{{}}",
    ),
}  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "FOO", "get", "")

ODD_PARTS = (
    "%", "%zz", "%00", "%0", "%c0%af", "%c0%80", "%ed%a0%80", "%f5%80%80%80", "%25", "%2e%2e%2f", "..", ".", "", "//",
    "a;b=c", "a:b", "a+b", "{}", "{x}", "\ufffd", "\u2028", "\\", "~", "@", "*", "a" * 4_000, "%41", "é", "\ud800",
    "\0",
)  # fmt: skip
"""Parts of paths, as an HTTP API hands them over: decoded once, or not at all."""

parts = st.one_of(st.sampled_from(ODD_PARTS), hostile.texts)
queries = st.one_of(
    st.sampled_from(
        [
            "%", "a=%", "a=%zz", "a=%00", "%00=a", "a=%c0%af", "a=%ff", "&&&", "===", "a=1&a=2", "a=1;a=2", "?", "#",
            "client_id=a&client_id=b", "limit=%", "limit=1&limit=2", "cursor=%ff", "cursor=%00", "cursor=AAAA",
            "a" * 9_000,
            "x=" + "%41" * 2_000, "&".join(f"a{number}=1" for number in range(1_500)), "\ud800=1", "state=%ed%a0%80",
            "limit=99999999999999999999", "offset=-1", "offset=1e9", "since=0000-00-00", "until=99999-01-01T00:00:00Z",
            "from=2026-02-30", "action=%2A", "actor=%00", "query=%", "query=%22", "sortBy=name%00", "to=//evil.example",
        ]
    ),
    st.dictionaries(hostile.texts, hostile.texts, max_size=4).map(hostile.query),
)  # fmt: skip
NAMES = (
    "host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url", "x-rewrite-url",
    "content-type", "content-length", "transfer-encoding", "accept", "accept-language", "accept-encoding", "origin",
    "referer", "sec-fetch-site", "sec-fetch-mode", "if-none-match", "if-match", "user-agent", "authorization",
    "x-wso2-tenant", "range", "expect", "x-http-method-override", "cookie", "traceparent", "x-amzn-trace-id",
    "access-control-request-method", "access-control-request-headers", "dpop", "prefer", "content-encoding",
)  # fmt: skip
VALUES = (
    "", ",", ", ,", "a,b", "evil.example", "evil.example,auth.example", "127.0.0.1:99999", "[::1", "http://[", "null",
    "*",
    "text/html;q=x", "application/json; charset=utf-7", "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a; boundary=b",
    'W/"', '"', "Basic", "Basic ====", "Bearer", "Bearer a b", "Bearer a,Bearer b", "bytes=0-", "de-DE,,;q=1",
    "a" * 9_000, "\u00e9", "\0", "\r\nX: y", "%00", "cross-site", "same-origin", "https://[::1", "javascript:alert(1)",
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), hostile.texts, hostile.basics()), max_size=4
)
cookies = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "=",
                "a",
                "=a",
                "a=",
                "a=b=c",
                "__Host-gatehouse-johnsorg=",
                "__Host-gatehouse.browser-johnsorg=x",
                ";",
                " = ",
                "a=\0",
                "é=é",
            ]
        ),
        hostile.texts,
    ),
    max_size=4,
)
bodies = st.one_of(
    st.sampled_from(
        [
            (True, "%"), (True, "A"), (True, "AA=A"), (True, "é"), (True, "a b"), (True, "===="), (True, "-_-_"),
            (True, "\ud800"),
            (False, "\ud800"), (False, "\0"), (False, "a=%"), (False, "a=%zz&b=%00"), (False, "{"), (False,
            "[" * 4_000),
            (True, base64.b64encode(b"\xff\xfe\x00").decode()), (True, ""), (False, "&&&&"), (False, "--a--"),
            (True, base64.b64encode(b"grant_type=password&grant_type=refresh_token").decode()),
        ]
    ),
    hostile.json_texts.map(lambda text: (False, text)),
    st.binary(max_size=60).map(lambda body: (True, base64.b64encode(body).decode())),
)  # fmt: skip


def event(scene: Scene, function: str, data: st.DataObject) -> dict[str, Any]:
    """Return a request of somebody who is known, some parts of which are hostile."""
    path = data.draw(st.sampled_from(PATHS[function]))
    while "{}" in path:
        path = path.replace("{}", data.draw(parts).replace("{}", ""), 1)
    made = known(scene, function, data.draw(st.sampled_from(METHODS)), path)
    hostile_parts = data.draw(st.sets(st.sampled_from(["query", "headers", "cookies", "body", "source"]), max_size=3))
    if "query" in hostile_parts:
        made["rawQueryString"] = data.draw(queries)
    if "headers" in hostile_parts:
        made["headers"] |= data.draw(headers)
    if "cookies" in hostile_parts:
        made["cookies"] = data.draw(cookies)
    if "body" in hostile_parts:
        made["isBase64Encoded"], made["body"] = data.draw(bodies)
    if "source" in hostile_parts:
        addresses = st.sampled_from(["::1", "fe80::1%eth0", "", "::", "1.2.3"])
        made["requestContext"]["http"]["sourceIp"] = data.draw(addresses)
    return made


def known(scene: Scene, function: str, method: str, path: str) -> dict[str, Any]:
    """Return a request of Paul, by his token or his browser; or of John's application."""
    sent: dict[str, str] = {}
    if path.startswith("/api/"):
        sent = {"authorization": f"Bearer {scene.people['paul'].token}", "content-type": "application/json"}
    elif function == "token":
        sent = {"authorization": basic(*scene.client), "content-type": http_events.FORM}
    made = http_events.http(method, path, headers=sent)
    made["rawPath"] = path  # `http` takes a query off
    if function != "token":
        made["cookies"] = [f"{name}={value}" for name, value in scene.browsers["paul"].items()]
    return made


def refuses(scene: Scene, function: str, made: Mapping[str, Any]) -> None:
    answer = scene.world.send(Call(function=function, event=made))

    assert not answer.raised, answer.raised
    assert answer.status < 500, (answer.status, answer.body)


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_hostile_event_is_answered(scene: Scene, function: str) -> None:
    state = scene.world.services.copy()

    @hostile.many
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        scene.world.services.put_back(state)
        refuses(scene, function, event(scene, function, data))

    attack()


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_hostile_event_may_lack_what_api_gateway_leaves_out(scene: Scene, function: str) -> None:
    """Members that are there only if they are not empty, one by one and all at once."""
    optional = ("headers", "cookies", "body", "isBase64Encoded", "rawQueryString", "queryStringParameters", "version")
    for path, method in itertools.product(PATHS[function], ("GET", "POST")):
        made = http_events.http(method, path.replace("{}", "x"))
        for left in (*((one,) for one in optional), optional):
            refuses(scene, function, http_events.without(made, *left))


@pytest.mark.parametrize("part", ODD_PARTS, ids=ascii)
def test_a_hostile_part_of_any_path_is_answered(scene: Scene, part: str) -> None:
    for function, paths in PATHS.items():
        for path in (one for one in paths if "{}" in one):
            for method in ("GET", "POST", "PUT", "DELETE"):
                refuses(scene, function, known(scene, function, method, path.replace("{}", part)))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_header_is_answered(scene: Scene, name: str) -> None:
    requests = [
        ("token", "POST", "/token"),
        ("token", "GET", "/.well-known/openid-configuration"),
        ("signin", "GET", "/t/johnsorg/signin"),
        ("signin", "POST", "/t/johnsorg/register"),
        ("store", "GET", "/store/applications"),
        ("store", "POST", "/store/publish"),
        ("store", "GET", f"{DEVPORTAL}/applications"),
        ("store", "POST", f"{PUBLISHER}/apis"),
    ]
    for value in VALUES:
        for function, method, path in requests:
            made = known(scene, function, method, path)
            refuses(scene, function, {**made, "headers": {**made["headers"], name: value}, "body": "a=b"})


def test_no_hostile_header_names_the_issuer(scene: Scene) -> None:
    """Links and issuers follow the domain that API Gateway saw."""
    names = ["host", "x-forwarded-host", "forwarded", "x-original-host", "x-forwarded-proto", "x-forwarded-port"]
    sent: dict[str, str] = dict.fromkeys(names, "evil.example")
    for function, path in (
        ("token", "/.well-known/openid-configuration"),
        ("token", "/t/johnsorg/.well-known/oauth-authorization-server"),
        ("token", "/openapi.json"),
        ("signin", "/recover"),
        ("store", "/store"),
        ("store", f"{DEVPORTAL}/openapi.json"),
    ):
        answer = scene.world.send(Call(function=function, event=http_events.http("GET", path, headers=sent)))

        assert answer.status < 400, path
        assert "evil.example" not in answer.body + str(answer.headers)


@pytest.mark.parametrize("grant_type", [*GRANTS, "urn:ietf:params:oauth:grant-type:token-exchange", "implicit", ""])
def test_a_hostile_value_of_any_grant_is_refused(scene: Scene, grant_type: str) -> None:
    """Those of token exchange and assertions, too, which there are not."""
    names = (
        "device_code", "code", "code_verifier", "redirect_uri", "refresh_token", "scope", "resource", "username",
        "password",
        "subject_token", "subject_token_type", "actor_token", "audience", "assertion", "client_assertion",
        "client_assertion_type", "requested_token_type", "nonce", "client_id", "authorization_details", "request",
    )  # fmt: skip
    codes = st.sampled_from(["ghd_BCDFGHJK." + "A" * 43, "ghd_.", "ghd_" + "B" * 9_000, "ghr_", "gha_", "A" * 43])

    @hostile.many
    @given(st.dictionaries(st.sampled_from(names), st.one_of(codes, hostile.texts, hostile.tokens), max_size=6))
    def attack(more: dict[str, str]) -> None:
        form = {"grant_type": grant_type, **{name: hostile.encode(one) for name, one in more.items()}}
        refuses(scene, "token", scene.token_call(form).event)  # pyright: ignore[reportArgumentType]

    attack()


@pytest.mark.parametrize("path", ["/revoke", "/introspect", "/device_authorization", "/userinfo"])
def test_a_hostile_form_of_a_token_endpoint_is_refused(scene: Scene, path: str) -> None:
    @hostile.many
    @given(
        st.dictionaries(
            st.sampled_from(
                ["token", "token_type_hint", "client_id", "scope", "resource", "access_token", "user_code"]
            ),
            st.one_of(hostile.tokens, hostile.texts),
            max_size=4,
        )
    )
    def attack(form: dict[str, str]) -> None:
        sent = {name: hostile.encode(one) for name, one in form.items()}
        refuses(scene, "token", scene.token_call(sent, path).event)  # pyright: ignore[reportArgumentType]

    attack()
