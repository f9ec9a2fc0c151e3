"""Bad input (issue A): a clear RFC 6749 error, never a 500, never a key collision, no item but the failure counter."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.endpoints import requests
from tests import examples, factories, http_events
from tests.unit.endpoints.conftest import TokenService, basic

GRANT = b"grant_type=client_credentials"
BODIES = {
    "over 64 KiB": GRANT + b"&x=" + b"x" * 64 * 1024,
    "65 parameters": GRANT + b"".join(b"&p%d=x" % number for number in range(64)),
    "10,000 parameters": GRANT + b"".join(b"&p%d=x" % number for number in range(10_000)),
    "not UTF-8": GRANT + b"&x=\xff",
    "not UTF-8 when decoded": GRANT + b"&x=%FF",
    "UTF-8 of a surrogate": GRANT + b"&x=%ED%A0%80",
    "overlong UTF-8": GRANT + b"&x=%C0%AF",
    "NUL": GRANT + b"&x=%00",
    "bare NUL": GRANT + b"&x=\0",
    "NUL in a name": GRANT + b"&x%00=1",
    "UTF-16": "grant_type=client_credentials".encode("utf-16"),
    "JSON": b'{"grant_type": "client_credentials"}',
    "multipart": b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--',
    "repeated": GRANT + b"&" + GRANT,
    "repeated 10,000 times": b"&".join([GRANT] * 2_000),
    "only separators": b"&&&&===&&&",
    "nothing": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_good_form_is_refused_and_writes_nothing(
    service: TokenService, dump: Callable[[], list[Any]], body: bytes
) -> None:
    before = dump()

    assert service.post(body).refusal == (400, "invalid_request")
    assert dump() == before


def test_a_form_of_too_many_parameters_is_refused_without_a_number_that_other_forms_have_not(
    service: TokenService,
) -> None:
    refused = service.post(BODIES["65 parameters"])

    assert refused.json["error_description"] == "The body is not a UTF-8 form, or has too many parameters."


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GRANT + b"&x=" + b"x" * (64 * 1024 - len(GRANT) - 3), id="exactly 64 KiB"),
        pytest.param(GRANT + b"".join(b"&p%d=x" % number for number in range(63)), id="exactly 64 parameters"),
        pytest.param(b"&" + GRANT + b"&&", id="stray separators"),
        pytest.param(b"grant%5Ftype=client%5Fcredentials", id="everything encoded"),
    ],
)
def test_a_body_at_the_limits_is_read(service: TokenService, body: bytes) -> None:
    assert service.post(body).status == 200


@pytest.mark.parametrize(
    ("raw_body", "is_base64"),
    [pytest.param("%%%", True, id="no base64"), pytest.param("\ud800", False, id="a lone surrogate")],
)
def test_a_body_that_the_gateway_never_sends_is_refused_too(raw_body: str, is_base64: Any) -> None:
    event = http_events.http("POST", "/token", body=raw_body, isBase64Encoded=is_base64)

    with pytest.raises(InvalidRequestError):
        requests.parse(event).body()


HEADERS: dict[str, dict[str, str]] = {
    "joined by API Gateway": {"authorization": f"{basic()},{basic()}"},
    "joined with a space": {"authorization": f"{basic()}, {basic('other')}"},
    "renamed by API Gateway": {"x-amzn-remapped-authorization": basic()},
    "renamed, in another case": {"X-Amzn-Remapped-Authorization": basic()},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_f_15_two_authorization_headers_are_refused(service: TokenService, headers: dict[str, str]) -> None:
    assert service.post(GRANT, headers=headers).refusal == (400, "invalid_request")


def test_f_15_a_renamed_header_alone_is_refused(service: TokenService) -> None:
    headers = {"x-amzn-remapped-authorization": basic()}

    assert service.post(GRANT, headers=headers, authorization=None).refusal == (400, "invalid_request")


@pytest.mark.parametrize("header", ["authorization", "Authorization", "AUTHORIZATION"])
def test_f_09_the_case_of_the_header_does_not_matter(service: TokenService, header: str) -> None:
    assert service.post(GRANT, headers={header: basic()}, authorization=None).status == 200


def test_the_source_is_what_the_gateway_says_and_nothing_else(
    service: TokenService, dump: Callable[[], list[Any]]
) -> None:
    forged = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}

    service.post(GRANT, headers=forged, authorization=basic(secret="wrong"))

    assert "203.0.113.9" not in repr(dump())
    assert "192.0.2.1" in repr(dump())


NAMES = [
    "a#b",
    "a|b",
    "@@",
    "x" * 1000,
    "😀" * 40,
    "a\tb",
    "../../etc",
    "%00",
    "a@b@c@d",
    "' OR 1=1",
    "$(id)",
    "{}",
    "\\",
]


@pytest.mark.parametrize("username", NAMES)
def test_a_strange_username_writes_its_failure_counters_and_nothing_else(
    service: TokenService, dump: Callable[[], list[Any]], username: str
) -> None:
    before = dump()

    assert service.password(username).refusal == (400, "invalid_grant")

    written = [item["pk"]["S"].partition("#")[0] for item in dump() if item not in before]
    assert sorted(written) == ["FAILURES", "SOURCE"]


def test_strange_usernames_have_counters_of_their_own(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    for username in NAMES:
        service.password(username)

    assert len([item for item in dump() if item["pk"]["S"].startswith("FAILURES")]) == len(NAMES)


TEXT = st.text(max_size=30)
FORMS = st.dictionaries(
    st.sampled_from(["grant_type", "username", "password", "scope", "refresh_token", "client_id", "x"]) | TEXT,
    st.sampled_from(["password", "refresh_token", "client_credentials", "john@gmail.com", factories.PASSWORD]) | TEXT,
    max_size=6,
)


@settings(max_examples=examples.of(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=FORMS | st.binary(max_size=60), authorization=st.none() | st.just(basic()) | TEXT, query=TEXT)
def test_nothing_that_is_sent_is_a_500(
    service: TokenService, form: dict[str, str] | bytes, authorization: str | None, query: str
) -> None:
    body = form if isinstance(form, bytes) else urlencode(form).encode()

    answer = service.post(body, authorization=authorization, query=query)

    if answer.status != 200:
        assert answer.refusal[0] in {400, 401, 429}
