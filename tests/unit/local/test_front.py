"""The front forwards to the right API, and says itself who called."""

from pathlib import Path

import pytest

from local.front import forwarding, routing
from local.front.certificate import Certificate
from local.front.settings import Route

AUTH = Route(base_path="", api_id="auth", stage="$default")
ORDERS = Route(base_path="/orders/1.0.0", api_id="orders", stage="production")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param(b"/token", b"/_front/auth/$default/token", id="what no other route takes"),
        pytest.param(b"/", b"/_front/auth/$default/", id="the root"),
        pytest.param(b"/orders/1.0.0/orders/7", b"/_front/orders/production/orders/7", id="below a base path"),
        pytest.param(b"/orders/1.0.0", b"/_front/orders/production/", id="a base path itself"),
        pytest.param(b"/orders/1.0.01", b"/_front/auth/$default/orders/1.0.01", id="no more than a common beginning"),
        pytest.param(b"//token", b"/_front/auth/$default//token", id="an empty segment"),
        pytest.param(b"/stages/abc1/v1/books/7", b"/_front/abc1/v1/books/7", id="the stage of any API"),
        pytest.param(b"/stages/abc1/v1", b"/_front/abc1/v1/", id="a stage itself"),
        pytest.param(b"/stages/abc1", b"/_front/auth/$default/stages/abc1", id="an API without a stage"),
        pytest.param(b"/a%2Fb%20c", b"/_front/auth/$default/a%2Fb%20c", id="escapes"),
    ],
)
def test_the_longest_base_path_wins_and_the_rest_stays_as_it_is(path: bytes, target: bytes) -> None:
    assert routing.resolve([AUTH, ORDERS], path) == target


def test_a_path_that_no_route_takes_is_refused() -> None:
    with pytest.raises(LookupError):
        routing.resolve([ORDERS], b"/token")


def test_what_only_the_front_may_say_is_taken_out_and_repetitions_stay() -> None:
    headers = [(b"authorization", b"a"), (b"X-Forwarded-For", b"203.0.113.7"), (b"authorization", b"b")]

    assert forwarding.without(headers, forwarding.ONLY_OURS) == [(b"authorization", b"a"), (b"authorization", b"b")]


def test_the_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = Certificate.ensure(tmp_path).chain.read_bytes()

    again = Certificate.ensure(tmp_path)

    assert again.chain.read_bytes() == first
    assert again.private_key.stat().st_mode & 0o777 == 0o600
