"""Which grant a request names, and who may use it (RFC 6749 sections 4 and 5.2), on values."""

import pytest

from gatehouse.domain.kernel.errors import InvalidRequestError, UnauthorizedClientError, UnsupportedGrantTypeError
from gatehouse.domain.oauth.grants import GRANTS, issue
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import GrantWorld


def test_a_request_without_a_grant_type_is_told_so(world: GrantWorld) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        issue(world.context, world.request(scope="read"))

    assert (caught.value.reason, caught.value.description) == (
        "no grant_type",
        "The grant_type parameter is missing.",
    )


def test_an_unknown_grant_type_is_not_supported(world: GrantWorld) -> None:
    with pytest.raises(UnsupportedGrantTypeError) as caught:
        world.issue("x" * 100)

    assert caught.value.reason == f"grant_type {'x' * 64!r}"


def test_an_unknown_grant_type_is_an_invalid_request_as_wso2_has_it(world: GrantWorld) -> None:
    world.change_organisation(compatibility="wso2")

    with pytest.raises(InvalidRequestError) as caught:
        world.issue("x")

    assert caught.value.description == "Unsupported grant_type value"


@pytest.mark.parametrize("grant_type", GRANTS)
def test_a_client_uses_only_the_grants_that_it_has(world: GrantWorld, grant_type: str) -> None:
    world.change_client(grant_types=frozenset({"another"}))

    with pytest.raises(UnauthorizedClientError) as caught:
        world.issue(grant_type)

    assert caught.value.reason == f"client {CLIENT_ID!r} lacks {grant_type!r}"


def test_parameters_that_a_grant_does_not_know_are_ignored(world: GrantWorld) -> None:
    """RFC 6749 section 3.2: "The authorization server MUST ignore unrecognized request parameters"."""
    issued = world.issue("client_credentials", username="john", refresh_token="x", scope="read")

    assert issued.scopes == {"read"}
    assert world.grant.user_id is None


def test_all_expiry_is_measured_by_the_second_of_the_arrival(world: GrantWorld) -> None:
    world.now_ms = NOW * 1000 + 999

    assert world.request().now == NOW
