"""When a refresh token and its grant end by themselves: statement REF-09."""

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, opens


def test_ref_09_an_unused_refresh_token_ends_after_its_lifetime(service: TokenService) -> None:
    issued = service.password().json
    service.now_ms += 86_399_000
    issued = service.refresh(issued["refresh_token"]).json
    service.now_ms += 86_400_000

    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT


def test_ref_09_an_ended_refresh_token_takes_no_living_access_token_along(
    service: TokenService, johnsorg: DirectoryWriter, call: Call
) -> None:
    johnsorg.save_client(factories.client(refresh_token_lifetime_seconds=60))
    issued = service.password(scope="read")
    service.now_ms += 60_000

    assert service.refresh(issued.json["refresh_token"]).refusal == INVALID_GRANT
    assert opens(call, issued, now=factories.NOW + 60)


def test_ref_09_a_grant_ends_after_30_days_however_often_it_is_used(service: TokenService, call: Call) -> None:
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
