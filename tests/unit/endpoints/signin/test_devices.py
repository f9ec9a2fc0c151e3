"""Device authorization (RFC 8628): statements DEV-*, bad input, and what a poll costs."""

from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap import token
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.oauth import device_requests
from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from gatehouse.endpoints.store import sessions as store
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

PENDING, SLOW_DOWN, EXPIRED, DENIED = (
    (400, "authorization_pending"),
    (400, "slow_down"),
    (400, "expired_token"),
    (400, "access_denied"),
)
PUBLIC: dict[str, Any] = {"authentication_methods": frozenset({"none"}), "secrets": ()}


def device_client(**overrides: Any) -> Any:
    return web_client(**{"grant_types": factories.ALL_GRANTS | {GRANT_TYPE}, **overrides})


@pytest.fixture(autouse=True)
def devices(web: DirectoryWriter) -> DirectoryWriter:
    """Johns Org, which lets devices in, and whose application has the grant."""
    web.save_organisation(factories.organisation(device_authorization=True))
    web.save_client(device_client())
    return web


def begin(service: TokenService, authorization: str | None = basic(), **form: str) -> Answer:
    form = {"scope": "openid offline_access read", **form}
    return service.post(form, path="/device_authorization", authorization=authorization)


def poll(service: TokenService, begun: Answer, authorization: str | None = basic(), **form: str) -> Answer:
    sent = {"grant_type": GRANT_TYPE, "device_code": begun.json["device_code"], **form}
    return service.post(sent, authorization=authorization)


def entered(browser: Browser, code: str, path: str = "/t/johnsorg/device") -> Answer:
    """Sign in if need be, and enter the code."""
    page = browser.get(f"{path}?user_code={code}")
    if "/signin" in page.location:
        page = browser.get(browser.sign_in(page).location)
    return browser.submit(page, user_code=code)


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


def test_the_complete_address_skips_nothing(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    address = begun.json["verification_uri_complete"].removeprefix("https://auth.example")

    sent = browser.get(address)
    shown = browser.get(browser.sign_in(sent).location)

    assert "/t/johnsorg/signin" in sent.location
    assert f'value="{begun.json["user_code"]}"' in shown.body
    assert "Allow" not in shown.body
    assert poll(service, begun).refusal == PENDING


def test_signing_in_without_a_code_leads_to_the_page_of_devices(browser: Browser) -> None:
    page = browser.sign_in(browser.get("/t/johnsorg/device"))

    assert page.location.startswith("/t/johnsorg/device")
    assert 'name="user_code" type="text" value=""' in browser.get(page.location).body


def test_the_confirmation_names_application_organisation_scopes_place_and_user(
    service: TokenService, browser: Browser
) -> None:
    service.source = "198.51.100.7"
    begun = begin(service, scope="read delete openid")
    browser.now_ms += 130_000

    page = entered(browser, begun.json["user_code"])

    for shown in (
        "Demo",
        "Johns Org",
        "john@<wbr>gmail.com",
        "198.51.100.7",
        "2 minutes ago",
        "Know who you are",
        "read",
    ):
        assert shown in page.body
    assert begun.json["user_code"] in page.body
    assert "delete" not in page.body.partition("<form")[0]
    assert "deny it" in page.body


@pytest.mark.parametrize("spelling", ["lower", "spaces", "no dash"])
def test_the_code_may_be_typed_in_any_spelling(service: TokenService, browser: Browser, spelling: str) -> None:
    code = begin(service).json["user_code"]
    typed = {"lower": code.lower(), "spaces": f" {code.replace('-', ' ')} ", "no dash": code.replace("-", "")}

    entered(browser, "BCDF-GHJK")
    assert "Demo" in browser.submit(browser.get("/t/johnsorg/device"), user_code=typed[spelling]).body


def test_a_user_may_enter_ten_codes_in_ten_minutes(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    for _ in range(10):
        assert entered(browser, "BCDF-GHJK").status == 400

    refused = entered(browser, begun.json["user_code"])
    browser.now_ms += 600_000

    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= 600
    assert entered(browser, "BCDF-GHJK").status == 400


def test_a_source_may_ask_a_hundred_times_in_five_minutes(service: TokenService) -> None:
    assert {begin(service).status for _ in range(100)} == {200}

    refused = begin(service)

    assert refused.status == 429
    assert "Retry-After" in refused.headers
    service.now_ms += 300_000
    assert begin(service).status == 200


def test_a_decision_needs_the_page_that_showed_the_request(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    guessed = browser.send("POST", page.action, {**page.hidden, "request": "x" * 22, "decision": "allow"})

    assert guessed.status == 400
    assert poll(service, begun).refusal == PENDING


def test_another_site_cannot_decide(service: TokenService, browser: Browser) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    forged = browser.send("POST", page.action, {**page.hidden, "form_token": "x", "decision": "allow"})

    assert forged.status == 400
    assert poll(service, begun).refusal == PENDING


def test_a_form_that_is_sent_twice_succeeds_and_another_decision_does_not(
    service: TokenService, browser: Browser
) -> None:
    begun = begin(service)
    page = entered(browser, begun.json["user_code"])

    assert browser.submit(page, decision="allow").status == 200
    assert browser.submit(page, decision="allow").status == 200
    assert browser.submit(page, decision="deny").status == 400
    assert poll(service, begun).status == 200


def test_only_scopes_that_the_page_showed_are_granted(service: TokenService, browser: Browser) -> None:
    begun = begin(service, scope="read update")
    page = entered(browser, begun.json["user_code"])

    browser.send("POST", page.action, {**page.hidden, "scope": "read delete", "decision": "allow"})

    assert poll(service, begun).json["scope"] == "read"


def test_a_member_of_another_organisation_cannot_approve(
    service: TokenService, browser: Browser, acme: DirectoryWriter
) -> None:
    acme.save_organisation(factories.organisation(key="acme", name="Acme", device_authorization=True))
    begun = begin(service)
    page = browser.sign_in(browser.get("/t/acme/device"), "anna")

    refused = browser.submit(browser.get(page.location), user_code=begun.json["user_code"])

    assert refused.status == 400
    assert poll(service, begun).refusal == PENDING


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


def test_a_browser_that_is_signed_in_finds_its_organisation(browser: Browser) -> None:
    browser.sign_in(browser.get("/t/johnsorg/device"))

    assert browser.get("/device?user_code=bcdf-ghjk").location == "/t/johnsorg/device?user_code=BCDFGHJK"
    assert Browser(browser.router, browser.pages).get("/device").status == 400


def test_a_cookie_of_the_store_names_no_organisation(browser: Browser) -> None:
    assert all(not name.startswith("__Host-gatehouse-") for name in (store.ORGANISATION, store.ACCESS))

    browser.cookies[store.ORGANISATION] = "johnsorg"
    assert browser.get("/device").status == 400


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
