"""Refresh statements REF-* (facts: RFC 6749 section 6, RFC 9700 section 4.14.2)."""

from tests.unit.endpoints.conftest import TokenService


def test_ref_05_rotation_gives_a_new_refresh_token_each_time(service: TokenService) -> None:
    first = service.password(scope="read update").json

    second = service.refresh(first["refresh_token"]).json

    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == "read update"


def test_ref_06_reuse_of_a_dead_token_revokes_the_family(service: TokenService) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    service.now_ms += 2_001

    replayed = service.refresh(first["refresh_token"])
    after = service.refresh(second["refresh_token"])

    assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
    assert (after.status, after.json["error"]) == (400, "invalid_grant")


def test_ref_08_a_retry_within_the_window_gets_the_same_successors(service: TokenService) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    service.now_ms += 2_000

    assert service.refresh(first["refresh_token"]).json == {**second, "expires_in": second["expires_in"] - 2}
