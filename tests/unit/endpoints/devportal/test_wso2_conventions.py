"""What scripts written for WSO2 take for granted: its messages, one application to begin with, JSON or 406."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.members import Member


def names(person: Member, **query: str) -> list[str]:
    return [one["name"] for one in person.get("/applications", **query).json["list"]]


def test_the_first_list_of_applications_holds_the_default_application(john: Member, mary: Member) -> None:
    first = john.get("/applications").json

    assert [(one["name"], one["throttlingPolicy"], one["owner"]) for one in first["list"]] == [
        ("DefaultApplication", "Unlimited", "john@gmail.com")
    ]
    assert first["pagination"]["total"] == 1
    assert john.get("/applications").json == first
    assert names(mary) == ["DefaultApplication"]


def test_the_default_application_is_found_by_its_name_beside_others(john: Member) -> None:
    john.application("Shop")

    assert names(john, query="DefaultApplication") == ["DefaultApplication"]
    assert names(john) == ["DefaultApplication", "Shop"]


def test_whoever_deletes_the_default_application_gets_no_other(john: Member) -> None:
    (made,) = john.get("/applications").json["list"]

    assert john.delete(f"/applications/{made['applicationId']}").status == 200

    assert names(john) == []
    assert names(john, query="DefaultApplication") == []


def test_an_own_application_of_that_name_stays_the_only_one(john: Member) -> None:
    made = john.application("defaultApplication")

    assert [one["applicationId"] for one in john.get("/applications").json["list"]] == [made["applicationId"]]


def test_lists_of_what_others_share_make_nothing(john: Member, mary: Member) -> None:
    assert names(john, groupId="employee") == []
    assert mary.get("/apis").status == 200
    assert names(john, query="Shop") == []


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("/applications/none", 900307, "Application not found"),
        ("/subscriptions/none", 900310, "Subscription not found"),
        ("/apis/none", 900308, "API Not Found"),
        ("/throttling-policies/application/none", 903005, "Throttling Policy Not Found"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_an_error_has_the_message_of_its_number(john: Member, path: str, code: int, message: str) -> None:
    refused = john.get(path).json

    assert (refused["code"], refused["message"]) == (code, message)


@pytest.mark.parametrize("accept", ["application/xml", "text/html, image/png", "application/json;q=0"])
def test_whoever_takes_no_json_gets_406(john: Member, accept: str) -> None:
    refused = john.call("GET", "/apis", headers={"accept": accept})

    assert (refused.status, refused.json["code"], refused.json["message"]) == (406, 406, "Not Acceptable")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*;q=0.5", "text/html, Application/JSON; charset=utf-8", "text/xml;q=0.9, */*;q=0.1"]
)
def test_whoever_takes_json_among_others_gets_it(john: Member, accept: str) -> None:
    assert john.call("GET", "/apis", headers={"accept": accept}).status == 200


def test_what_takes_no_json_changes_nothing(john: Member) -> None:
    body = {"name": "Shop", "throttlingPolicy": "Unlimited"}

    assert john.call("POST", "/applications", json_body=body, headers={"accept": "text/xml"}).status == 406
    assert names(john) == ["DefaultApplication"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name:*rde*", 1),
        ("*s", 1),
        ("or*er*", 1),
        ("o*x*", 0),
        ("*", 1),
        ("ord*rs*s", 0),
        ("version:1.*.0", 1),
        ("tag:*hop", 1),
    ],
)
def test_a_search_takes_wildcards_anywhere(john: Member, query: str, found: int) -> None:
    assert john.get("/apis", query=query).json["count"] == found


def test_order_may_be_written_in_capitals(john: Member) -> None:
    for name in ("a", "b"):
        john.application(name)

    assert names(john, sortOrder="DESC") == ["b", "a"]
    assert names(john, sortOrder="ASC", sortBy="throttlingTier") == ["a", "b"]


@pytest.mark.parametrize(("limit", "shown"), [("1", 1), ("0", 25), ("-5", 1), ("1000", 1000), ("100000", 1000)])
def test_a_limit_is_kept_within_1000_and_said(john: Member, limit: str, shown: int) -> None:
    assert john.get("/tags", limit=limit).json["pagination"]["limit"] == shown


@pytest.mark.parametrize(
    "description",
    [pytest.param("x" * 300_000, id="long"), pytest.param('"' * 80_000, id="quotes, which are escaped twice")],
)
def test_an_answer_that_lambda_could_not_send_asks_for_a_smaller_limit(
    john: Member, organisations: DirectoryWriter, description: str
) -> None:
    for number in range(19):
        organisations.save_api(factories.api(api_id=f"api-{number}", name=f"api-{number}", description=description))

    refused = john.get("/apis", limit="100")

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_limit")
    assert john.get("/apis", limit="5").json["count"] == 5


def test_a_listed_subscription_says_all_of_its_application(john: Member) -> None:
    application = john.application("Shop", throttlingPolicy="10PerMin")
    made = john.subscribe(application).json

    of_application = john.get("/subscriptions", applicationId=application["applicationId"]).json["list"]
    of_api = john.get("/subscriptions", apiId="orders").json["list"]

    assert of_application == of_api == [made]
    assert made["applicationInfo"]["throttlingPolicy"] == "10PerMin"
    assert made["applicationInfo"]["subscriptionCount"] == 1
