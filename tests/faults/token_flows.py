"""Flows of the token endpoints, one for each grant and each kind of client, and of the gate."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from gatehouse.domain.kernel import jose
from tests import factories, http_events
from tests.answers import Answer
from tests.faults.flows import Flow
from tests.faults.scene import DEVPORTAL, SIGN_IN_CLIENT, Scene, authorization, code_of, http
from tests.faults.world import ISSUER, Call
from tests.vectors import authorization as vectors

PASSWORD = {"grant_type": "password", "username": "john@gmail.com", "password": factories.PASSWORD, "scope": "read"}
CLIENT_CREDENTIALS = {"grant_type": "client_credentials", "scope": "read"}


def _token(form: Mapping[str, str], before: Callable[[Scene], object] = lambda _: None) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        before(scene)
        return scene.token_call(form)

    return prepare


def _use_jwts(scene: Scene) -> None:
    body = {"name": "Shop", "throttlingPolicy": "Unlimited", "tokenType": "JWT"}
    scene.api("john", "PUT", f"{DEVPORTAL}/applications/{scene.ids['applicationId']}", body)


def _issued(scene: Scene, form: Mapping[str, str] = PASSWORD) -> dict[str, str]:
    return scene.run(scene.token_call(form)).json


def refresh_form(scene: Scene) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": _issued(scene)["refresh_token"]}


def _refresh(scene: Scene) -> Call:
    return scene.token_call(refresh_form(scene))


def _refresh_jwt(scene: Scene) -> Call:
    _use_jwts(scene)
    return _refresh(scene)


def code_form(scene: Scene) -> dict[str, str]:
    browser = scene.browser("john")
    page = browser.get(f"/authorize?{authorization(scene, scope='read openid')}")
    page = browser.submit(page, decision="allow") if page.status == 200 else page
    return {
        "grant_type": "authorization_code",
        "code": code_of(page.location),
        "redirect_uri": vectors.REDIRECT_URI,
        "code_verifier": vectors.VERIFIER,
    }


def _code(scene: Scene) -> Call:
    return scene.token_call(code_form(scene))


def _code_jwt(scene: Scene) -> Call:
    _use_jwts(scene)
    return _code(scene)


def _key() -> tuple[str, str]:
    """Return a private key and the JWK Set of its public half."""
    made = jose.generate("ES256", "own")
    return json.dumps(made), json.dumps({"keys": [jose.public(made)]})


_PRIVATE_KEY, _JWKS = _key()


def _assertion(scene: Scene, number: int) -> Call:
    now = scene.world.now_ms // 1000
    claims = {"iss": scene.client[0], "sub": scene.client[0], "aud": ISSUER, "iat": now, "exp": now + 60}
    form = {
        **CLIENT_CREDENTIALS,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jose.sign(_PRIVATE_KEY, {**claims, "jti": f"assertion-{number}"}, typ="JWT"),
    }
    return http("token", "POST", "/token", form=form)


def _with_private_key(scene: Scene) -> Call:
    body = {
        "supportedGrantTypes": ["client_credentials"],
        "additionalProperties": {"jwks": _JWKS, "token_endpoint_auth_method": "private_key_jwt"},
    }
    path = f"{DEVPORTAL}/applications/{{applicationId}}/oauth-keys/{{keyMappingId}}".format_map(scene.ids)
    scene.api("john", "PUT", path, body)
    return _assertion(scene, 1)


def _with_published_key(scene: Scene) -> Call:
    """The client's keys are at its own address; nobody fetched them yet."""
    url = "https://client.example/jwks.json"
    scene.world.services.published[url] = _JWKS
    body = {
        "supportedGrantTypes": ["client_credentials"],
        "additionalProperties": {"jwks_uri": url, "token_endpoint_auth_method": "private_key_jwt"},
    }
    path = f"{DEVPORTAL}/applications/{{applicationId}}/oauth-keys/{{keyMappingId}}".format_map(scene.ids)
    scene.api("john", "PUT", path, body)
    return _assertion(scene, 1)


def _with_stale_published_key(scene: Scene) -> Call:
    """The keys were fetched, and have to be fetched anew."""
    scene.run(_with_published_key(scene))
    scene.world.later(2 * 3_600_000)
    return _assertion(scene, 3)


def _new_assertion(scene: Scene, _call: Call, _answer: Answer) -> Call:
    return _assertion(scene, 2)


def _wrong_password(scene: Scene) -> Call:
    return scene.token_call({**PASSWORD, "password": "wrong"})


def _after_failures(scene: Scene) -> None:
    scene.run(_wrong_password(scene), 400)


def _of_token(path: str, name: str = "refresh_token") -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        return scene.token_call({"token": _issued(scene)[name]}, path)

    return prepare


def _userinfo(method: str) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        token = _issued(scene, {**PASSWORD, "scope": "openid read"})["access_token"]
        return http("token", method, "/userinfo", headers={"authorization": f"Bearer {token}"})

    return prepare


def _is_revoked(scene: Scene, call: Call, _answer: Answer) -> str:
    token = parse_qs(call.event["body"])["token"][0]
    told = scene.world.send(scene.token_call({"token": token}, "/introspect"))
    return "" if told.json == {"active": False} else f"the token lives: {told.body}"


def opens(scene: Scene, _call: Call, answer: Answer) -> str:
    """Whatever was answered works."""
    if answer.status != 200:
        return ""
    client = (SIGN_IN_CLIENT, factories.SECRET)
    told = scene.world.send(scene.token_call({"token": answer.json["access_token"]}, "/introspect", client))
    return "" if told.json.get("active") else f"the answered token is dead: {told.body}"


def _refreshes(scene: Scene, call: Call, answer: Answer) -> str:
    """The new refresh token works, so nobody was taken for a thief."""
    if answer.status != 200:
        return ""
    form = {"grant_type": "refresh_token", "refresh_token": answer.json["refresh_token"]}
    told = scene.world.send(scene.token_call(form))
    return opens(scene, call, answer) or ("" if told.status == 200 else f"the next refresh is {told.body}")


def gate_call(scene: Scene, token: str) -> Call:
    del scene
    stage = http_events.STAGE_ARN.replace("us-east-1", "eu-west-1")
    event = http_events.request_authorizer(f"Bearer {token}", "GET", "/read", stage=stage)
    return Call(function="authorizer", event=event)


def _gate(scene: Scene) -> Call:
    return gate_call(scene, _issued(scene)["access_token"])


def _gate_jwt(scene: Scene) -> Call:
    _use_jwts(scene)
    return _gate(scene)


def _sign_in_client_password(scene: Scene) -> Call:
    form = {**PASSWORD, "scope": "apim:subscribe"}
    return scene.token_call(form, client=(SIGN_IN_CLIENT, factories.SECRET))


_ONE_MORE = {"GRANT": 1}

WRITES = [
    Flow(covers="grant client_credentials", prepare=_token(CLIENT_CREDENTIALS), doubles=_ONE_MORE, proves=opens),
    Flow(
        covers="grant client_credentials",
        prepare=_token(CLIENT_CREDENTIALS, _use_jwts),
        doubles=_ONE_MORE,
        variant="JWT",
        proves=opens,
    ),
    Flow(
        covers="grant client_credentials",
        prepare=_with_private_key,
        doubles={**_ONE_MORE, "ASSERTION": 1},
        retry=_new_assertion,
        variant="private_key_jwt",
        proves=opens,
    ),
    *(
        Flow(
            covers="grant client_credentials",
            prepare=prepare,
            doubles={**_ONE_MORE, "ASSERTION": 1},
            retry=_new_assertion,
            variant=variant,
            proves=opens,
        )
        for variant, prepare in (
            ("jwks_uri", _with_published_key),
            ("jwks_uri, stale keys", _with_stale_published_key),
        )
    ),
    Flow(covers="grant password", prepare=_token(PASSWORD), doubles=_ONE_MORE, proves=opens),
    Flow(covers="grant password", prepare=_token(PASSWORD, _use_jwts), doubles=_ONE_MORE, variant="JWT", proves=opens),
    Flow(
        covers="grant password",
        prepare=_token(PASSWORD, _after_failures),
        doubles=_ONE_MORE,
        variant="after a failure",
        proves=opens,
    ),
    Flow(covers="grant password", prepare=_sign_in_client_password, doubles=_ONE_MORE, variant="store", proves=opens),
    Flow(covers="grant password", prepare=_wrong_password, right=frozenset({400}), variant="wrong password"),
    Flow(covers="grant refresh_token", prepare=_refresh, proves=_refreshes),
    Flow(covers="grant refresh_token", prepare=_refresh_jwt, variant="JWT", proves=_refreshes),
    Flow(covers="grant authorization_code", prepare=_code, again=frozenset({400}), proves=opens),
    Flow(covers="grant authorization_code", prepare=_code_jwt, again=frozenset({400}), variant="JWT", proves=opens),
    Flow(covers="token POST /revoke", prepare=_of_token("/revoke"), proves=_is_revoked),
    Flow(
        covers="token POST /revoke", prepare=_of_token("/revoke", "access_token"), variant="access", proves=_is_revoked
    ),
]
READS = [
    Flow(covers="token POST /introspect", prepare=_of_token("/introspect", "access_token")),
    Flow(covers="token POST /introspect", prepare=_of_token("/introspect"), variant="refresh"),
    Flow(covers="token GET /userinfo", prepare=_userinfo("GET")),
    Flow(covers="token POST /userinfo", prepare=_userinfo("POST")),
    Flow(covers="function authorizer", prepare=_gate, right=frozenset()),
    Flow(covers="function authorizer", prepare=_gate_jwt, right=frozenset(), variant="JWT"),
]
