"""Redeeming codes at the token endpoint: statements AC-01, AC-02, PK-*, BCP-04 and OAuch A2."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import INVALID_GRANT, TokenService, basic
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import redeem, web_client
from tests.vectors import authorization as vectors
from tests.vectors.authorization import challenge_of


def test_a_code_becomes_an_access_token_and_a_refresh_token(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code(scope="read update")["code"]

    issued = redeem(service, code)

    assert issued.status == 200
    assert issued.json["scope"] == "read update"
    assert service.refresh(issued.json["refresh_token"]).status == 200


def test_ac_01_a_code_works_once_and_its_second_use_revokes_what_the_first_issued(
    browser: Browser, service: TokenService
) -> None:
    code = browser.obtain_code()["code"]
    issued = redeem(service, code).json

    again = redeem(service, code)

    assert again.refusal == INVALID_GRANT
    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT
    introspected = service.post({"token": issued["access_token"]}, path="/introspect")
    assert introspected.json == {"active": False}


def test_ac_01_a_code_expires_after_a_minute(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code()["code"]
    service.now_ms += 60_000

    assert redeem(service, code).refusal == INVALID_GRANT


def test_ac_01_a_spent_code_revokes_even_after_it_expired(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code()["code"]
    issued = redeem(service, code).json
    service.now_ms += 61_000

    assert redeem(service, code).refusal == INVALID_GRANT
    assert service.refresh(issued["refresh_token"]).refusal == INVALID_GRANT


def test_ac_01_codes_hold_256_bits(browser: Browser) -> None:
    assert len(browser.obtain_code()["code"]) == 43


def test_f_11_25_parallel_redemptions_issue_at_most_one_pair(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code()["code"]

    with ThreadPoolExecutor(25) as pool:
        answers = [future.result() for future in [pool.submit(redeem, service, code) for _ in range(25)]]

    tokens = {answer.json["access_token"] for answer in answers if answer.status == 200}
    assert len(tokens) == 1
    assert {answer.status for answer in answers} == {200, 400}


def test_redeeming_costs_one_write(browser: Browser, service: TokenService, transport: Any) -> None:
    redeem(service, browser.obtain_code()["code"])  # the connection is stored once a day
    code = browser.obtain_code()["code"]
    transport.operations.clear()

    redeem(service, code)

    assert transport.operations.count("PutItem") == 1
    assert "UpdateItem" not in transport.operations


def test_ac_02_a_code_is_bound_to_its_client(browser: Browser, service: TokenService, web: DirectoryWriter) -> None:
    web.save_client(web_client(client_id="other-client"))
    code = browser.obtain_code()["code"]

    assert redeem(service, code, authorization=basic("other-client")).refusal == INVALID_GRANT
    assert redeem(service, code).status == 200


@pytest.mark.parametrize(
    "redirect_uri",
    [
        pytest.param("https://client.example/callback/", id="another path"),
        pytest.param("http://127.0.0.1/native", id="another registered one"),
    ],
)
def test_ac_02_a_code_is_bound_to_its_redirect_uri(browser: Browser, service: TokenService, redirect_uri: str) -> None:
    code = browser.obtain_code()["code"]

    assert redeem(service, code, redirect_uri=redirect_uri).refusal == INVALID_GRANT


@pytest.mark.parametrize("missing", ["code", "redirect_uri"])
def test_a_missing_parameter_is_an_invalid_request(browser: Browser, service: TokenService, missing: str) -> None:
    code = browser.obtain_code()["code"]

    assert redeem(service, code, **{missing: None}).refusal == (400, "invalid_request")


def test_an_unknown_code_is_an_invalid_grant(browser: Browser, service: TokenService) -> None:
    browser.obtain_code()

    assert redeem(service, "x" * 5000).refusal == INVALID_GRANT


@pytest.mark.parametrize("verifier", vectors.BAD_VERIFIERS)
def test_pk_01_a_verifier_outside_the_grammar_is_refused_even_if_it_hashes_right(
    browser: Browser, service: TokenService, verifier: str
) -> None:
    code = browser.obtain_code(code_challenge=challenge_of(verifier))["code"]

    assert redeem(service, code, code_verifier=verifier).refusal == INVALID_GRANT


@pytest.mark.parametrize("length", [43, 128])
def test_pk_01_verifiers_of_43_to_128_characters_work(browser: Browser, service: TokenService, length: int) -> None:
    verifier = ("aZ09-._~" * 20)[:length]
    code = browser.obtain_code(code_challenge=challenge_of(verifier))["code"]

    assert redeem(service, code, code_verifier=verifier).status == 200


@pytest.mark.parametrize("verifier", vectors.WRONG_VERIFIERS)
def test_pk_04_a_verifier_that_does_not_fit_is_an_invalid_grant(
    browser: Browser, service: TokenService, verifier: str | None
) -> None:
    code = browser.obtain_code()["code"]

    assert redeem(service, code, code_verifier=verifier).refusal == INVALID_GRANT
    assert redeem(service, code).status == 200


def test_pk_05_a_verifier_without_a_challenge_is_refused(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    web.save_client(web_client(requires_pkce=False))
    code = browser.obtain_code(code_challenge=None, code_challenge_method=None)["code"]

    assert redeem(service, code).refusal == INVALID_GRANT
    assert redeem(service, code, code_verifier=None).status == 200


def test_a_public_client_redeems_with_its_client_id_alone(
    browser: Browser, service: TokenService, web: DirectoryWriter
) -> None:
    web.save_client(web_client(authentication_methods=frozenset({"none"}), secrets=()))
    code = browser.obtain_code()["code"]

    assert redeem(service, code, authorization=None).refusal == (401, "invalid_client")
    issued = redeem(service, code, authorization=None, client_id=factories.CLIENT_ID)
    assert issued.status == 200
    refreshed = service.post(
        {
            "grant_type": "refresh_token",
            "refresh_token": issued.json["refresh_token"],
            "client_id": factories.CLIENT_ID,
        },
        authorization=None,
    )
    assert refreshed.json["refresh_token"] != issued.json["refresh_token"]


def test_a_confidential_client_must_authenticate(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code()["code"]

    refused = redeem(service, code, authorization=None, client_id=factories.CLIENT_ID)

    assert refused.refusal == (401, "invalid_client")


def test_a_client_without_the_grant_is_refused(browser: Browser, service: TokenService, web: DirectoryWriter) -> None:
    code = browser.obtain_code()["code"]
    web.save_client(web_client(grant_types=factories.ALL_GRANTS))

    assert redeem(service, code).refusal == (400, "unauthorized_client")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"is_active": False}, id="disabled"),
        pytest.param({"generation": "a fresh one"}, id="everything revoked"),
    ],
)
def test_f_20_a_code_dies_with_its_user(
    browser: Browser, service: TokenService, web: DirectoryWriter, change: dict[str, Any]
) -> None:
    code = browser.obtain_code()["code"]
    web.save_user(factories.user(**change))

    assert redeem(service, code).refusal == INVALID_GRANT


def test_f_19_neither_code_nor_session_is_stored(browser: Browser, dump: Any) -> None:
    code = browser.obtain_code()["code"]
    stored = str(dump())

    assert code not in stored
    assert all(secret not in stored for secret in browser.cookies.values())
