"""Two administrators who looked at the same thing: the second one to save is told, at the pages and by If-Match."""

from dataclasses import dataclass

import pytest

from gatehouse.domain.apis.restrictions import UNRESTRICTED, ApiRestriction
from gatehouse.domain.kernel.audit import Entry
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests import factories, pages
from tests.answers import Answer
from tests.unit.endpoints import tables_of_operations
from tests.unit.endpoints.members import Admin, Member
from tests.unit.endpoints.store.browser import StoreBrowser

MARY = "/store/admin/members/mary%40gmail.com"


@dataclass
class OverwrittenForm:
    """A form of a page: where it is, how it is found there, and what two people make of it."""

    page: str
    action: str
    first: dict[str, str]
    second: dict[str, str]
    typed: str
    """What of the second one is on the page that refuses it."""


FORMS = {
    "settings": OverwrittenForm(
        "/store/admin",
        "/store/admin",
        {"name": "Johns", "lockOutMinutes": "5"},
        {"name": "Johns", "lockOutMinutes": "7"},
        'value="7"',
    ),
    "roles": OverwrittenForm(
        MARY, MARY, {"roles": "manager clerk", "createRoles": "on"}, {"roles": "manager"}, 'value="manager"'
    ),
    "a scope": OverwrittenForm(
        "/store/admin/apis/orders",
        "/store/admin/apis/orders/scope",
        {"scope": "delete", "roles": "clerk", "bound": "yes"},
        {"scope": "delete", "roles": "manager", "bound": "yes"},
        'name="roles" value="manager"',
    ),
    "limits": OverwrittenForm(
        "/store/admin/apis/orders",
        "/store/admin/apis/orders/restriction",
        {"visibility": "ORGANISATION", "visible_roles": "manager"},
        {"visibility": "ORGANISATION", "visible_roles": "clerk"},
        'name="visible_roles" value="clerk"',
    ),
    "a tier": OverwrittenForm(
        "/store/admin/apis/orders",
        "/store/admin/apis/orders/tiers",
        {"open_tier": "DefaultSubscriptionless"},
        {"open_tier": ""},
        '<option value="DefaultSubscriptionless">',
    ),
}


def form_of(page: Answer, action: str) -> dict[str, str]:
    """Return the hidden fields of the form of a page that goes there."""
    form = next(one for one in page.body.split("<form")[1:] if f'action="{action}"' in one.partition(">")[0])
    return pages.hidden(f"<form{form}")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_shows_what_has_changed_since_is_refused_and_keeps_what_was_typed(
    browser: StoreBrowser, name: str
) -> None:
    form = FORMS[name]
    seen = form_of(browser.get(form.page), form.action)

    first = browser.post(form.action, {**seen, **form.first})
    second = browser.post(form.action, {**seen, **form.second})

    assert (first.status, second.status) == (303, 409)
    assert "changed after you opened this page" in second.body
    assert form.typed in second.body
    assert browser.post(form.action, {**form_of(second, form.action), **form.second}).status == 303


@pytest.mark.parametrize("seen", [{}, {"seen": ""}], ids=["none", "an empty one"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_does_not_say_what_it_shows_is_refused_likewise(
    browser: StoreBrowser, name: str, seen: dict[str, str]
) -> None:
    form = FORMS[name]
    shown = form_of(browser.get(form.page), form.action)
    del shown["seen"]

    assert browser._send("POST", form.action, form={**shown, **form.first, **seen}).status == 409


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        pytest.param("/settings", {"lockOutMinutes": 5}, {"lockOutMinutes": 7}, id="settings"),
        pytest.param("/members/mary@gmail.com", {"roles": ["clerk"]}, {"roles": ["manager"]}, id="roles"),
        pytest.param("/apis/orders/restrictions", {"blocked": True}, {"visibility": "ORGANISATION"}, id="limits"),
        pytest.param("/apis/orders/scopes/update", {"roles": ["clerk"]}, {"roles": ["manager"]}, id="a scope"),
        pytest.param("/apis/orders/scopes/update", {"roles": []}, {"roles": ["manager"]}, id="a scope of nobody"),
    ],
)
def test_a_put_with_the_tag_of_an_older_answer_is_412(
    admin: Admin, path: str, first: dict[str, object], second: dict[str, object]
) -> None:
    tag = admin("GET", path).headers["ETag"]

    assert admin("PUT", path, first, headers={"if-match": tag}).status == 200
    assert admin("PUT", path, second, headers={"if-match": tag}).status == 412
    assert admin("PUT", path, second).status == 200


def test_another_tier_asked_for_with_the_tag_of_an_older_answer_is_412(john: Member) -> None:
    path = f"/subscriptions/{john.subscribe(john.application()).json['subscriptionId']}"
    found = john.get(path)
    tag = {"if-match": found.headers["ETag"]}
    wanted = {**found.json, "requestedThrottlingPolicy": "Gold"}

    assert john.call("PUT", path, json_body=wanted, headers=tag).status == 200
    assert john.call("PUT", path, json_body=found.json, headers=tag).status == 412
    assert john.get(path).json["throttlingPolicy"] == "Gold"


def test_scopes_of_an_application_with_the_tag_of_an_older_answer_are_412(admin: Admin, john: Member) -> None:
    application = john.application()
    john.subscribe(application)
    path = f"/applications/{application['applicationId']}/client-scopes"
    first = admin("GET", path)
    tag = first.headers["ETag"]

    assert first.json == {"scopes": []}
    assert admin("PUT", path, {"scopes": ["delete"]}, headers={"if-match": tag}).status == 200
    assert admin("PUT", path, {"scopes": ["update"]}, headers={"if-match": tag}).status == 412
    assert admin("GET", path).json == {"scopes": ["delete"]}


def test_the_form_of_an_applications_scopes_is_refused_likewise(
    browser: StoreBrowser, admin: Admin, john: Member
) -> None:
    application = john.application()
    john.subscribe(application)
    one = f"/store/admin/applications/{application['applicationId']}"
    path = f"/applications/{application['applicationId']}/client-scopes"
    seen = form_of(browser.get(one), one)
    admin("PUT", path, {"scopes": ["delete"]})

    refused = browser.post(one, seen)

    assert (refused.status, "changed after you opened this page" in refused.body) == (409, True)
    assert 'name="scope delete">' in refused.body
    assert admin("GET", path).json == {"scopes": ["delete"]}
    assert browser.post(one, {**form_of(refused, one), "scope update": "on"}).status == 303


def test_a_scope_is_left_to_the_documents_only_if_nobody_bound_it_since(admin: Admin) -> None:
    path = "/apis/orders/scopes/update"
    tag = admin("GET", path).headers["ETag"]
    admin("PUT", path, {"roles": ["clerk"]})

    assert admin("DELETE", path, headers={"if-match": tag}).status == 412
    assert admin("DELETE", path, headers={"if-match": admin("GET", path).headers["ETag"]}).status == 200
    assert admin("GET", path).json == {"scope": "update", "bound": False, "roles": []}


def test_what_changed_since_an_administrator_saw_it_is_not_deleted(admin: Admin, john: Member, tables: Tables) -> None:
    DynamoDBRegisteredClients(tables).add_registered("johnsorg", factories.registered_client(), factories.NOW)
    paths = [
        f"/applications/{john.application()['applicationId']}",
        f"/registered-clients/{factories.registered_client().client_id}",
    ]

    for path in paths:
        tag = admin("GET", path).headers["ETag"]
        assert admin("DELETE", path, headers={"if-match": '"other"'}).status == 412
        assert admin("DELETE", path, headers={"if-match": tag}).status == 200


def test_whatever_has_a_tag_is_changed_and_deleted_on_condition() -> None:
    for table in tables_of_operations.ALL.values():
        tagged = {one.path for one in table if one.method == "GET"} - {"/me/sessions"}  # a list
        missing = [
            f"{one.method} {one.path}"
            for one in table
            if one.method in {"PUT", "DELETE"} and one.path in tagged and 412 not in one.statuses
        ]
        assert missing == []


def test_a_publishers_block_that_is_sent_back_stays_theirs(admin: Admin, tables: Tables) -> None:
    blocked = ApiRestriction(blocked_by="publisher")
    entry = Entry(organisation="johnsorg", at_ms=0, actor="mary@gmail.com", action="api.lifecycle", target="orders")
    DynamoDBRestrictions(tables).restrict_api("johnsorg", "orders", UNRESTRICTED, blocked, entry)
    path = "/apis/orders/restrictions"
    found = admin("GET", path).json

    limited = admin("PUT", path, {**found, "visibility": "ORGANISATION"}).json
    taken = admin("PUT", path, {"blocked": True}).json
    claimed = admin("PUT", path, {"blocked": True, "blockedBy": "publisher"}).json

    assert (limited["blockedBy"], limited["visibility"]) == ("publisher", "ORGANISATION")
    assert (taken["blockedBy"], claimed["blockedBy"]) == ("administrator", "administrator")


def test_the_owners_forms_are_refused_likewise(site: Site, tables: Tables, john: Member) -> None:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    application = john.application("Shop")
    one = f"/store/applications/{application['applicationId']}"
    seen = form_of(browser.get(one), one)
    john.put(f"/applications/{application['applicationId']}", {"name": "Shop", "throttlingPolicy": "50PerMin"})

    refused = browser.post(one, {**seen, "name": "Shop", "throttling_policy": "Unlimited", "token_format": "opaque"})

    assert refused.status == 409
    assert john.get(f"/applications/{application['applicationId']}").json["throttlingPolicy"] == "50PerMin"


def test_the_form_of_keys_is_refused_likewise(site: Site, tables: Tables, john: Member) -> None:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    application = john.application("Shop")
    keys = john.keys(application)
    tab = f"/store/applications/{application['applicationId']}/keys/production"
    seen = form_of(browser.get(f"{tab}/settings"), f"{tab}/change")
    body = {"supportedGrantTypes": ["password"]}
    john.put(f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}", body)

    assert browser.post(f"{tab}/change", {**seen, "grant client_credentials": "on", "pkce": "on"}).status == 409
