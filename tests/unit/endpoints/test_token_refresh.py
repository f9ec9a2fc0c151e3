"""Refresh statements REF-* and F-11 (RFC 6749 section 6, RFC 9700 section 4.14.2)."""

import base64
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gatehouse.bootstrap import token as bootstrap_token
from gatehouse.domain import tokens
from gatehouse.domain.key_rotation import KeyRotation
from gatehouse.storage.grants import Grants
from gatehouse.storage.registry import Registry
from gatehouse.storage.tables import Tables
from tests import factories
from tests.boto_transport import BotoTransport
from tests.moto_transport import MotoTransport
from tests.unit.endpoints.conftest import Answer, TokenService, basic

INVALID_GRANT = (400, "invalid_grant")
Gate = Callable[..., dict[str, Any]]


def opens(call: Gate, answer: Answer, *, now: int = factories.NOW) -> bool:
    """Say whether the access token opens GET /orders."""
    from gatehouse.endpoints.authorizer import UnauthorizedError

    try:
        return call(answer.json["access_token"], "GET", "/orders", now=now)["effect"] == "Allow"
    except UnauthorizedError:
        return False


def test_ref_01_the_refresh_token_is_required(service: TokenService) -> None:
    assert service.post({"grant_type": "refresh_token"}).refusal == (400, "invalid_request")


@pytest.mark.parametrize("authorization", [None, basic(secret="wrong")], ids=["none", "wrong"])
def test_ref_01_the_client_must_authenticate_and_a_refusal_spends_nothing(
    service: TokenService, authorization: str | None
) -> None:
    issued = service.password().json
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    assert service.post(form, authorization=authorization).refusal == (401, "invalid_client")
    assert service.refresh(issued["refresh_token"]).status == 200


FORGERIES: dict[str, Callable[[str], str]] = {
    "another secret, family right": lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    "a character too many": lambda token: token + "A",
    "a character too few": lambda token: token[:-1],
    "a line feed too many": lambda token: token + "\n",
    "another prefix": lambda token: token.replace("ghr_", "gha_"),
    "no family": lambda token: token.split(".")[0] + "." + "A" * 43,
    "unknown grant": lambda _: "ghr_" + "A" * 22 + "." + "A" * 22 + "." + "A" * 43,
    "emoji": lambda _: "🔑",
    "60,000 characters": lambda _: "x" * 60_000,
}


@pytest.mark.parametrize("mangle", FORGERIES.values(), ids=FORGERIES)
def test_ref_01_a_forged_token_is_refused(service: TokenService, mangle: Callable[[str], str]) -> None:
    token = service.password().json["refresh_token"]

    assert service.refresh(mangle(token)).refusal == INVALID_GRANT


def test_ref_01_an_access_token_does_not_refresh(service: TokenService) -> None:
    assert service.refresh(service.password().json["access_token"]).refusal == INVALID_GRANT


@pytest.mark.parametrize("path", ["/token", "/t/acme/token"])
def test_ref_02_another_clients_attempt_is_refused_and_spends_nothing(
    service: TokenService, acme: Registry, path: str
) -> None:
    acme.save_client(factories.client(client_id="neighbour"))
    issued = service.password().json
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    for thief in ("acme-client", *(["neighbour"] if path == "/token" else [])):
        assert service.post(form, authorization=basic(thief), path=path).refusal == INVALID_GRANT

    assert service.refresh(issued["refresh_token"]).status == 200


def test_ref_02_another_clients_replay_of_a_spent_token_revokes_nothing(service: TokenService, acme: Registry) -> None:
    del acme
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    service.now_ms += 10_000
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    assert service.post(form, authorization=basic("acme-client")).refusal == INVALID_GRANT
    assert service.refresh(second["refresh_token"]).status == 200


def test_ref_03_a_wider_scope_is_refused_and_the_token_survives(service: TokenService) -> None:
    issued = service.password(scope="read").json

    assert service.refresh(issued["refresh_token"], scope="read update").refusal == (400, "invalid_scope")
    assert service.refresh(issued["refresh_token"], scope='re"ad').refusal == (400, "invalid_scope")
    assert service.refresh(issued["refresh_token"]).json["scope"] == "read"


def test_ref_04_narrowing_lasts_for_one_access_token(service: TokenService, call: Gate) -> None:
    first = service.password(scope="read update")
    narrowed = service.refresh(first.json["refresh_token"], scope="update")
    widened = service.refresh(narrowed.json["refresh_token"])

    assert narrowed.json["scope"] == "update"
    assert not opens(call, narrowed)
    assert widened.json["scope"] == "read update"
    assert opens(call, widened)


def test_ref_05_rotation_gives_a_new_pair_each_time(service: TokenService) -> None:
    first = service.password(scope="read update").json

    second = service.refresh(first["refresh_token"]).json

    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == "read update"
    assert second["expires_in"] == 3600


def test_ref_05_the_replaced_access_token_dies_with_the_window(service: TokenService, call: Gate) -> None:
    first = service.password(scope="read")
    service.refresh(first.json["refresh_token"])

    assert opens(call, first, now=factories.NOW + 1)
    assert not opens(call, first, now=factories.NOW + 2)


def test_ref_06_reuse_of_a_dead_token_revokes_the_family(service: TokenService, call: Gate) -> None:
    first = service.password(scope="read")
    second = service.refresh(first.json["refresh_token"])
    assert opens(call, second)
    service.now_ms += 2_001

    assert service.refresh(first.json["refresh_token"]).refusal == INVALID_GRANT

    assert service.refresh(second.json["refresh_token"]).refusal == INVALID_GRANT
    assert not opens(call, second)


def test_ref_06_a_thief_who_refreshed_twice_is_found_out_at_once(service: TokenService, call: Gate) -> None:
    victims = service.password(scope="read")
    stolen = service.refresh(victims.json["refresh_token"])
    thiefs = service.refresh(stolen.json["refresh_token"])
    assert opens(call, thiefs)

    assert service.refresh(victims.json["refresh_token"]).refusal == INVALID_GRANT

    assert not opens(call, thiefs)
    assert service.refresh(thiefs.json["refresh_token"]).refusal == INVALID_GRANT


def test_ref_06_reuse_is_found_out_after_the_refresh_token_ended_too(
    service: TokenService, johnsorg: Registry, call: Gate
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

    assert service.refresh(f"ghr_{grant_id}.{'A' * 22}.{'A' * 43}").refusal == INVALID_GRANT
    assert service.refresh(issued["refresh_token"]).status == 200


def test_ref_07_f_11_25_parallel_refreshes_end_in_one_pair_that_lives(service: TokenService, call: Gate) -> None:
    issued = service.password(scope="read").json
    answers: list[Answer] = []
    barrier = threading.Barrier(25)

    def refresh() -> None:
        barrier.wait()
        answers.append(service.refresh(issued["refresh_token"]))

    racers = [threading.Thread(target=refresh) for _ in range(25)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert [answer.status for answer in answers] == [200] * 25
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert opens(call, answers[0])
    assert service.refresh(answers[0].json["refresh_token"]).status == 200


def test_ref_07_who_loses_between_read_and_write_gets_the_winners_pair(
    service: TokenService, transport: MotoTransport
) -> None:
    issued = service.password(scope="read update").json
    winners: list[Answer] = []
    transport.before("UpdateItem", lambda: winners.append(service.refresh(issued["refresh_token"], scope="read")))

    loser = service.refresh(issued["refresh_token"])

    assert winners == [loser]
    assert loser.json["scope"] == "read"


def test_ref_07_who_loses_to_two_rotations_is_a_thief_or_a_victim(
    service: TokenService, transport: MotoTransport
) -> None:
    issued = service.password().json
    last: list[str] = []

    def rotate_twice() -> None:
        second = service.refresh(issued["refresh_token"]).json["refresh_token"]
        last.append(service.refresh(second).json["refresh_token"])

    transport.before("UpdateItem", rotate_twice)

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT
    assert service.refresh(last[0]).refusal == INVALID_GRANT


@pytest.mark.parametrize("ending", ["revoked", "gone"])
def test_ref_07_a_grant_that_ends_between_read_and_write_issues_nothing(
    service: TokenService, transport: MotoTransport, dynamodb: Any, dump: Callable[[], list[Any]], ending: str
) -> None:
    issued = service.password().json
    key = next({"pk": item["pk"]} for item in dump() if item["pk"]["S"].startswith("GRANT"))

    def end() -> None:
        if ending == "gone":
            dynamodb.delete_item(TableName="grants", Key=key)
        else:
            dynamodb.update_item(
                TableName="grants",
                Key=key,
                UpdateExpression="SET revoked = :yes",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )

    transport.before("UpdateItem", end)

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT
    assert len([item for item in dump() if item["pk"]["S"].startswith("GRANT")]) == (0 if ending == "gone" else 1)


def test_ref_07_a_write_whose_answer_was_lost_is_repeated_with_the_same_outcome(
    service: TokenService, transport: MotoTransport
) -> None:
    """The signed transport sends a write again if its answer was lost: the second try meets the first one's work."""
    issued = service.password().json
    call = transport.call

    def twice(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "UpdateItem":
            call(operation, request)
        return call(operation, request)

    transport.call = twice
    second = service.refresh(issued["refresh_token"])
    transport.call = call

    assert second.status == 200
    assert service.refresh(second.json["refresh_token"]).status == 200


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
    service: TokenService, johnsorg: Registry, window_seconds: int, wait_ms: int, status: int
) -> None:
    johnsorg.save_client(factories.client(replay_window_seconds=window_seconds))
    first = service.password().json
    service.refresh(first["refresh_token"])
    service.now_ms += wait_ms

    assert service.refresh(first["refresh_token"]).status == status


def test_ref_09_an_unused_refresh_token_ends_after_its_lifetime(service: TokenService) -> None:
    issued = service.password().json
    service.now_ms += 86_399_000
    issued = service.refresh(issued["refresh_token"]).json
    service.now_ms += 86_400_000

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT


def test_ref_09_an_ended_refresh_token_takes_no_living_access_token_along(
    service: TokenService, johnsorg: Registry, call: Gate
) -> None:
    johnsorg.save_client(factories.client(refresh_token_lifetime_seconds=60))
    issued = service.password(scope="read")
    service.now_ms += 60_000

    assert service.refresh(issued.json["refresh_token"]).refusal == INVALID_GRANT
    assert opens(call, issued, now=factories.NOW + 60)


def test_ref_09_a_grant_ends_after_30_days_however_often_it_is_used(service: TokenService, call: Gate) -> None:
    answer = service.password(scope="read")
    for _ in range(30):
        service.now_ms += 86_399_000
        answer = service.refresh(answer.json["refresh_token"])

    end = factories.NOW + 2_592_000
    assert answer.json["expires_in"] == end - service.now_ms // 1000 == 30
    assert opens(call, answer, now=end - 1)
    assert not opens(call, answer, now=end)
    service.now_ms = end * 1000
    assert service.refresh(answer.json["refresh_token"]).refusal == INVALID_GRANT


LATER_MS = factories.NOW * 1000 + 1
ENDS: dict[str, Callable[[Registry], None]] = {
    "user disabled": lambda registry: registry.save_user(factories.user(is_active=False)),
    "user deleted and made anew": lambda registry: registry.save_user(factories.user(user_id="somebody-else")),
    "user swept": lambda registry: registry.save_user(factories.user(revoked_before_ms=LATER_MS)),
    "organisation disabled": lambda registry: registry.save_organisation(factories.organisation(is_active=False)),
    "organisation swept": lambda registry: registry.save_organisation(
        factories.organisation(revoked_before_ms=LATER_MS)
    ),
    "client swept": lambda registry: registry.save_client(factories.client(revoked_before_ms=LATER_MS)),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("token", ["current", "previous"])
def test_ref_10_what_ends_the_user_client_or_organisation_ends_the_refresh_token(
    service: TokenService, johnsorg: Registry, end: Callable[[Registry], None], token: str
) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    end(johnsorg)

    presented = second if token == "current" else first
    assert service.refresh(presented["refresh_token"]).refusal == INVALID_GRANT


def test_ref_10_a_refresh_asks_again_what_the_user_may_have(service: TokenService, johnsorg: Registry) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    first = service.password(scope="read delete").json
    johnsorg.save_user(factories.user())
    second = service.refresh(first["refresh_token"]).json
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    third = service.refresh(second["refresh_token"]).json

    assert [one["scope"] for one in (first, second, third)] == ["delete read", "read", "delete read"]


def test_ref_10_a_grant_type_that_the_client_lost_refreshes_no_more(service: TokenService, johnsorg: Registry) -> None:
    issued = service.password().json
    johnsorg.save_client(factories.client(grant_types=frozenset({"password"})))

    assert service.refresh(issued["refresh_token"]).refusal == (400, "unauthorized_client")


def test_ref_11_no_secret_of_a_token_is_stored(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    first = service.password(scope="read").json
    second = service.refresh(first["refresh_token"]).json

    stored = repr(dump())
    for token in (first, second):
        for name in ("access_token", "refresh_token"):
            grant_id, *secrets = token[name][4:].split(".")
            assert grant_id in stored
            for secret in secrets:
                assert secret not in stored
                raw = base64.urlsafe_b64decode(secret + "==")
                assert repr(raw)[2:-1] not in stored
                assert base64.b64encode(raw).decode() not in stored
    assert factories.PASSWORD not in stored
    assert factories.SECRET not in stored


def test_ref_11_a_dump_together_with_the_token_spent_last_derives_nothing(
    service: TokenService, dump: Callable[[], list[Any]]
) -> None:
    spent = service.password().json["refresh_token"]
    present = service.refresh(spent).json

    stored = [value["B"] for item in dump() for value in item.values() if "B" in value]
    keys = stored + [hmac.digest(outer, inner, "sha256") for outer in stored for inner in stored]
    secret = spent.rpartition(".")[2]
    derived = {tokens.derive(key, purpose, secret) for key in keys for purpose in ("access", "refresh")}

    assert len(stored) >= 5
    assert derived.isdisjoint({present["access_token"].rpartition(".")[2], present["refresh_token"].rpartition(".")[2]})


def test_ref_08_a_retry_gets_the_same_successors_after_the_keys_rotated(
    service: TokenService, rotation: KeyRotation, tables: Tables, secrets: BotoTransport
) -> None:
    spent = service.password().json["refresh_token"]
    present = service.refresh(spent).json
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation.step(step, "rotated".ljust(32, "0"), factories.NOW + 7200)
    elsewhere = replace(service, router=bootstrap_token.router(factories.settings(), tables, secrets))

    assert elsewhere.refresh(spent).json == service.refresh(spent).json == present


def test_ref_08_a_retry_after_an_emergency_is_told_to_come_back_and_spends_nothing(
    service: TokenService, rotation: KeyRotation, tables: Tables, secrets: BotoTransport
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
    grants, key = Grants(tables), b"k" * 32
    grant = grants.find_grant(grant_id)
    assert grant is not None
    spent = tokens.parse_refresh(issued["refresh_token"])
    assert spent is not None
    access_secret, refresh_secret = (tokens.derive(key, purpose, spent.secret) for purpose in ("access", "refresh"))
    rotated = replace(
        grant,
        rotation=1,
        rotation_key=key,
        rotated_at_ms=service.now_ms,
        access_digest=tokens.digest(access_secret),
        refresh_digest=tokens.digest(refresh_secret),
        previous_refresh_digest=grant.refresh_digest,
    )
    assert grants.rotate_grant(rotated, tokens.digest(spent.secret), factories.NOW) is None

    again = service.refresh(issued["refresh_token"]).json

    assert again["refresh_token"].rpartition(".")[2] == refresh_secret
    assert service.refresh(again["refresh_token"]).status == 200
