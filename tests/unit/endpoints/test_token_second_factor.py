"""A password alone at the token endpoint: nothing for users who have a second factor, or have to have one."""

from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService

INVALID_GRANT = (400, "invalid_grant")


def _enrolled(johnsorg: DirectoryWriter) -> None:
    johnsorg.remove_user(factories.user(), factories.entry())
    johnsorg.add_user(factories.user(factors=frozenset({"totp"})))


def _demanded(johnsorg: DirectoryWriter) -> None:
    johnsorg.save_organisation(factories.organisation(second_factor=True))


def _demanded_of_the_role(johnsorg: DirectoryWriter) -> None:
    johnsorg.save_organisation(factories.organisation(second_factor_roles=("employee",)))


def _demanded_by_the_application(johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(second_factor=True))


@pytest.mark.parametrize("close", [_enrolled, _demanded, _demanded_of_the_role, _demanded_by_the_application])
def test_the_password_grant_is_closed_and_tells_nothing_of_the_password(
    service: TokenService, johnsorg: DirectoryWriter, transport: RecordingTransport, close: Any
) -> None:
    close(johnsorg)
    transport.operations.clear()
    right = service.password()
    of_right = list(transport.operations)
    transport.operations.clear()
    wrong = service.password(password="wrong")

    assert right.refusal == wrong.refusal == INVALID_GRANT
    assert right.json == wrong.json
    assert of_right == list(transport.operations)


def test_the_right_password_counts_as_a_failure_like_a_wrong_one(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    _enrolled(johnsorg)
    for _ in range(10):
        service.password()

    johnsorg.remove_user(factories.user(factors=frozenset({"totp"})), factories.entry())
    johnsorg.add_user(factories.user())

    assert service.password().refusal == INVALID_GRANT, "the account is locked"


def test_until_the_time_to_enrol_is_over_the_password_is_enough(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_organisation(factories.organisation(second_factor=True, second_factor_from=factories.NOW + 1))

    assert service.password().status == 200


@pytest.mark.parametrize("demand", [_demanded, _demanded_of_the_role, _demanded_by_the_application])
def test_a_grant_of_a_password_alone_is_refreshed_no_more_once_a_second_factor_is_demanded(
    service: TokenService, johnsorg: DirectoryWriter, demand: Any
) -> None:
    token = service.password().json["refresh_token"]
    demand(johnsorg)

    assert service.refresh(token).refusal == INVALID_GRANT
