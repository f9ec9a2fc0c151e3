"""`/applications` of the Developer Portal API, as WSO2 documents it."""

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.members import Member, SignIn


def test_a_made_application_is_answered_with_its_place(john: Member) -> None:
    made = john.post("/applications", {"name": "Shop", "throttlingPolicy": "10PerMin", "description": "Sells"})

    assert made.status == 201
    assert made.headers["Location"] == f"/api/am/devportal/v3/applications/{made.json['applicationId']}"
    assert {name: made.json[name] for name in ("name", "owner", "status", "throttlingPolicy", "tokenType")} == {
        "name": "Shop",
        "owner": "john@gmail.com",
        "status": "APPROVED",
        "throttlingPolicy": "10PerMin",
        "tokenType": "OAUTH",
    }


def test_a_name_that_is_taken_is_409(john: Member) -> None:
    john.application("Shop")

    again = john.post("/applications", {"name": "Shop", "throttlingPolicy": "Unlimited"})

    assert (again.status, again.json["code"]) == (409, 409)
    assert again.json["description"] == "An application already exists with name Shop"


MESSAGES = {400: "Bad Request", 900304: "The tier cannot be null.", 900305: "The tier name is invalid."}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"name": "Shop"}, 900304, id="no tier"),
        pytest.param({"name": "Shop", "throttlingPolicy": "Huge"}, 900305, id="an unknown tier"),
        pytest.param({"throttlingPolicy": "Unlimited"}, 400, id="no name"),
        pytest.param({"name": 5, "throttlingPolicy": "Unlimited"}, 400, id="a number as name"),
        pytest.param({"name": "x", "throttlingPolicy": "Unlimited", "tokenType": "X"}, 400, id="a wrong token type"),
        pytest.param({"name": "x", "throttlingPolicy": "Unlimited", "groups": "x"}, 400, id="groups no list"),
        pytest.param([], 400, id="a list"),
    ],
)
def test_a_wrong_body_is_400(john: Member, body: object, code: int) -> None:
    refused = john.call("POST", "/applications", json_body=body)

    assert (refused.status, refused.json["code"], refused.json["message"]) == (400, code, MESSAGES[code])


def test_a_body_that_is_no_json_is_400(john: Member) -> None:
    refused = john.call("POST", "/applications", json_body="{")

    assert (refused.status, refused.json["description"]) == (400, "Malformed request body.")


def test_no_body_is_400(john: Member) -> None:
    assert john.post("/applications").json["description"] == "Request payload cannot be empty."


def test_the_list_has_wso2s_envelope_and_links_with_cursors(john: Member) -> None:
    for name in ("c", "a", "b"):
        john.application(name)

    first = john.get("/applications", limit=2).json
    second = john.call("GET", first["pagination"]["next"]).json

    assert [one["name"] for one in first["list"] + second["list"]] == ["a", "b", "c"]
    assert (first["count"], first["pagination"]["total"], first["pagination"]["previous"]) == (2, 3, "")
    assert (second["pagination"]["next"], second["pagination"]["offset"]) == ("", 2)
    assert john.call("GET", second["pagination"]["previous"]).json["list"] == first["list"]


def test_the_list_sorts_both_ways(john: Member) -> None:
    for name, tier in (("a", "Unlimited"), ("b", "10PerMin")):
        john.application(name, throttlingPolicy=tier)

    names = [one["name"] for one in john.get("/applications", sortOrder="desc").json["list"]]
    by_tier = [one["name"] for one in john.get("/applications", sortBy="throttlingPolicy").json["list"]]

    assert (names, by_tier) == (["b", "a"], ["b", "a"])


def test_the_list_finds_one_by_its_name(john: Member) -> None:
    john.application("Shop")

    assert [one["name"] for one in john.get("/applications", query="shop").json["list"]] == ["Shop"]
    assert john.get("/applications", query="sho").json["count"] == 0


@pytest.mark.parametrize("query", [{"sortBy": "x"}, {"limit": "x"}, {"offset": "-"}, {"cursor": "x"}], ids=str)
def test_a_wrong_query_is_400(john: Member, query: dict[str, str]) -> None:
    assert john.get("/applications", **query).status == 400


def test_an_application_is_changed(john: Member) -> None:
    made = john.application()
    path = f"/applications/{made['applicationId']}"

    changed = john.put(path, {"name": "Shop 2", "throttlingPolicy": "20PerMin", "attributes": {"team": "web"}})

    assert changed.status == 200
    assert john.get(path).json["attributes"] == {"team": "web"}
    assert john.get(path).json["name"] == "Shop 2"


def test_if_match_guards_a_change(john: Member) -> None:
    made = john.application()
    path = f"/applications/{made['applicationId']}"
    known = john.get(path).headers["ETag"]
    body = {"name": "New", "throttlingPolicy": "Unlimited"}

    assert john.call("PUT", path, json_body=body, headers={"if-match": known}).status == 200
    assert john.call("PUT", path, json_body=body, headers={"if-match": known}).status == 412
    assert john.call("DELETE", path, headers={"if-match": known}).status == 412


def test_if_none_match_saves_the_body(john: Member) -> None:
    made = john.application()
    path = f"/applications/{made['applicationId']}"
    known = john.get(path).headers["ETag"]

    again = john.call("GET", path, headers={"if-none-match": known})

    assert (again.status, again.body) == (304, "")


def test_a_deleted_application_is_404(john: Member) -> None:
    made = john.application()
    path = f"/applications/{made['applicationId']}"

    assert john.delete(path).status == 200
    assert john.get(path).status == 404


def test_anothers_application_is_403_and_an_unknown_one_404(john: Member, mary: Member) -> None:
    made = john.application()
    path = f"/applications/{made['applicationId']}"
    body = {"name": "x", "throttlingPolicy": "Unlimited"}

    answers = [mary.get(path), mary.put(path, body), mary.delete(path), mary.get("/applications/none")]

    assert [one.status for one in answers] == [403, 403, 403, 404]


def test_a_shared_application_is_used_by_its_group(john: Member, mary: Member) -> None:
    made = john.application(groups=["employee"])
    path = f"/applications/{made['applicationId']}"

    listed = mary.get("/applications", groupId="employee").json

    assert [one["name"] for one in listed["list"]] == ["Shop"]
    assert mary.get(path).status == 200
    assert mary.delete(path).status == 403
    assert mary.subscribe(made).status == 201


def test_an_application_is_transferred_with_its_subscriptions_when_its_recipient_accepts(
    john: Member, mary: Member
) -> None:
    made = john.application()
    john.subscribe(made)
    path = f"/applications/{made['applicationId']}"
    transfer = f"/application-transfers/{made['applicationId']}"

    offered = john.post(f"{path}/change-owner", {"owner": "mary@gmail.com"})

    assert (offered.status, offered.json["owner"]) == (200, "john@gmail.com")
    assert mary.get(path).status == 403
    assert [one["name"] for one in mary.get("/application-transfers").json["list"]] == [made["name"]]
    assert john.post(f"{transfer}/accept", {}).status == 404
    taken = mary.post(f"{transfer}/accept", {})
    assert (taken.status, taken.json["owner"]) == (200, "mary@gmail.com")
    assert john.get(path).status == 403
    assert mary.get("/application-transfers").json["list"] == []
    assert mary.get("/subscriptions", apiId="orders").json["pagination"]["total"] == 1
    assert john.get("/subscriptions", apiId="orders").json["list"] == []


def test_an_application_is_found_by_its_name_in_any_spelling(john: Member) -> None:
    made = john.application("Café Zürich")

    for typed in ("Café Zürich", "Cafe\u0301 Zu\u0308rich", " CAFÉ ZÜRICH "):
        found = john.get("/applications", query=typed).json["list"]
        assert [one["applicationId"] for one in found] == [made["applicationId"]]
    for typed in ("Café", "x" * 3000, "Café\u202eZürich"):
        assert john.get("/applications", query=typed).json["list"] == []


def test_a_transfer_answers_with_the_tag_that_the_application_has_then(john: Member, mary: Member) -> None:
    made = john.application()
    john.subscribe(made)
    path = f"/applications/{made['applicationId']}"

    offered = john.post(f"{path}/change-owner", {"owner": "mary@gmail.com"})
    shown = john.get(path)
    taken = mary.post(f"/application-transfers/{made['applicationId']}/accept", {})

    assert shown.json["subscriptionScopes"] != []
    assert offered.headers["ETag"] == shown.headers["ETag"]
    assert taken.headers["ETag"] == mary.get(path).headers["ETag"]


def test_s9_secrets_and_tokens_end_with_the_transfer(store: Store, john: Member, mary: Member) -> None:
    made = john.application()
    john.subscribe(made)
    keys = john.keys(made)
    john.post(f"/applications/{made['applicationId']}/change-owner", {"owner": "mary@gmail.com"})
    before = store.portal.key_sets.find_client(keys["consumerKey"])
    assert before is not None
    assert before.secrets

    mary.post(f"/application-transfers/{made['applicationId']}/accept", {})

    after = store.portal.key_sets.find_client(keys["consumerKey"])
    assert after is not None
    assert (after.secrets, after.generation != before.generation) == ((), True)


@pytest.mark.parametrize("who", ["john", "mary"])
def test_a_transfer_is_declined_or_withdrawn(john: Member, mary: Member, who: str) -> None:
    made = john.application()
    john.post(f"/applications/{made['applicationId']}/change-owner", {"owner": "mary@gmail.com"})
    transfer = f"/application-transfers/{made['applicationId']}"

    assert {"john": john, "mary": mary}[who].post(f"{transfer}/decline", {}).status == 200

    assert mary.post(f"{transfer}/accept", {}).status == 404
    assert mary.get("/application-transfers").json["list"] == []


@pytest.mark.parametrize("owner", ["nobody", "alice@gmail.com@acme", ""], ids=str)
def test_an_application_is_handed_over_to_members_only(john: Member, owner: str) -> None:
    made = john.application()

    refused = john.post(f"/applications/{made['applicationId']}/change-owner", {"owner": owner})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_owner")


@pytest.mark.parametrize(
    ("authorization", "code", "fault"),
    [
        pytest.param("", 900902, "", id="no token"),
        pytest.param("Basic am9objp4", 900902, "", id="another scheme"),
        pytest.param("Bearer gha_x", 900901, ', error="invalid_token"', id="no token of ours"),
    ],
)
def test_without_a_token_it_is_401(store: Store, authorization: str, code: int, fault: str) -> None:
    nobody = Member(store, "")
    nobody.headers = {"authorization": authorization}

    refused = nobody.get("/applications")

    assert (refused.status, refused.json["code"]) == (401, code)
    assert refused.headers["WWW-Authenticate"] == f'Bearer realm="gatehouse"{fault}'


def test_a_missing_scope_is_401_as_in_wso2(sign_in: SignIn) -> None:
    poor = sign_in(factories.user(), "default")

    refused = poor.get("/applications")

    assert (refused.status, refused.json["code"], refused.json["description"]) == (401, 401, "Unauthenticated request")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="gatehouse", error="insufficient_scope"'


def test_another_tenant_in_the_header_is_refused(john: Member) -> None:
    refused = john.call("GET", "/applications", headers={"x-wso2-tenant": "acme"})

    assert (refused.status, refused.json["code"]) == (400, 901300)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PATCH", "/applications", 405), ("GET", "/applications//", 404)],
)
def test_what_does_not_exist_is_said_in_wso2s_words(john: Member, method: str, path: str, status: int) -> None:
    assert john.call(method, path).json["code"] == status


def test_a_member_has_as_many_applications_as_the_organisation_allows(
    john: Member, mary: Member, organisations: DirectoryWriter
) -> None:
    organisations.save_organisation(factories.organisation(name="Johns Org", quotas={"applications": 2}))
    (first,) = [john.application(name) for name in ("First",)]
    john.application("Second")

    refused = john.post("/applications", {"name": "Third", "throttlingPolicy": "Unlimited"})

    assert (refused.status, "as many applications as a member may have" in refused.json["description"]) == (409, True)
    assert mary.application("Third")["name"] == "Third"
    assert john.delete(f"/applications/{first['applicationId']}").status == 200
    assert john.application("Third")["name"] == "Third"
