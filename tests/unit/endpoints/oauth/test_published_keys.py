"""`private_key_jwt` with a `jwks_uri`: keys are kept, rotated and limited; refusals say what to change."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gatehouse.bootstrap import token
from gatehouse.domain.kernel import fetching, jose
from gatehouse.domain.kernel.fetching import FAULTS, TEMPORARY, Fault, FetchedDocument, FetchError, Form
from gatehouse.domain.oauth import client_keys
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.fetches import DynamoDBFetches
from tests import factories, roles
from tests.answers import Answer
from tests.factories import CLIENT_ID, NOW
from tests.fetchers import Outside
from tests.unit.endpoints.conftest import TokenService
from tests.vectors import assertions as vectors

URL = "https://client.example/jwks.json"
SECOND = jose.generate("ES256", "second")


class WorkingFetcher:
    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:  # noqa: ARG002 - of the port
        return FetchedDocument(body="{}")


@pytest.fixture
def outside() -> Outside:
    return Outside(answers={URL: vectors.JWKS}, max_bytes=65536)


@pytest.fixture
def service(johnsorg: DirectoryWriter, tables: Tables, outside: Outside) -> TokenService:
    johnsorg.save_client(
        factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks_uri=URL)
    )
    return TokenService(token.router(factories.settings(), roles.acting_as(tables, "Token"), outside=outside))


def post(service: TokenService, key: Mapping[str, Any] = vectors.PRIVATE, **overrides: Any) -> Answer:
    signed = vectors.sign(CLIENT_ID, "https://auth.example", service.now_ms // 1000, key=key, **overrides)
    return service.post(vectors.form(signed), authorization=None)


def later(service: TokenService, seconds: int) -> None:
    service.now_ms += seconds * 1000


def published(*keys: Mapping[str, Any]) -> str:
    return json.dumps({"keys": [jose.public(one) for one in keys]})


def test_a_client_signs_by_a_key_that_it_publishes(service: TokenService, outside: Outside) -> None:
    assert [post(service).status for _ in range(3)] == [200, 200, 200]
    assert outside.asked == [URL]


@pytest.mark.parametrize(
    ("max_age", "seconds"), [(None, 3600), (0, 300), (60, 300), (1800, 1800), (10**6, 86_400)], ids=str
)
def test_the_set_is_kept_as_long_as_cache_control_says_within_bounds(
    service: TokenService, outside: Outside, max_age: int | None, seconds: int
) -> None:
    outside.max_age = max_age
    post(service)

    later(service, seconds - 1)
    assert (post(service).status, len(outside.asked)) == (200, 1)
    later(service, 1)
    assert (post(service).status, len(outside.asked)) == (200, 2)


def test_a_rotated_key_works_at_once_and_one_that_was_taken_away_no_more(
    service: TokenService, outside: Outside
) -> None:
    post(service)
    later(service, 60)
    outside.answers[URL] = published(SECOND)

    assert post(service, SECOND).status == 200
    assert post(service).status == 401
    assert len(outside.asked) == 2


def test_an_unknown_kid_fetches_again_at_most_once_a_minute(service: TokenService, outside: Outside) -> None:
    post(service)
    later(service, 60)

    assert [post(service, SECOND).refusal for _ in range(5)] == [(401, "invalid_client")] * 5
    assert len(outside.asked) == 2
    later(service, 60)
    post(service, SECOND)
    assert len(outside.asked) == 3


def test_a_wrong_signature_under_a_known_kid_fetches_nothing(service: TokenService, outside: Outside) -> None:
    post(service)
    later(service, 120)

    assert post(service, vectors.STRANGER).status == 401
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    "overrides",
    [{"aud": "https://evil.example"}, {"exp": NOW - 60}, {"iss": "another"}, {"jti": 7}, {"iat": NOW + 3600}],
    ids=str,
)
def test_an_assertion_that_is_wrong_anyway_fetches_nothing(
    service: TokenService, outside: Outside, overrides: dict[str, Any]
) -> None:
    assert post(service, **overrides).refusal == (401, "invalid_client")
    assert outside.asked == []


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - TEMPORARY))
def test_an_address_of_no_use_is_said_and_not_cached(service: TokenService, outside: Outside, fault: Fault) -> None:
    outside.answers[URL] = fault

    refused = post(service)

    assert refused.refusal == (401, "invalid_client")
    assert "jwks_uri could not be fetched. It must answer on a public host" in refused.json["error_description"]
    outside.answers[URL] = vectors.JWKS
    later(service, 30)
    assert post(service).status == 200


@pytest.mark.parametrize("fault", sorted(TEMPORARY))
def test_a_failure_that_may_pass_is_503(service: TokenService, outside: Outside, fault: Fault) -> None:
    outside.answers[URL] = fault

    refused = post(service)

    assert (refused.refusal, refused.headers["Retry-After"]) == ((503, "temporarily_unavailable"), "1")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<html></html>", id="HTML"),
        pytest.param("[]", id="a list"),
        pytest.param('{"keys": {}}', id="no list of keys"),
        pytest.param('{"keys": []}', id="no key"),
        pytest.param('{"keys": [7, null, {"kty": "oct", "k": "AAAA"}]}', id="no usable key"),
        pytest.param("[" * 60_000, id="nested deeply"),
        pytest.param('{"keys": [' + "[" * 60_000, id="keys nested deeply"),
        pytest.param(json.dumps({"keys": [{"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}]}), id="unknown curve"),
        pytest.param(json.dumps({"keys": [vectors.PRIVATE]}), id="a private key"),
    ],
)
def test_what_is_no_key_set_is_said(service: TokenService, outside: Outside, body: str) -> None:
    outside.answers[URL] = body

    refused = post(service)

    assert refused.refusal == (401, "invalid_client")
    assert "answers with no JWK Set" in refused.json["error_description"]


def test_keys_of_other_kinds_beside_ours_are_ignored(service: TokenService, outside: Outside) -> None:
    others: list[Any] = [
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA", "kid": "odd"},
        {"kty": "RSA", "use": "enc", "n": "AA", "e": "AQAB"},
        "text",
    ]
    outside.answers[URL] = json.dumps({"keys": [*others, *json.loads(vectors.JWKS)["keys"]]})

    assert post(service).status == 200


def test_a_host_that_fails_is_left_alone_for_longer_and_longer(service: TokenService, outside: Outside) -> None:
    outside.answers[URL] = "status"

    for wait in (30, 60, 120):
        assert post(service).status == 401
        later(service, wait - 1)
        assert post(service).status == 503
        later(service, 1)
    assert len(outside.asked) == 3


def test_the_rest_ends_at_an_hour() -> None:
    backoff = fetching.NO_BACKOFF
    for _ in range(50):
        backoff = fetching.after_failure(backoff, NOW)

    assert backoff.retry_at == NOW + 3600


def test_a_host_that_works_again_starts_afresh(service: TokenService, outside: Outside) -> None:
    outside.answers[URL] = "status"
    post(service)
    outside.answers[URL] = vectors.JWKS
    later(service, 30)
    post(service)
    outside.answers[URL] = "status"
    later(service, fetching.FRESH_SECONDS_DEFAULT + client_keys.STALE_SECONDS)

    post(service)

    later(service, 30)
    assert post(service).status == 401  # asked again, after the first and shortest rest


def test_what_is_kept_serves_an_hour_more_if_the_host_fails(service: TokenService, outside: Outside) -> None:
    post(service)
    outside.answers[URL] = "timeout"

    later(service, fetching.FRESH_SECONDS_DEFAULT + client_keys.STALE_SECONDS - 1)
    assert post(service).status == 200
    later(service, 3600)
    assert post(service).status == 503


def test_a_source_causes_no_more_fetches_than_its_share(
    service: TokenService, outside: Outside, johnsorg: DirectoryWriter
) -> None:
    statuses: list[int] = []
    for index in range(fetching.SOURCE_FETCHES_MAX + 1):
        url = f"https://client-{index}.example/jwks.json"
        outside.answers[url] = vectors.JWKS
        johnsorg.save_client(
            factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks_uri=url)
        )
        later(service, 3)
        statuses.append(post(service).status)

    assert (statuses[-1], len(outside.asked)) == (503, fetching.SOURCE_FETCHES_MAX)
    service.source = "192.0.2.77"
    assert post(service).status == 200


def test_a_host_is_asked_no_more_often_than_its_share(
    service: TokenService, outside: Outside, johnsorg: DirectoryWriter
) -> None:
    statuses: list[int] = []
    for index in range(fetching.HOST_FETCHES_MAX + 1):
        url = f"https://client.example/{index}"
        outside.answers[url] = vectors.JWKS
        service.source = f"192.0.2.{index}"
        johnsorg.save_client(
            factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks_uri=url)
        )
        later(service, 3)
        statuses.append(post(service).status)

    assert (statuses[-1], len(outside.asked)) == (503, fetching.HOST_FETCHES_MAX)


def test_keys_that_were_registered_fetch_nothing(
    service: TokenService, outside: Outside, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_client(
        factories.client(authentication_methods=frozenset({"private_key_jwt"}), secrets=(), jwks=vectors.JWKS)
    )

    later(service, 3)
    assert post(service).status == 200
    assert outside.asked == []


def test_a_host_that_fails_one_organisation_is_not_left_alone_by_another(
    service: TokenService, outside: Outside, tables: Tables
) -> None:
    outside.answers[URL] = "status"
    post(service)

    limited = fetching.LimitedFetcher(WorkingFetcher(), DynamoDBFetches(tables))
    with pytest.raises(FetchError, match="tried again later"):
        limited.fetch("johnsorg", URL, max_bytes=100, source="192.0.2.9", now=NOW)
    assert limited.fetch("acme", URL, max_bytes=100, source="192.0.2.9", now=NOW).body == "{}"


def test_an_office_behind_one_address_may_sign_in_at_a_provider(tables: Tables) -> None:
    """Forms are counted apart from documents: each sign-in posts one, and many people share a source address."""
    limited, posted = fetching.LimitedFetcher(WorkingFetcher(), DynamoDBFetches(tables)), Form(body="code=x")
    for _ in range(fetching.SOURCE_FORMS_MAX):
        limited.fetch("johnsorg", URL, max_bytes=100, source="192.0.2.9", now=NOW, form=posted)

    assert limited.fetch("johnsorg", URL, max_bytes=100, source="192.0.2.9", now=NOW).body == "{}"
    with pytest.raises(FetchError, match="too often"):
        limited.fetch("johnsorg", URL, max_bytes=100, source="192.0.2.9", now=NOW, form=posted)
    assert limited.fetch("johnsorg", URL, max_bytes=100, source="192.0.2.10", now=NOW, form=posted).body == "{}"


def test_a_function_that_is_busy_is_no_failure_of_the_host(service: TokenService, outside: Outside) -> None:
    outside.answers[URL] = "unavailable"
    assert post(service).status == 503
    outside.answers[URL] = vectors.JWKS

    assert post(service).status == 200
