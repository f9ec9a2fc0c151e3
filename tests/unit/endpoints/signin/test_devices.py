"""Device authorization (RFC 8628): statements DEV-*, bad input, and what a poll costs."""

from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import token
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth import device_requests
from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.answers import Answer
from tests.factories import CLIENT_ID
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, basic, opens
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import web_client
from tests.unit.endpoints.signin.device_requests import (
    DENIED,
    EXPIRED,
    PENDING,
    SLOW_DOWN,
    begin,
    device_client,
    entered,
    poll,
)
from tests.unit.endpoints.signin.device_requests import devices as devices

PUBLIC: dict[str, Any] = {"authentication_methods": frozenset({"none"}), "secrets": ()}


def decide(browser: Browser, begun: Answer, decision: str = "allow") -> Answer:
    return browser.submit(entered(browser, begun.json["user_code"]), decision=decision)


def test_dev_01_the_answer_has_both_codes_and_the_address(service: TokenService) -> None:
    begun = begin(service)

    told = begun.json
    assert begun.status == 200
    assert told["verification_uri"] == "https://auth.example/t/johnsorg/device"
    assert told["verification_uri_complete"] == f"{told['verification_uri']}?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert len(told["device_code"]) >= 43
    assert set(told["user_code"]) <= set("BCDFGHJKLMNPQRSTVWXZ-")
    assert len(told["user_code"]) == 9
    assert begun.headers["Cache-Control"] == "no-store"


def test_a_device_gets_tokens_when_its_user_approves(service: TokenService, browser: Browser, call: Call) -> None:
    begun = begin(service)
    assert poll(service, begun).refusal == PENDING

    done = decide(browser, begun)
    issued = poll(service, begun)

    assert done.status == 200
    assert "Device connected" in done.body
    assert issued.json["scope"] == "offline_access openid read"
    assert issued.json["id_token"]
    assert opens(call, issued)
    assert opens(call, service.refresh(issued.json["refresh_token"]))


def test_wso2s_path_answers_too(service: TokenService) -> None:
    answer = service.post({"scope": "read"}, path="/oauth2/device_authorize")

    assert answer.status == 200


def test_dev_03_a_device_code_works_once_and_its_second_use_revokes(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    decide(browser, begun)
    issued = poll(service, begun)

    assert poll(service, begun).refusal == INVALID_GRANT
    assert service.refresh(issued.json["refresh_token"]).refusal == INVALID_GRANT


def test_dev_03_a_device_code_is_bound_to_its_client(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    devices.save_client(device_client(client_id="other"))
    begun = begin(service)
    decide(browser, begun)

    assert poll(service, begun, basic("other")).refusal == INVALID_GRANT
    assert poll(service, begun).status == 200


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("nonsense", id="nonsense"),
        pytest.param(f"ghd_BCDFGHJK.{'x' * 43}", id="unknown"),
        pytest.param(f"ghd_BCDFGHJK.{'x' * 4300}", id="long"),
    ],
)
def test_a_device_code_that_is_none_is_refused(service: TokenService, code: str) -> None:
    answer = service.post({"grant_type": GRANT_TYPE, "device_code": code})

    assert answer.refusal == INVALID_GRANT


def test_the_right_user_code_with_a_wrong_secret_is_unknown_and_does_not_slow_the_device(
    service: TokenService,
) -> None:
    begun = begin(service)
    guessed = begun.json["device_code"].partition(".")[0] + "." + "x" * 43

    assert service.post({"grant_type": GRANT_TYPE, "device_code": guessed}).refusal == INVALID_GRANT
    assert poll(service, begun).refusal == PENDING


def test_a_missing_device_code_is_named(service: TokenService) -> None:
    assert service.post({"grant_type": GRANT_TYPE}).refusal == (400, "invalid_request")


@pytest.mark.parametrize("parameter", ["scope", "client_id"])
def test_a_repeated_parameter_is_refused(service: TokenService, parameter: str) -> None:
    answer = service.post(f"{parameter}=read&{parameter}=read", path="/device_authorization")

    assert answer.refusal == (400, "invalid_request")


def test_an_unknown_parameter_is_ignored(service: TokenService) -> None:
    assert begin(service, foo="bar").status == 200


def test_an_unknown_resource_is_refused_at_once(service: TokenService) -> None:
    assert begin(service, resource="https://nobody.example/").refusal == (400, "invalid_target")


def test_who_polls_too_fast_is_told_so_and_heard_again_afterwards(service: TokenService) -> None:
    begun = begin(service)
    assert poll(service, begun).refusal == PENDING

    for milliseconds, expected in ((1000, SLOW_DOWN), (2900, SLOW_DOWN), (100, PENDING), (4000, PENDING)):
        service.now_ms += milliseconds
        assert poll(service, begun).refusal == expected


def test_a_poll_too_early_still_brings_the_tokens_once_they_are_approved(
    service: TokenService, browser: Browser
) -> None:
    begun = begin(service)
    poll(service, begun)
    decide(browser, begun)
    service.now_ms += 500

    assert poll(service, begun).status == 200


def test_a_denied_device_stops(service: TokenService, browser: Browser) -> None:
    begun = begin(service)

    done = decide(browser, begun, "deny")

    assert "Request denied" in done.body
    assert poll(service, begun).refusal == DENIED


def test_codes_expire_after_ten_minutes(service: TokenService, browser: Browser) -> None:
    begun, approved = begin(service), begin(service)
    decide(browser, approved)
    service.now_ms += 600_000
    browser.now_ms = service.now_ms

    assert poll(service, begun).refusal == EXPIRED
    assert poll(service, approved).refusal == EXPIRED
    assert entered(browser, begun.json["user_code"]).status == 400


def test_a_poll_costs_one_write(
    devices: DirectoryWriter,  # noqa: ARG001 - filled for its effect
    tables: Tables,
    secrets: MemorySecrets,
    transport: RecordingTransport,
) -> None:
    service = TokenService(token.router(factories.settings(process_cache_seconds=60), tables, secrets))
    begun = begin(service)
    poll(service, begun)
    service.now_ms += 5000
    transport.operations.clear()

    assert poll(service, begun).refusal == PENDING
    assert poll(service, begun).refusal == SLOW_DOWN

    assert transport.operations == ["UpdateItem", "UpdateItem"]


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param(factories.user(is_active=False), id="disabled"),
        pytest.param(factories.user(generation="of a new password"), id="new password"),
    ],
)
def test_a_user_who_ended_between_approval_and_poll_gives_nothing(
    service: TokenService, browser: Browser, devices: DirectoryWriter, ended: Any
) -> None:
    begun = begin(service)
    decide(browser, begun)
    devices.save_user(ended)

    assert poll(service, begun).refusal == INVALID_GRANT


def test_a_second_factor_that_is_demanded_holds_for_devices_too(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    begun, approved = begin(service), begin(service)
    decide(browser, approved)
    devices.save_client(device_client(second_factor=True))

    asked = entered(browser, begun.json["user_code"])

    assert (asked.status, asked.location.partition("?")[0]) == (303, "/t/johnsorg/account/second-step")
    assert begun.json["user_code"].replace("-", "") in asked.location
    assert poll(service, approved).refusal == INVALID_GRANT


def test_a_role_that_was_taken_away_between_approval_and_poll_takes_its_scope(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    devices.save_user(factories.user(roles=frozenset({"manager"})))
    begun = begin(service, scope="read delete")
    decide(browser, begun)
    devices.save_user(factories.user())

    assert poll(service, begun).json["scope"] == "read"


def test_the_organisation_and_the_client_must_both_opt_in(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    begun = begin(service)
    decide(browser, begun)

    devices.save_organisation(factories.organisation())
    assert begin(service).refusal == (400, "unauthorized_client")
    assert poll(service, begun).refusal == INVALID_GRANT
    assert browser.get("/t/johnsorg/device").status == 400

    devices.save_organisation(factories.organisation(device_authorization=True))
    devices.save_client(web_client())
    assert begin(service).refusal == (400, "unauthorized_client")
    assert poll(service, begun).refusal == (400, "unauthorized_client")


def test_a_client_that_lost_the_grant_is_not_shown(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    begun = begin(service)
    devices.save_client(web_client())

    assert entered(browser, begun.json["user_code"]).status == 400


@pytest.mark.parametrize("issuer", ["", "/t/johnsorg"])
def test_metadata_advertises_it_only_where_the_organisation_allows_it(
    service: TokenService, devices: DirectoryWriter, issuer: str
) -> None:
    path = f"{issuer}/.well-known/openid-configuration"
    told = service.post(b"", path=path, method="GET", authorization=None).json
    devices.save_organisation(factories.organisation())
    off = service.post(b"", path=path, method="GET", authorization=None).json

    expected = "https://auth.example/t/johnsorg/device_authorization" if issuer else None
    assert told.get("device_authorization_endpoint") == expected
    assert (GRANT_TYPE in told["grant_types_supported"]) is bool(issuer)
    assert "device_authorization_endpoint" not in off
    assert GRANT_TYPE not in off["grant_types_supported"]


def test_a_public_client_needs_no_secret_and_may_send_an_empty_one(
    service: TokenService, browser: Browser, devices: DirectoryWriter
) -> None:
    devices.save_client(device_client(**PUBLIC))
    begun = begin(service, None, client_id=CLIENT_ID)
    decide(browser, begun)

    assert poll(service, begun, basic(CLIENT_ID, "")).status == 200


def test_an_empty_secret_of_a_confidential_client_is_refused(service: TokenService) -> None:
    assert begin(service, basic(CLIENT_ID, "")).status == 401


def test_no_code_is_stored(service: TokenService, transport: RecordingTransport) -> None:
    begun = begin(service).json

    items = str(transport.call_uncounted("Scan", {"TableName": "grants"}))
    assert CLIENT_ID in items
    for secret in (begun["device_code"], begun["user_code"], begun["user_code"].replace("-", "")):
        assert secret not in items


def test_decisions_are_in_the_audit_log(service: TokenService, browser: Browser, tables: Tables) -> None:
    decide(browser, begin(service))
    browser.now_ms += 1
    decide(browser, begin(service), "deny")

    log = DynamoDBAuditLog(tables).find_entries("johnsorg", Window(limit=10, offset=0))

    assert [one.action for one in log.items] == ["device.deny", "device.approve"]
    assert {one.target for one in log.items} == {CLIENT_ID}


def test_a_code_that_another_request_has_is_not_given_again(
    service: TokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["BCDFGHJK", "BCDFGHJK", "LMNPQRST", "BCDFGHJK"])
    monkeypatch.setattr(device_requests, "generate_user_code", lambda: next(codes))

    assert [begin(service).json["user_code"] for _ in range(2)] == ["BCDF-GHJK", "LMNP-QRST"]
    service.now_ms += 600_000
    assert begin(service).json["user_code"] == "BCDF-GHJK"


def test_codes_are_eight_of_twenty_letters() -> None:
    made = {device_requests.generate_user_code() for _ in range(200)}

    assert len(made) == 200
    assert {len(one) for one in made} == {8}
    assert device_requests.parse_user_code("AEIO-UYBC") is None
    assert device_requests.parse_user_code("bcdf ghjk") == "BCDFGHJK"


def test_tokens_name_only_the_resource_that_the_device_asked_for() -> None:
    code = device_requests.as_code(
        replace(
            device_requests.begin(
                factories.client(), "BCDFGHJK", "secret", frozenset({"read"}), ("one",), "192.0.2.1", 0
            ),
            user_id="user-john",
        )
    )

    assert code.resources == ("one",)
