"""Conditional requests and media types of the JSON API (RFC 9110)."""

import pytest

from tests.factories import NOW
from tests.unit.endpoints.members import Member


def tag_of(john: Member, path: str) -> str:
    return john.get(path).headers["ETag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_known_representation_is_304_and_empty(john: Member, form: str) -> None:
    tag = tag_of(john, "/apis/orders")

    answer = john.call("GET", "/apis/orders", headers={"if-none-match": form.format(tag)})

    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, "", tag)


def test_another_representation_is_sent(john: Member) -> None:
    assert john.call("GET", "/apis/orders", headers={"if-none-match": '"other"'}).status == 200


@pytest.mark.parametrize(("form", "status"), [("{}", 200), ('"other", {}', 200), ("*", 200), ("W/{}", 412), ("x", 412)])
def test_a_change_on_condition_needs_the_strong_tag(john: Member, form: str, status: int) -> None:
    path = f"/applications/{john.application()['applicationId']}"
    headers = {"if-match": form.format(tag_of(john, path))}

    answer = john.call("PUT", path, json_body={"name": "New", "throttlingPolicy": "Unlimited"}, headers=headers)

    assert answer.status == status


def test_a_made_subscription_is_deleted_with_the_tag_it_was_answered_with(john: Member) -> None:
    made = john.subscribe(john.application())
    path, tag = f"/subscriptions/{made.json['subscriptionId']}", made.headers["ETag"]

    assert john.call("DELETE", path, headers={"if-match": '"other"'}).status == 412
    assert john.call("DELETE", path, headers={"if-match": tag}).status == 200


@pytest.mark.parametrize(("method", "name"), [("DELETE", ""), ("POST", "/clean-up"), ("POST", "/generate-token")])
def test_keys_that_changed_are_left_alone(john: Member, method: str, name: str) -> None:
    application = john.application()
    keys = john.keys(application)
    path = f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}"
    tag = tag_of(john, path)
    john.put(path, {"supportedGrantTypes": ["client_credentials", "password"]})

    assert john.call(method, path + name, json_body={}, headers={"if-match": tag}).status == 412
    assert john.call(method, path + name, json_body={}, headers={"if-match": tag_of(john, path)}).status == 200


def test_single_resources_say_when_they_changed(john: Member) -> None:
    path = f"/applications/{john.application()['applicationId']}"

    assert NOW == 1_800_000_000
    assert john.get(path).headers["Last-Modified"] == "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_json_by_its_header_is_415(john: Member, media_type: str) -> None:
    body = {"name": "Shop", "throttlingPolicy": "Unlimited"}

    refused = john.call("POST", "/applications", json_body=body, headers={"content-type": media_type})

    assert (refused.status, refused.json["code"]) == (415, 415)
    assert [one["name"] for one in john.get("/applications").json["list"]] == ["DefaultApplication"]


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_say_more_of_itself(john: Member, media_type: str) -> None:
    body = {"name": "Shop", "throttlingPolicy": "Unlimited"}

    assert john.call("POST", "/applications", json_body=body, headers={"content-type": media_type}).status == 201


@pytest.mark.parametrize(
    ("groups", "visibility", "shown"),
    [
        ([], "SHARED_WITH_ORG", "SHARED_WITH_ORG"),
        (["everyone"], None, "SHARED_WITH_ORG"),
        (["everyone"], "PRIVATE", "PRIVATE"),
        ([], "PUBLIC", "PRIVATE"),
    ],
)
def test_wso2s_visibility_shares_with_the_organisation(
    john: Member, mary: Member, groups: list[str], visibility: str | None, shown: str
) -> None:
    made = john.application(groups=groups, visibility=visibility)

    assert made["visibility"] == shown
    seen = mary.get(f"/applications/{made['applicationId']}").status
    assert seen == (200 if shown == "SHARED_WITH_ORG" else 403)
