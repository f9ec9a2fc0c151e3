"""The JWT for backends, with WSO2's claims: in every answer that lets a call pass, if the deployment wants it."""

from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.kernel import jose
from gatehouse.domain.oauth import backend_jwt
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints.authorizer import Authorizer, UnauthorizedError
from gatehouse.settings import Settings
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, roles
from tests.factories import CLIENT_ID, NOW
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.authorizer.test_authorizer_events import Gate
from tests.unit.endpoints.conftest import TokenService
from tests.unit.endpoints.oauth.test_jwt_access_tokens import jwks
from tests.vectors.forgeries import header

ISSUER = "https://auth.example"
CLAIM = "http://wso2.org/claims/"


def authorizer_of(settings: Settings, tables: Tables, secrets: MemorySecrets) -> Authorizer:
    """Build the gate in its role."""
    role = "Authorizer"
    return authorizer.authorizer(settings, roles.acting_as(tables, role), roles.RoleTransport(secrets, role))


@pytest.fixture
def signing(johnsorg: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation) -> Gate:  # noqa: ARG001
    """The gate with `BackendJwt`; Mary's application has the tier Gold."""
    gold = Subscription(api_organisation="johnsorg", api_id="orders", tier="Gold")
    johnsorg.save_application(factories.application(owner="mary@gmail.com", subscriptions=(gold,)))
    johnsorg.save_deployment(factories.deployment(url="https://api.example.com/orders/1.0.0"))
    settings = factories.settings(backend_jwt=True, public_url=ISSUER)
    return Gate(authorizer_of(settings, tables, secrets))


def read(service: TokenService, answer: dict[str, Any]) -> dict[str, Any]:
    """Verify the JWT as a backend does, and return its claims."""
    claims = jose.verify(answer["context"]["backend_jwt"], jwks(service), typ=backend_jwt.TYP.lower())
    assert claims is not None
    return claims


def test_a_users_call_is_told_in_wso2s_claims(signing: Gate, service: TokenService) -> None:
    token = service.password(scope="read").json["access_token"]

    answer = signing.rest(token, "GET", "/orders", "/orders")

    issued_at = NOW - NOW % 300
    assert read(service, answer) == {
        "iss": ISSUER,
        "sub": "user-john",
        "aud": "https://api.example.com/orders/1.0.0",
        "iat": issued_at,
        "exp": issued_at + 900,
        f"{CLAIM}subscriber": "mary@gmail.com@johnsorg",
        f"{CLAIM}applicationid": "app-1",
        f"{CLAIM}applicationname": "Demo",
        f"{CLAIM}applicationtier": "Unlimited",
        f"{CLAIM}apicontext": "/orders/1.0.0",
        f"{CLAIM}apiname": "orders",
        f"{CLAIM}version": "1.0.0",
        f"{CLAIM}tier": "Gold",
        f"{CLAIM}keytype": "PRODUCTION",
        f"{CLAIM}usertype": "APPLICATION_USER",
        f"{CLAIM}enduser": "john@gmail.com@johnsorg",
        f"{CLAIM}enduserTenantId": "johnsorg",
    }
    assert header(answer["context"]["backend_jwt"])["kid"] in {key["kid"] for key in jwks(service)["keys"]}


def test_an_applications_own_token_has_no_end_user(signing: Gate, service: TokenService) -> None:
    token = service.client_credentials(scope="read").json["access_token"]

    claims = read(service, signing.rest(token, "GET", "/orders", "/orders"))

    assert claims["sub"] == CLIENT_ID
    assert claims[f"{CLAIM}usertype"] == "APPLICATION"
    assert claims[f"{CLAIM}subscriber"] == "mary@gmail.com@johnsorg"
    assert f"{CLAIM}enduser" not in claims


def test_every_kind_of_answer_that_opens_something_has_it(signing: Gate, service: TokenService) -> None:
    token = service.password(scope="read").json["access_token"]

    rest = signing.rest(token, "GET", "/orders", "/orders")
    of_token = signing.token(token, "GET", "/orders")
    http = signing.http(token, "GET /orders", "GET", "/orders")
    refused = signing.rest(token, "POST", "/orders", "/orders")

    assert read(service, rest) == read(service, of_token) == read(service, http)
    assert "backend_jwt" not in refused["context"]


def test_without_the_parameter_there_is_none(service: TokenService, tables: Tables) -> None:
    token = service.password(scope="read").json["access_token"]
    gate = Gate(authorizer.authorizer(factories.settings(), tables))

    assert "backend_jwt" not in gate.rest(token, "GET", "/orders", "/orders")["context"]


def test_the_same_call_is_signed_once_in_five_minutes(
    signing: Gate, service: TokenService, secrets: MemorySecrets
) -> None:
    token = service.password(scope="read").json["access_token"]
    signing.now = NOW - NOW % 300
    first = signing.rest(token, "GET", "/orders", "/orders")["context"]["backend_jwt"]
    secrets.operations.clear()

    signing.now += 299
    again = signing.rest(token, "GET", "/orders", "/orders")["context"]["backend_jwt"]
    signing.now += 1
    later = signing.rest(token, "GET", "/orders", "/orders")["context"]["backend_jwt"]

    assert again == first
    assert later != first
    assert not secrets.operations


def test_it_is_signed_with_the_keys_that_are_published(
    signing: Gate, service: TokenService, rotation: KeyRotation, tables: Tables, secrets: MemorySecrets
) -> None:
    token = service.password(scope="read").json["access_token"]
    before = header(signing.rest(token, "GET", "/orders", "/orders")["context"]["backend_jwt"])["kid"]

    rotation.replace_all("all-at-once-" + "0" * 32, NOW)
    settings = factories.settings(backend_jwt=True, public_url=ISSUER)
    answer = Gate(authorizer_of(settings, tables, secrets)).rest(token, "GET", "/orders", "/orders")

    assert header(answer["context"]["backend_jwt"])["kid"] != before
    assert read(service, answer)["iss"] == ISSUER


def test_it_is_no_access_token(signing: Gate, service: TokenService) -> None:
    token = service.password(scope="read").json["access_token"]
    assertion = signing.rest(token, "GET", "/orders", "/orders")["context"]["backend_jwt"]

    with pytest.raises(UnauthorizedError):
        signing.rest(assertion, "GET", "/orders", "/orders")
    assert service.post({"token": assertion}, path="/introspect").json == {"active": False}


def test_the_largest_one_is_below_8_kib(signing: Gate, service: TokenService, johnsorg: DirectoryWriter) -> None:
    long = "\N{SNOWMAN}" * 170  # 510 bytes of the 512 that a username may have
    johnsorg.save_api(factories.api(name="n" * 500, version="v" * 500))
    gold = Subscription(api_organisation="johnsorg", api_id="orders", tier="Gold")
    johnsorg.save_application(factories.application(owner=long, name="a" * 100, subscriptions=(gold,)))
    johnsorg.add_user(factories.user(username=long, user_id="user-long"))
    token = service.password(username=long, scope="read").json["access_token"]

    answer = signing.rest(token, "GET", "/orders", "/orders")

    assert len(answer["context"]["backend_jwt"]) < 8192
