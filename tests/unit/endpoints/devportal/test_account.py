"""The caller's own account and what the store says of itself."""

import re

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.kernel.errors import InvalidGrantError
from gatehouse.storage.jobs import parse_job
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.members import DEVELOPER, Member, token

NEW = "seven purple walruses"


def change(person: Member, present: str = factories.PASSWORD, chosen: str = NEW, **more: int) -> tuple[int, int | None]:
    body = {"currentPassword": present, "newPassword": chosen}
    answer = person.call("POST", "/me/change-password", json_body=body, **more)
    return answer.status, answer.json["code"] if answer.body else None


def test_a_changed_password_is_the_one_that_works(john: Member, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert change(john) == (200, None)

    with pytest.raises(InvalidGrantError):
        token(store, factories.user(), DEVELOPER)
    monkeypatch.setattr(factories, "PASSWORD", NEW)
    assert token(store, factories.user(), DEVELOPER)


def test_a_mail_tells_of_a_changed_password(john: Member, transport: RecordingTransport) -> None:
    def told() -> list[tuple[str, str, str, str]]:
        items = transport.call_uncounted("Scan", {"TableName": "grants"})["Items"]
        found = [parse_job(one) for one in items if one["pk"]["S"].startswith("JOB#")]
        return [(one.kind, one.notice, one.login, one.issuer) for one in found if one]

    change(john, present="guessed")
    assert told() == []
    change(john)

    assert told() == [("notice", "password changed", "john@gmail.com", "https://auth.example/t/johnsorg")]


def test_every_token_from_before_is_dead(john: Member) -> None:
    change(john)

    assert john.get("/apis").status == 401


def test_the_present_password_must_be_right(john: Member) -> None:
    assert change(john, present="guessed") == (400, 901451)
    assert john.get("/apis").status == 200


@pytest.mark.parametrize("chosen", ["", "short", "password123", "john@gmail.com-1", "a" * 300])
def test_a_password_that_may_not_be_chosen_is_refused(john: Member, chosen: str) -> None:
    assert change(john, chosen=chosen) == (400, 901452)


def test_guessing_the_present_password_locks_like_signing_in(john: Member) -> None:
    for _ in range(10):
        change(john, present="guessed")

    assert change(john) == (400, 901451)


def test_a_source_that_fails_too_often_is_429(john: Member) -> None:
    for _ in range(100):
        change(john, present="guessed")

    assert change(john) == (429, 429)


def test_settings_describe_the_passwords_that_may_be_chosen(john: Member) -> None:
    settings = john.get("/settings").json

    assert settings["IsPasswordChangeEnabled"] is True
    assert re.fullmatch(settings["userStorePasswordPattern"], NEW)
    assert not re.fullmatch(settings["userStorePasswordPattern"], "short")


@pytest.mark.parametrize(("state", "count"), [("active", 1), ("inactive", 0)])
def test_the_only_tenant_is_the_callers_own(john: Member, state: str, count: int) -> None:
    assert john.get("/tenants", state=state).json["count"] == count


@pytest.mark.parametrize(
    "path",
    [
        "/api-categories",
        "/recommendations",
        "/webhooks/subscriptions",
        "/apis/orders/comments",
        "/apis/orders/topics",
        "/apis/orders/ratings",
    ],
)
def test_what_gatehouse_has_none_of_is_empty_and_cannot_be_written(john: Member, path: str) -> None:
    empty = john.get(path)

    assert (empty.status, empty.json["count"], empty.json["list"]) == (200, 0, [])
    assert john.post(path, {"content": "First!"}).status == 405


@pytest.mark.parametrize("name", ["comments", "ratings"])
def test_an_unseen_api_has_no_comments_either(alice: Member, name: str) -> None:
    assert alice.get(f"/apis/orders/{name}").status == 404
