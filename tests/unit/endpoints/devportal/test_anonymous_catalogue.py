"""The catalogue without a token, where an organisation has turned it on (WSO2's anonymous mode)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints import requests
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, http_events
from tests.refusals import answered
from tests.unit.endpoints.members import BASE, Member

type AskAnonymously = Callable[..., Any]


@pytest.fixture
def opened(organisations: DirectoryWriter) -> DirectoryWriter:
    """Johns Org with its catalogue open, APIs of all kinds, and one that Acme shares with it."""
    organisations.save_organisation(factories.organisation(anonymous_catalogue=True))
    for api_id, fields in {
        "staff": {"visible_roles": frozenset({"manager"})},
        "members": {"visible_roles": frozenset({"everyone"})},
        "draft": {"lifecycle": "CREATED"},
        "retired": {"lifecycle": "RETIRED"},
    }.items():
        organisations.save_api(factories.api(api_id=api_id, name=api_id, **fields))
    organisations.save_api(factories.api(organisation="acme", api_id="shared", name="shared", visibility="ALL"))
    return organisations


@pytest.fixture
def visit(store: Store) -> AskAnonymously:
    """Call the JSON API without a token."""

    def visit(path: str, tenant: str = "johnsorg", method: str = "GET", **headers: str) -> Any:
        named = {"x-wso2-tenant": tenant} if tenant else {}
        answer: Any = answered(
            store.json_api.answer, requests.parse(http_events.http(method, BASE + path, headers=named | headers))
        )
        return answer["statusCode"], json.loads(answer["body"] or "null")

    return visit


@pytest.mark.usefixtures("opened")
def test_unrestricted_apis_are_listed_without_a_token(visit: AskAnonymously) -> None:
    status, body = visit("/apis")

    assert (status, [one["id"] for one in body["list"]]) == (200, ["orders"])


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    "path", ["/apis/orders", "/apis/orders/swagger", "/apis/orders/documents", "/search", "/tags", "/apis?limit=1"]
)
def test_what_belongs_to_the_catalogue_is_read_without_a_token(visit: AskAnonymously, path: str) -> None:
    assert visit(path)[0] == 200


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("api", ["staff", "members", "draft", "retired", "nothing", "shared@acme", "shared"])
@pytest.mark.parametrize("part", ["", "/swagger", "/documents", "/thumbnail"])
def test_restricted_apis_are_not_found(visit: AskAnonymously, api: str, part: str) -> None:
    assert visit(f"/apis/{api}{part}")[0] == 404


@pytest.mark.usefixtures("opened")
def test_restricted_apis_leave_no_trace_in_search_and_tags(visit: AskAnonymously) -> None:
    assert {one["id"] for one in visit("/search")[1]["list"] if "id" in one} == {"orders"}
    assert all(one["count"] == 1 for one in visit("/tags")[1]["list"])


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/applications", "GET"),
        ("/applications", "POST"),
        ("/subscriptions", "GET"),
        ("/settings", "GET"),
        ("/me/change-password", "POST"),
    ],
)
def test_nothing_else_opens(visit: AskAnonymously, path: str, method: str) -> None:
    assert visit(path, method=method)[0] == 401


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("tenant", ["", "acme", "nobody", "Not A Key", "a" * 100])
def test_other_organisations_stay_closed_and_do_not_differ_from_unknown_ones(
    visit: AskAnonymously, tenant: str
) -> None:
    assert visit("/apis", tenant)[0] == 401


@pytest.mark.usefixtures("opened")
def test_a_bad_token_is_not_taken_for_none(visit: AskAnonymously) -> None:
    assert visit("/apis", authorization="Bearer gha_nothing")[0] == 401


def test_an_inactive_organisation_is_closed(opened: DirectoryWriter, visit: AskAnonymously) -> None:
    opened.save_organisation(factories.organisation(anonymous_catalogue=True, is_active=False))

    assert visit("/apis")[0] == 401


def test_it_is_off_until_an_administrator_turns_it_on(visit: AskAnonymously, john: Member) -> None:
    assert visit("/apis")[0] == 401
    assert john.get("/settings").json["IsAnonymousModeEnabled"] is False
