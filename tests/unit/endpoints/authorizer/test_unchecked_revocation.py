"""APIs that do not ask whether a JWT was revoked: the gate verifies it by itself (RFC 9068 section 4), without I/O."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.kernel import generations, jose
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.signing_keys import SecretsManagerSigner
from tests import factories, http_events
from tests.factories import CLIENT_ID, NOW
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import Call, TokenService

type Claims = dict[str, Any]

ISSUER = "https://auth.example"


@pytest.fixture
def service(service: TokenService, johnsorg: DirectoryWriter, rotation: KeyRotation) -> TokenService:
    """A service whose demo application gets JWTs, and whose orders API does not ask whether they were revoked."""
    del rotation
    johnsorg.save_client(factories.client(token_format="jwt"))
    johnsorg.save_api(factories.api(checks_revocation=False))
    return service


@pytest.fixture
def gate(johnsorg: DirectoryWriter, tables: Tables) -> Authorizer:
    del johnsorg
    return authorizer.authorizer(factories.settings(public_url=ISSUER), tables)


@pytest.fixture
def sign(secrets: MemorySecrets) -> Callable[..., str]:
    """Signs claims with the service's own key, as if it had issued them; nothing is stored of it."""
    signer = SecretsManagerSigner(secrets, "signing-keys", TtlCache(60))
    ours = {
        "iss": ISSUER,
        "sub": "user-john",
        "aud": ISSUER,
        "client_id": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 600,
        "jti": "A" * 22 + ".0",
        "scope": "read",
        "organisation": "johnsorg",
        "generation": generations.fingerprint("of the client", "of its credentials", "of the organisation"),
    }

    def sign(typ: str = "at+jwt", without: str = "", **changes: Any) -> str:
        claims = {name: value for name, value in (ours | changes).items() if name != without}
        return signer.sign(claims, typ=typ, kid=signer.current_kid())

    return sign


def test_a_revoked_jwt_still_opens_an_api_that_does_not_ask(service: TokenService, call: Call) -> None:
    token = service.password(scope="read").json["access_token"]
    service.post({"token": token}, path="/revoke")

    assert call(token, "GET", "/orders")["effect"] == "Allow"
    assert call(token, "POST", "/orders")["code"] == "900910"


def test_it_is_dead_when_it_ends(service: TokenService, call: Call) -> None:
    issued = service.password(scope="read").json

    assert call(issued["access_token"], "GET", "/orders", now=NOW + issued["expires_in"] - 1)["effect"] == "Allow"
    with pytest.raises(UnauthorizedError):
        call(issued["access_token"], "GET", "/orders", now=NOW + issued["expires_in"])


def test_an_api_that_asks_refuses_it_at_once(service: TokenService, johnsorg: DirectoryWriter, call: Call) -> None:
    token = service.password(scope="read").json["access_token"]
    service.post({"token": token}, path="/revoke")
    johnsorg.save_api(factories.api(checks_revocation=True))

    with pytest.raises(UnauthorizedError):
        call(token, "GET", "/orders")


def test_an_opaque_token_is_asked_for_whatever_the_api_says(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    johnsorg.save_client(factories.client(token_format="opaque"))
    token = service.password(scope="read").json["access_token"]
    assert call(token, "GET", "/orders")["effect"] == "Allow"

    service.post({"token": token}, path="/revoke")

    with pytest.raises(UnauthorizedError):
        call(token, "GET", "/orders")


def test_nothing_is_read_for_a_jwt_once_the_rest_is_remembered(
    service: TokenService, tables: Tables, transport: RecordingTransport
) -> None:
    tokens = [service.password(scope="read").json["access_token"] for _ in range(2)]
    gate = authorizer.authorizer(factories.settings(public_url=ISSUER, process_cache_seconds=60), tables)
    gate.answer(event(tokens[0]), NOW)
    transport.operations.clear()

    answer: Any = gate.answer(event(tokens[1]), NOW)

    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert transport.operations == []


def event(token: str) -> dict[str, Any]:
    return http_events.token_authorizer(f"Bearer {token}", "GET", "/orders")


def test_the_backend_is_told_what_the_jwt_and_its_client_say(service: TokenService, call: Call) -> None:
    context = call(service.password(scope="read").json["access_token"], "GET", "/orders")

    assert {name: context[name] for name in ("organisation", "user_id", "client_id", "application_id")} == {
        "organisation": "johnsorg",
        "user_id": "user-john",
        "client_id": CLIENT_ID,
        "application_id": "app-1",
    }
    assert (context["scope"], context["key_type"]) == ("read", "PRODUCTION")
    assert (context["username"], context["grant_type"]) == ("", "")


@pytest.mark.parametrize(
    ("security", "opens"), [pytest.param("application", True, id="open"), pytest.param("user", False, id="closed")]
)
def test_an_applications_own_token_stands_for_no_user(
    service: TokenService, johnsorg: DirectoryWriter, call: Call, security: Any, *, opens: bool
) -> None:
    resource = Resource(method="GET", path="/orders", security=security)
    johnsorg.save_api(factories.api(resources=(resource,), checks_revocation=False))

    answer = call(service.client_credentials().json["access_token"], "GET", "/orders")

    assert (answer["effect"] == "Allow") is opens
    assert opens is False or answer["user_id"] == ""


@pytest.mark.parametrize(
    ("typ", "changes"),
    [
        pytest.param("at+jwt", {}, id="as ours"),
        pytest.param("application/at+jwt", {}, id="the media type in full"),
        pytest.param("at+jwt", {"iss": f"{ISSUER}/t/johnsorg", "aud": f"{ISSUER}/t/johnsorg"}, id="its organisation's"),
    ],
)
def test_what_the_service_signed_is_taken_at_its_word(
    service: TokenService, sign: Callable[..., str], call: Call, typ: str, changes: Claims
) -> None:
    del service

    assert call(sign(typ, **changes), "GET", "/orders")["effect"] == "Allow"


@pytest.mark.parametrize(
    ("typ", "changes"),
    [
        pytest.param("JWT", {}, id="ID token or backend JWT"),
        pytest.param("", {}, id="no type"),
        pytest.param("at+jwt", {"exp": NOW}, id="expired"),
        pytest.param("at+jwt", {"exp": str(NOW + 600)}, id="an end that is no number"),
        pytest.param("at+jwt", {"iss": "https://evil.example", "aud": "https://evil.example"}, id="another issuer"),
        pytest.param("at+jwt", {"aud": "https://other.example"}, id="another audience"),
        pytest.param("at+jwt", {"iss": f"{ISSUER}/t/acme", "aud": f"{ISSUER}/t/acme"}, id="another tenant's issuer"),
        pytest.param("at+jwt", {"organisation": "acme"}, id="another organisation"),
        pytest.param("at+jwt", {"client_id": "nobody"}, id="unknown client"),
        pytest.param("at+jwt", {"generation": generations.fingerprint("", "", "")}, id="another generation"),
        *(
            pytest.param("at+jwt", {"without": name}, id=f"without {name}")
            for name in ("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "organisation", "generation")
        ),
    ],
)
def test_what_is_no_access_token_of_ours_is_refused_though_our_key_signed_it(
    service: TokenService, sign: Callable[..., str], call: Call, typ: str, changes: Claims
) -> None:
    del service

    with pytest.raises(UnauthorizedError):
        call(sign(typ, **changes), "GET", "/orders")


def encode(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda head, body, _: f"{encode(head | {'alg': 'none'})}.{body}.AAAA", id="alg none"),
        pytest.param(lambda head, body, mac: f"{encode(head | {'alg': 'HS256'})}.{body}.{mac}", id="alg HS256"),
        pytest.param(lambda head, body, mac: f"{encode(head | {'alg': 'RS256'})}.{body}.{mac}", id="alg of another"),
        pytest.param(lambda head, body, mac: f"{encode(head | {'kid': 'x'})}.{body}.{mac}", id="unknown kid"),
        pytest.param(lambda head, body, mac: f"{encode({'alg': head['alg']})}.{body}.{mac}", id="no kid, no typ"),
        pytest.param(lambda head, body, mac: f"{encode(head | {'crit': ['x'], 'x': 1})}.{body}.{mac}", id="crit"),
        pytest.param(lambda head, body, mac: f"{encode(head)}.{body}.{mac[:-8]}AAAAAAAA", id="signature"),
        pytest.param(
            lambda head, _, mac: f"{encode(head)}.{encode({'jti': 'A' * 22 + '.0', 'scope': 'update'})}.{mac}",
            id="claims",
        ),
        pytest.param(lambda head, _, mac: f"{encode(head)}.{encode({'jti': 1})}.{mac}", id="jti of another type"),
    ],
)
def test_jat_04_a_forged_jwt_is_refused_without_the_grant_too(
    service: TokenService, sign: Callable[..., str], call: Call, forge: Callable[[dict[str, Any], str, str], str]
) -> None:
    del service
    head, body, mac = sign().split(".")

    forged = forge(json.loads(base64.urlsafe_b64decode(head + "==")), body, mac)

    with pytest.raises(UnauthorizedError):
        call(forged, "GET", "/orders")


def test_jat_04_a_key_in_the_tokens_own_header_counts_for_nothing(
    service: TokenService, sign: Callable[..., str], call: Call
) -> None:
    del service
    own = jose.generate("ES256", "own")
    head, body, _ = sign().split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    _, _, mac = jose.sign(json.dumps(own | {"kid": header["kid"]}), claims, typ="at+jwt").split(".")

    with pytest.raises(UnauthorizedError):
        call(f"{encode(header | {'jwk': jose.public(own)})}.{body}.{mac}", "GET", "/orders")


def end_client(writer: DirectoryWriter, **changes: Any) -> None:
    writer.save_client(factories.client(**changes))


def end_organisation(writer: DirectoryWriter, **changes: Any) -> None:
    writer.save_organisation(factories.organisation(**changes))


@pytest.mark.parametrize(
    ("end", "changes"),
    [
        pytest.param(end_client, {"is_active": False}, id="client disabled"),
        pytest.param(end_client, {"generation": "a fresh one"}, id="everything of the client revoked"),
        pytest.param(end_client, {"credential_generation": "a fresh one"}, id="a secret of the client revoked"),
        pytest.param(end_organisation, {"is_active": False}, id="organisation disabled"),
        pytest.param(end_organisation, {"generation": "a fresh one"}, id="everything of the organisation revoked"),
    ],
)
def test_what_ends_a_client_or_an_organisation_is_seen_all_the_same(
    service: TokenService, johnsorg: DirectoryWriter, call: Call, end: Callable[..., None], changes: dict[str, Any]
) -> None:
    token = service.password(scope="read").json["access_token"]

    end(johnsorg, **changes)

    with pytest.raises(UnauthorizedError):
        call(token, "GET", "/orders")


def test_the_subscription_and_the_key_type_decide_all_the_same(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    token = service.password(scope="read").json["access_token"]

    johnsorg.save_client(factories.client(token_format="jwt", key_type="SANDBOX"))
    assert call(token, "GET", "/orders")["code"] == "900901"
    johnsorg.save_client(factories.client(token_format="jwt"))
    johnsorg.save_application(factories.application(subscriptions=()))
    assert call(token, "GET", "/orders")["code"] == "900908"


def test_a_key_that_an_emergency_took_away_no_longer_speaks(
    service: TokenService, sign: Callable[..., str], rotation: KeyRotation, call: Call
) -> None:
    del service
    stolen = sign()
    assert call(stolen, "GET", "/orders")["effect"] == "Allow"

    rotation.replace_all("emergency".ljust(32, "0"), NOW + 1)

    with pytest.raises(UnauthorizedError):
        call(stolen, "GET", "/orders")
