"""A spent refresh token: a retry gets its successors, a reuse ends all: REF-06 and -08 (RFC 9700 section 4.14.2)."""

from copy import replace

import pytest

from gatehouse.bootstrap import token as bootstrap_token
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests import factories
from tests.memory_secrets import MemorySecrets
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, opens


def test_ref_06_reuse_of_a_dead_token_revokes_the_family(service: TokenService, call: Call) -> None:
    first = service.password(scope="read")
    second = service.refresh(first.json["refresh_token"])
    assert opens(call, second)
    service.now_ms += 2_001

    assert service.refresh(first.json["refresh_token"]).refusal == INVALID_GRANT

    assert service.refresh(second.json["refresh_token"]).refusal == INVALID_GRANT
    assert not opens(call, second)


def test_ref_06_a_thief_who_refreshed_twice_is_found_out_at_once(service: TokenService, call: Call) -> None:
    victims = service.password(scope="read")
    stolen = service.refresh(victims.json["refresh_token"])
    thiefs = service.refresh(stolen.json["refresh_token"])
    assert opens(call, thiefs)

    assert service.refresh(victims.json["refresh_token"]).refusal == INVALID_GRANT

    assert not opens(call, thiefs)
    assert service.refresh(thiefs.json["refresh_token"]).refusal == INVALID_GRANT


def test_ref_06_reuse_is_found_out_after_the_refresh_token_ended_too(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    johnsorg.save_client(factories.client(refresh_token_lifetime_seconds=60))
    victims = service.password(scope="read")
    thiefs = service.refresh(victims.json["refresh_token"])
    service.now_ms += 61_000
    assert opens(call, thiefs, now=factories.NOW + 61)

    assert service.refresh(victims.json["refresh_token"]).refusal == INVALID_GRANT

    assert not opens(call, thiefs, now=factories.NOW + 61)


def test_ref_06_a_grant_id_and_a_wrong_family_revoke_nothing(service: TokenService) -> None:
    issued = service.password().json
    grant_id = issued["access_token"].removeprefix("gha_").split(".")[0]

    assert (
        service.refresh(f"ghr_{grant_id}.{factories.user().status_id}.{'A' * 22}.{'A' * 43}").refusal == INVALID_GRANT
    )
    assert service.refresh(issued["refresh_token"]).status == 200


def test_ref_08_a_retry_within_the_window_gets_the_same_successors(service: TokenService) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    service.now_ms += 2_000

    assert service.refresh(first["refresh_token"]).json == {**second, "expires_in": second["expires_in"] - 2}


def test_ref_08_the_window_is_measured_by_arrival(service: TokenService) -> None:
    """A request that came before the winner's, to a function that started late, is no replay."""
    first = service.password().json
    service.now_ms += 5_000
    second = service.refresh(first["refresh_token"]).json
    service.now_ms -= 4_000

    assert service.refresh(first["refresh_token"]).json["refresh_token"] == second["refresh_token"]


@pytest.mark.parametrize(
    ("window_seconds", "wait_ms", "status"),
    [
        pytest.param(0, 0, 200, id="no window, a racer"),
        pytest.param(0, 1, 400, id="no window, later"),
        pytest.param(60, 60_000, 200, id="a minute"),
        pytest.param(60, 60_001, 400, id="over a minute"),
    ],
)
def test_ref_08_the_window_is_the_clients_choice(
    service: TokenService, johnsorg: DirectoryWriter, window_seconds: int, wait_ms: int, status: int
) -> None:
    johnsorg.save_client(factories.client(replay_window_seconds=window_seconds))
    first = service.password().json
    service.refresh(first["refresh_token"])
    service.now_ms += wait_ms

    assert service.refresh(first["refresh_token"]).status == status


def test_ref_08_a_retry_gets_the_same_successors_after_the_keys_rotated(
    service: TokenService, rotation: KeyRotation, tables: Tables, secrets: MemorySecrets
) -> None:
    spent = service.password().json["refresh_token"]
    present = service.refresh(spent).json
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation.step(step, "rotated".ljust(32, "0"), factories.NOW + 7200)
    elsewhere = replace(service, router=bootstrap_token.router(factories.settings(), tables, secrets))

    assert elsewhere.refresh(spent).json == service.refresh(spent).json == present


def test_ref_08_a_retry_after_an_emergency_is_told_to_come_back_and_spends_nothing(
    service: TokenService, rotation: KeyRotation, tables: Tables, secrets: MemorySecrets
) -> None:
    spent = service.password().json["refresh_token"]
    present = service.refresh(spent).json
    rotation.replace_all("emergency".ljust(32, "0"), factories.NOW)
    elsewhere = replace(service, router=bootstrap_token.router(factories.settings(), tables, secrets))

    assert elsewhere.refresh(spent).refusal == (503, "temporarily_unavailable")
    assert elsewhere.refresh(present["refresh_token"]).status == 200


def test_ref_08_a_pair_made_before_the_tables_copy_was_worthless_can_be_asked_for_again(
    service: TokenService, tables: Tables
) -> None:
    """What stands there during a deployment: derived under the stored key alone."""
    issued = service.password().json
    grant_id = issued["access_token"].removeprefix("gha_").partition(".")[0]
    grants, key = DynamoDBGrants(tables), b"k" * 32
    grant = grants.find_grant(grant_id)
    assert grant is not None
    spent = tokens.parse_refresh(issued["refresh_token"])
    assert spent is not None
    access_secret, refresh_secret = (
        tokens.derive(HmacKey(key), purpose, spent.secret) for purpose in ("access", "refresh")
    )
    rotated = replace(
        grant,
        rotation=1,
        rotation_key=key,
        rotated_at_ms=service.now_ms,
        access_digest=digests.digest(access_secret),
        refresh_digest=digests.digest(refresh_secret),
        previous_refresh_digest=grant.refresh_digest,
    )
    assert grants.rotate_grant(rotated, digests.digest(spent.secret), factories.NOW) is None

    again = service.refresh(issued["refresh_token"]).json

    assert again["refresh_token"].rpartition(".")[2] == refresh_secret
    assert service.refresh(again["refresh_token"]).status == 200
