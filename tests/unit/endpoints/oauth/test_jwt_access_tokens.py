"""JWT access tokens: statements JAT-* (RFC 9068), and the rotation of their keys (JWK-02)."""

import json
from collections.abc import Callable
from contextlib import suppress
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth import signing
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.domain.oauth.signing import TooEarlyError
from gatehouse.endpoints.authorizer import UnauthorizedError
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.key_vault import SecretsManagerKeyVault
from tests import factories
from tests.conftest import SIGNING_KEYS
from tests.factories import CLIENT_ID, NOW
from tests.faulty_transport import Fault, FaultyTransport
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.conftest import Call, TokenService
from tests.vectors.forgeries import FORGERIES, header
from tests.vectors.forgeries import claims as claims_of

TWO_HOURS = 2 * 60 * 60


@pytest.fixture
def jwt_service(service: TokenService, johnsorg: DirectoryWriter, rotation: KeyRotation) -> TokenService:  # noqa: ARG001
    """The service, with a demo application that wants JWTs."""
    johnsorg.save_client(factories.client(token_format="jwt"))
    return service


def jwks(service: TokenService) -> dict[str, Any]:
    return service.post(b"", path="/.well-known/jwks.json", method="GET", authorization=None).json


def rotate(rotation: KeyRotation, name: str, now: int) -> None:
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation.step(step, name.ljust(32, "0"), now)


def test_jat_01_02_03_header_and_claims(jwt_service: TokenService) -> None:
    token = jwt_service.password(scope="read").json["access_token"]

    claims = jose.verify(token, jwks(jwt_service), typ="at+jwt")

    assert header(token).keys() == {"alg", "typ", "kid"}
    assert (header(token)["alg"], header(token)["typ"]) == ("ES256", "at+jwt")
    assert claims is not None
    assert claims.pop("jti").endswith(f".0.{factories.user().status_id}")
    assert len(claims.pop("generation")) == 22
    assert claims == {
        "iss": "https://auth.example",
        "sub": "user-john",
        "aud": "https://auth.example",
        "client_id": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 3600,
        "scope": "read",
        "organisation": "johnsorg",
    }


def test_jat_03_the_subject_of_an_applications_token_is_the_application(jwt_service: TokenService) -> None:
    claims = jose.verify(jwt_service.client_credentials().json["access_token"], jwks(jwt_service))

    assert claims is not None
    assert claims["sub"] == CLIENT_ID


def test_the_issuer_is_the_one_whose_path_was_called(jwt_service: TokenService) -> None:
    form = {"grant_type": "client_credentials"}

    claims = jose.verify(jwt_service.post(form, path="/t/johnsorg/token").json["access_token"], jwks(jwt_service))

    assert claims is not None
    assert claims["iss"] == claims["aud"] == "https://auth.example/t/johnsorg"


def test_the_gate_takes_a_jwt_and_honours_its_revocation(jwt_service: TokenService, call: Call) -> None:
    token = jwt_service.password(scope="read").json["access_token"]

    assert call(token, "GET", "/orders")["effect"] == "Allow"
    jwt_service.post({"token": token}, path="/revoke")
    with pytest.raises(UnauthorizedError):
        call(token, "GET", "/orders")


@pytest.mark.parametrize("forge", FORGERIES)
def test_jat_04_a_forged_jwt_is_refused_everywhere(
    jwt_service: TokenService, call: Call, forge: Callable[[str], str]
) -> None:
    forged = forge(jwt_service.password(scope="read").json["access_token"])

    assert jose.verify(forged, jwks(jwt_service)) is None
    assert jwt_service.post({"token": forged}, path="/introspect").json == {"active": False}
    with pytest.raises(UnauthorizedError):
        call(forged, "GET", "/orders")


def test_a_retried_refresh_gets_the_same_jwt_byte_for_byte(jwt_service: TokenService) -> None:
    first = jwt_service.password(scope="read").json

    second, again = jwt_service.refresh(first["refresh_token"]).json, jwt_service.refresh(first["refresh_token"]).json

    assert again == second
    assert jose.verify(second["access_token"], jwks(jwt_service)) is not None


def test_introspection_says_of_a_replaced_jwt_what_the_jwt_says_of_itself(jwt_service: TokenService) -> None:
    """It is active until the replay window closes."""
    issued = jwt_service.password().json
    jwt_service.now_ms += 1000
    refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    again = jwt_service.post(refresh, path="/t/johnsorg/token").json

    for one in (issued, again):
        said = claims_of(one["access_token"])
        told = jwt_service.post({"token": one["access_token"]}, path="/introspect").json
        assert told.items() >= {name: said[name] for name in ("iss", "aud", "iat", "jti")}.items()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_every_algorithm_signs_deterministically_and_verifies(algorithm: jose.Algorithm) -> None:
    private = jose.generate(algorithm, "kid-1")
    signed = [jose.sign(json.dumps(private), {"n": 1}, typ="JWT") for _ in range(2)]

    assert signed[0] == signed[1]
    assert jose.verify(signed[0], {"keys": [jose.public(private)]}) == {"n": 1}


def test_jwk_02_a_rotation_promotes_the_published_key_and_keeps_the_old_one(
    jwt_service: TokenService, rotation: KeyRotation
) -> None:
    before = [key["kid"] for key in jwks(jwt_service)["keys"]]
    old = jwt_service.password().json["access_token"]

    rotate(rotation, "second", NOW + TWO_HOURS)

    after = [key["kid"] for key in jwks(jwt_service)["keys"]]
    assert (after[0], after[2]) == (before[1], before[0])
    assert after[1] not in before
    assert jose.verify(old, jwks(jwt_service)) is not None


def test_jwk_02_a_key_does_not_sign_before_it_was_published_for_two_hours(
    jwt_service: TokenService, rotation: KeyRotation
) -> None:
    before = jwks(jwt_service)

    with pytest.raises(TooEarlyError):
        rotate(rotation, "hasty", NOW + TWO_HOURS - 1)

    assert jwks(jwt_service) == before


def stages_of(secrets: MemorySecrets) -> set[str]:
    described = secrets.call("DescribeSecret", {"SecretId": SIGNING_KEYS})["VersionIdsToStages"]
    return {stage for stages in described.values() for stage in stages}


@pytest.mark.usefixtures("jwt_service")
def test_a_rotation_that_is_refused_as_too_early_is_not_under_way_afterwards(
    rotation: KeyRotation, secrets: MemorySecrets
) -> None:
    token = "hasty".ljust(32, "0")
    secrets.begin_rotation(token)

    with pytest.raises(TooEarlyError):
        rotation.step("createSecret", token, NOW)

    assert "AWSPENDING" not in stages_of(secrets)


def test_a_rotation_before_the_first_keys_is_refused_and_not_under_way_afterwards(
    rotation: KeyRotation, secrets: MemorySecrets
) -> None:
    emptied = {"SecretId": SIGNING_KEYS, "ClientRequestToken": "emptied".ljust(32, "0"), "SecretString": "{}"}
    secrets.call("PutSecretValue", emptied)
    token = "before-all".ljust(32, "0")
    secrets.begin_rotation(token)

    with pytest.raises(LookupError):
        rotation.step("createSecret", token, NOW)

    assert "AWSPENDING" not in stages_of(secrets)


@pytest.mark.parametrize("step", ["setSecret", "finishSecret"])
@pytest.mark.usefixtures("jwt_service")
def test_a_late_step_of_a_dropped_rotation_leaves_the_one_under_way_alone(rotation: KeyRotation, step: str) -> None:
    under_way = "under-way".ljust(32, "0")
    rotation.step("createSecret", under_way, NOW + TWO_HOURS)

    with pytest.raises(LookupError):
        rotation.step(step, "dropped".ljust(32, "0"), NOW + TWO_HOURS)

    assert rotation.vault.is_pending(under_way)


@pytest.mark.usefixtures("jwt_service")
def test_a_new_schedule_is_tested_on_a_version_without_keys(rotation: KeyRotation, secrets: MemorySecrets) -> None:
    token = "temporary".ljust(32, "0")
    secrets.begin_rotation(token)
    before = rotation.vault.find_current()

    rotation.step("testSecret", token, NOW)

    assert rotation.vault.find_current() == before


def test_each_step_of_a_rotation_may_be_repeated(jwt_service: TokenService, rotation: KeyRotation) -> None:
    rotate(rotation, "again", NOW + TWO_HOURS)
    after = jwks(jwt_service)

    rotation.step("finishSecret", "again".ljust(32, "0"), NOW + TWO_HOURS)

    assert jwks(jwt_service) == after


def test_an_old_key_goes_when_its_last_token_has_expired(jwt_service: TokenService, rotation: KeyRotation) -> None:
    first = jwks(jwt_service)["keys"][0]["kid"]

    rotate(rotation, "day-one", NOW + TWO_HOURS)
    rotate(rotation, "day-three", NOW + 2 * 86_400)

    assert first not in [key["kid"] for key in jwks(jwt_service)["keys"]]


@pytest.mark.parametrize("done", [("createSecret",), ("createSecret", "setSecret", "testSecret")], ids=len)
@pytest.mark.parametrize("step", ["createSecret", "setSecret", "testSecret", "finishSecret"])
def test_a_rotation_under_way_does_not_bring_leaked_keys_back_after_an_emergency(
    jwt_service: TokenService, rotation: KeyRotation, done: tuple[str, ...], step: str
) -> None:
    token, now = "under-way".ljust(32, "0"), NOW + TWO_HOURS
    leaked = {key["kid"] for key in jwks(jwt_service)["keys"]}
    for one in done:
        rotation.step(one, token, now)

    rotation.replace_all("emergency".ljust(32, "0"), now)
    fresh = jwks(jwt_service)
    with pytest.raises((LookupError, TooEarlyError)):
        rotation.step(step, token, now)

    assert jwks(jwt_service) == fresh
    assert leaked.isdisjoint(key["kid"] for key in fresh["keys"])
    later = KeyRotation(rotation.vault, rotation.registry, rotation.algorithm)
    rotate(later, "the next one", now + TWO_HOURS)
    assert jwks(jwt_service)["keys"][0] == fresh["keys"][1]


def test_a_late_repetition_of_a_rotations_end_does_not_undo_the_next_rotation(
    jwt_service: TokenService, rotation: KeyRotation
) -> None:
    rotate(rotation, "first", NOW + TWO_HOURS)
    rotate(rotation, "second", NOW + 2 * TWO_HOURS)
    current = rotation.vault.find_current()

    with pytest.raises(LookupError):
        rotation.step("finishSecret", "first".ljust(32, "0"), NOW + 2 * TWO_HOURS)

    assert rotation.vault.find_current() == current
    assert jwks(jwt_service)["keys"][0]["kid"] == (current.current.kid if current else "")


def test_no_token_outlives_the_key_that_signed_it(
    jwt_service: TokenService, johnsorg: DirectoryWriter, rotation: KeyRotation
) -> None:
    johnsorg.save_client(factories.client(token_format="jwt", access_token_lifetime_seconds=30 * 86_400))
    answer = jwt_service.password(scope="openid read").json
    rotate(rotation, "next", NOW + TWO_HOURS)
    rotate(rotation, "much later", NOW + TWO_HOURS + signing.TOKEN_LIFETIME_MAX_SECONDS)

    published = jwks(jwt_service)
    claims = [jose.verify(answer[name], published) for name in ("access_token", "id_token")]

    assert answer["expires_in"] == 86_400
    assert [one["exp"] - NOW for one in claims if one] == [86_400, 86_400]


def test_an_id_token_of_a_long_lived_opaque_token_ends_with_its_key(
    jwt_service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_client(factories.client(access_token_lifetime_seconds=10 * 86_400))

    answer = jwt_service.password(scope="openid").json

    claims = jose.verify(answer["id_token"], jwks(jwt_service))
    assert claims is not None
    assert (answer["expires_in"], claims["exp"] - NOW) == (10 * 86_400, 86_400)


def test_an_emergency_replaces_every_key_at_once(jwt_service: TokenService, rotation: KeyRotation) -> None:
    old = jwt_service.password().json["access_token"]

    rotation.replace_all("emergency".ljust(32, "0"), NOW + 1)

    assert jose.verify(old, jwks(jwt_service)) is None


@pytest.mark.parametrize("failing", range(8))
def test_whatever_step_of_an_emergency_fails_the_keys_that_sign_are_published_and_a_retry_completes_it(
    jwt_service: TokenService, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation, failing: int
) -> None:
    leaked = {key["kid"] for key in jwks(jwt_service)["keys"]}
    faulty_tables, faulty_secrets = FaultyTransport(tables.transport), FaultyTransport(secrets)
    (faulty_tables if failing < 4 else faulty_secrets).fail_call(failing % 4, Fault.ANSWER_LOST)
    breaking = KeyRotation(
        SecretsManagerKeyVault(faulty_secrets, SIGNING_KEYS),
        DirectoryWriter(replace(tables, transport=faulty_tables)),
        rotation.algorithm,
    )

    with suppress(TemporarilyUnavailableError):
        breaking.replace_all("emergency".ljust(32, "0"), NOW + 1)

    signing = rotation.vault.find_current()
    assert signing is not None
    assert {signing.current.kid, signing.next.kid} <= {key["kid"] for key in jwks(jwt_service)["keys"]}
    rotation.replace_all("again".ljust(32, "0"), NOW + 2)
    assert leaked.isdisjoint(key["kid"] for key in jwks(jwt_service)["keys"])
