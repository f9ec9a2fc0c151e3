"""Answers of passkeys that are refused."""

import json
from copy import replace
from typing import Any

import pytest

from gatehouse.domain.kernel.digests import base64url
from gatehouse.storage.directory_writer import DirectoryWriter
from tests.authenticators import Authenticator, options_in
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.passkeys import ACCOUNT, PAGE, other, send, sign_in
from tests.unit.endpoints.signin.passkeys import browser as browser
from tests.unit.endpoints.signin.passkeys import device as device
from tests.unit.endpoints.signin.second_factors import later, password


def test_an_answer_works_once(device: Authenticator, browser: Browser) -> None:
    john = other(browser)
    credential = device.answer(options_in(john.get(PAGE).body))

    assert send(john, f"{ACCOUNT}/passkey", credential).status == 303
    assert send(john, f"{ACCOUNT}/passkey", credential).status == 400


def test_of_two_uses_at_once_one_succeeds(
    device: Authenticator, browser: Browser, transport: RecordingTransport
) -> None:
    john = other(browser)
    credential = device.answer(options_in(john.get(PAGE).body))
    first: list[int] = []
    transport.before("TransactWriteItems", lambda: first.append(send(john, f"{ACCOUNT}/passkey", credential).status))

    assert send(john, f"{ACCOUNT}/passkey", credential).status == 400
    assert first == [303]


WRONG = {
    "another origin": {"origin": "https://evil.example"},
    "a subdomain": {"origin": "https://evil.auth.example"},
    "plain http": {"origin": "http://auth.example"},
    "another relying party": {"rp_id": "evil.example"},
    "a frame of another site": {"crossOrigin": True},
    "a frame in a page of another site": {"topOrigin": "https://evil.example"},
    "another ceremony": {"type": "webauthn.create"},
    "a challenge of somebody else": {"challenge": base64url(bytes(56))},
    "no challenge": {"challenge": ""},
}


@pytest.mark.parametrize("wrong", list(WRONG.values()), ids=list(WRONG))
def test_a_wrong_answer_signs_nobody_in(device: Authenticator, browser: Browser, wrong: dict[str, Any]) -> None:
    john = other(browser)

    assert sign_in(john, device, **wrong).status == 400
    assert john.get(ACCOUNT).status == 303


@pytest.mark.parametrize("wrong", list(WRONG.values()), ids=list(WRONG))
def test_a_wrong_answer_is_no_second_step(device: Authenticator, browser: Browser, wrong: dict[str, Any]) -> None:
    john = other(browser)
    step = password(john)

    assert send(john, f"{ACCOUNT}/second-step", device.answer(options_in(step.body), **wrong)).status == 400


def test_a_challenge_is_of_one_browser_one_purpose_and_ten_minutes(device: Authenticator, browser: Browser) -> None:
    john, thief = other(browser), other(browser)
    of_john = device.answer(options_in(john.get(PAGE).body))
    thief.get(PAGE)
    assert send(thief, f"{ACCOUNT}/passkey", of_john).status == 400, "another browser"

    step = password(thief)
    assert send(thief, f"{ACCOUNT}/passkey", device.answer(options_in(step.body))).status == 400, "another purpose"

    later(john, 600)
    assert send(john, f"{ACCOUNT}/passkey", of_john).status == 400, "too old"


def test_another_key_of_that_name_is_refused(device: Authenticator, browser: Browser) -> None:
    thief = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)

    assert sign_in(other(browser), thief).status == 400


def test_an_unknown_passkey_and_a_wrong_signature_get_one_answer(device: Authenticator, browser: Browser) -> None:
    unknown = Authenticator(user_handle=device.user_handle)
    wrong = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)
    pages = [sign_in(other(browser), one).body for one in (unknown, wrong)]
    texts = [page.partition('role="alert">')[2].partition("<")[0] for page in pages]

    assert texts[0] == texts[1] != ""


def test_a_user_handle_of_another_organisation_or_none_is_refused(device: Authenticator, browser: Browser) -> None:
    handles = (b"", b"user-john", bytes(32))

    assert {sign_in(other(browser), replace(device, user_handle=one)).status for one in handles} == {400}


def test_the_page_of_another_organisation_does_not_take_it(
    device: Authenticator, browser: Browser, acme: DirectoryWriter
) -> None:
    del acme

    assert sign_in(other(browser), device, "/t/acme/signin").status == 400


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"response": []}',
        '{"rawId": "x", "response": {"clientDataJSON": "e30"}}',
        "[" * 9000,
    ],
)
def test_what_no_browser_sends_is_refused(device: Authenticator, browser: Browser, credential: str) -> None:
    john = other(browser)
    john.get(PAGE)

    assert send(john, f"{ACCOUNT}/passkey", credential).status in {400, 413}
    assert browser.get(f"{ACCOUNT}/enrol").status == 200
    refused = send(browser, f"{ACCOUNT}/enrol", credential or "{", passkey_name="Key & ring")
    assert (refused.status, 'value="Key &amp; ring"' in refused.body) == (400, True)
    del device


def test_mutated_answers_are_refused_and_none_is_a_failure(device: Authenticator, browser: Browser) -> None:
    john = other(browser)
    good = json.loads(device.answer(options_in(john.get(PAGE).body)))
    for name in good["response"]:
        values: tuple[Any, ...] = ("", "AA", "!!", 7, None, [], {}, good["response"][name][:-4], "A" * 5000)
        for value in values:
            broken: Any = {**good, "response": {**good["response"], name: value}}
            assert send(john, f"{ACCOUNT}/passkey", json.dumps(broken)).status in {400, 429}, (name, value)
    for name in ("id", "rawId", "type", "response"):
        broken = {one: content for one, content in good.items() if one != name}
        assert send(john, f"{ACCOUNT}/passkey", json.dumps(broken)).status in {400, 429}, name


def test_a_registration_for_another_site_or_without_a_verified_user_is_refused(
    device: Authenticator, browser: Browser
) -> None:
    options = options_in(browser.get(f"{ACCOUNT}/enrol").body)
    wrong = (
        Authenticator().create(options, origin="https://evil.example"),
        Authenticator(verifies=False).create(options),
        Authenticator().create({**options, "rp": {"id": "evil.example"}}),
        Authenticator().create({**options, "challenge": base64url(bytes(56))}),
        Authenticator().create(options, crossOrigin=True),
    )

    assert {send(browser, f"{ACCOUNT}/enrol", one).status for one in wrong} == {400}
    del device
