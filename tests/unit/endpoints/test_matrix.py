"""Who is refused what: every operation of the three JSON APIs and every page, from their tables, with real ids."""

import base64
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gatehouse.bootstrap import publisher
from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import apis
from gatehouse.domain.kernel import builtin
from gatehouse.endpoints import requests
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Operation
from gatehouse.endpoints.store.site import Site
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events
from tests.answers import Answer
from tests.refusals import answered
from tests.unit import described
from tests.unit.endpoints import access, tables_of_operations
from tests.unit.endpoints.members import Member
from tests.unit.endpoints.store.browser import StoreBrowser
from tests.unit.endpoints.test_isolation import bodies, snapshot

ALL_ROLES = frozenset({"employee", builtin.ADMIN, builtin.PUBLISHER})
JOHN = factories.user(roles=ALL_ROLES)
MARY = factories.user(user_id="user-mary", username="mary@gmail.com", roles=ALL_ROLES)
ROOT = factories.user(organisation="acme", user_id="user-root", username="root", roles=ALL_ROLES)
MEMBER = factories.user(user_id="user-mary", username="mary@gmail.com", roles=frozenset({"employee"}))

DOCUMENT = {"openapi": "3.0.3", "info": {"title": "orders", "version": "2.0.0"}, "paths": {}}
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
MORE_BODIES: dict[str, Any] = {
    "Invitation": {"username": "eve@x.example"},
    "Import": {"content": "username\nzoe@x.example\n"},
    "Roles": {"roles": []},
    "ClientScopes": {"scopes": []},
    "ApiRestrictionDraft": {"blocked": False},
    "Decision": {"approved": True},
    "OrganisationSettingsChange": {"selfSignUp": True},
    "MailDomainDraft": {"domain": "example.com", "providerId": "x"},
    "IdentityProviderDraft": {"id": "x", "name": "x", "issuer": "http://x.example", "clientId": "x"},
    "ClientBlock": {"blocked": True},
    "Logo": {"content": PICTURE},
    "PublishRequest": {"document": DOCUMENT},
    "LifecycleChange": {"lifecycle": "BLOCKED"},
    "Thumbnail": {"content": PICTURE},
    "DocumentDraft": {"name": "x", "content": "x"},
    "SubscriptionState": {"state": "BLOCKED"},
}

type Ask = Callable[[User, Iterable[str], Operation], Answer]


@pytest.fixture
def ids(john: Member) -> dict[str, str]:
    """What John has, shared with nobody."""
    application = john.application("Johns shop", description="private thing")
    return {
        "applicationId": application["applicationId"],
        "keyMappingId": john.keys(application)["keyMappingId"],
        "keyType": "PRODUCTION",
        "subscriptionId": john.subscribe(application).json["subscriptionId"],
        "apiId": "orders",
        "documentId": "start",
        "format": "postman",
        "sessionId": "none",
        "passkeyId": "none",
        "browserId": "none",
        "policyLevel": "application",
        "policyId": "Unlimited",
        "username": "john@gmail.com",
        "action": "disable",
        "scope": "read",
        "kind": "x",
        "providerId": "x",
        "domain": "example.com",
        "clientId": "dyn.agent",
    }


@pytest.fixture
def built(store: Store, tables: Tables) -> dict[str, JsonApi]:
    published = publisher.build(factories.settings(), tables)
    return {"devportal": store.json_api, "admin v4": store.admin_api, "publisher v1": published}


@pytest.fixture
def bearer(tables: Tables, organisations: DirectoryWriter) -> Callable[[User, Iterable[str]], str]:
    """Return an access token with just these scopes, whatever the roles of the user would get him."""

    def make(user: User, scopes: Iterable[str]) -> str:
        organisations.save_user(user)
        client_id, application_id = f"client-of-{user.organisation}", f"app-of-{user.organisation}"
        organisations.save_application(
            apis.Application(
                organisation=user.organisation, application_id=application_id, name="Client", owner_id="nobody"
            )
        )
        organisations.save_client(
            factories.client(organisation=user.organisation, client_id=client_id, application_id=application_id)
        )
        return access.grant(
            tables,
            user,
            frozenset(scopes),
            organisation=user.organisation,
            client_id=client_id,
            application_id=application_id,
        )

    return make


@pytest.fixture
def ask(
    built: dict[str, JsonApi], ids: dict[str, str], bearer: Callable[[User, Iterable[str]], str]
) -> Callable[[str], Ask]:
    given = bodies(ids) | MORE_BODIES
    held: dict[tuple[str, frozenset[str]], str] = {}

    def of(name: str) -> Ask:
        def call(user: User, scopes: Iterable[str], one: Operation) -> Answer:
            known = (user.user_id, frozenset(scopes))
            held[known] = held.get(known) or bearer(user, scopes)
            path = built[name].base + one.path.format_map(ids)
            more = {"json_body": given[one.takes]} if one.takes else {}
            query = {"applicationId": ids["applicationId"]} if "applicationId" in one.query else {}
            headers = {"authorization": f"Bearer {held[known]}"}
            sent = http_events.http(one.method, path, headers=headers, query=query, **more)
            response: Any = answered(built[name].answer, requests.parse(sent))
            described.check(built[name], one.method, path, response)
            return Answer.of(response)

        return call

    return of


def test_the_tables_are_those_of_the_deployed_apis(built: dict[str, JsonApi]) -> None:
    for name, api in built.items():
        routed = [(one.method, one.path) for one in api.operations]
        assert sorted(routed) == sorted((one.method, one.path) for one in tables_of_operations.ALL[name])


@pytest.mark.parametrize("name", tables_of_operations.ALL)
def test_a_token_with_every_scope_but_those_of_an_operation_is_401_there(
    name: str, ask: Callable[[str], Ask], john: Member, ids: dict[str, str]
) -> None:
    before = snapshot(john, ids)

    for one in tables_of_operations.ALL[name]:
        if one.scopes:
            refused = ask(name)(JOHN, builtin.SCOPES.keys() - one.scopes, one)
            assert (refused.status, refused.json["description"]) == (401, "Unauthenticated request"), one.path

    assert snapshot(john, ids) == before


@pytest.mark.parametrize("name", ["admin v4", "publisher v1"])
def test_a_member_without_the_role_is_401_whatever_his_token_says(
    name: str, ask: Callable[[str], Ask], john: Member, ids: dict[str, str]
) -> None:
    before = snapshot(john, ids)

    for one in tables_of_operations.ALL[name]:
        assert ask(name)(MEMBER, builtin.SCOPES, one).status == 401, one.path

    assert snapshot(john, ids) == before


def test_a_member_of_the_organisation_opens_and_changes_nothing_that_is_not_his(
    ask: Callable[[str], Ask], john: Member, ids: dict[str, str]
) -> None:
    before = snapshot(john, ids)
    own = {"{applicationId}", "{subscriptionId}", "{keyMappingId}"}
    asked = 0

    for one in tables_of_operations.ALL["devportal"]:
        if one.path == "/me/sessions" or one.takes == "PasswordChange":
            continue
        answer = ask("devportal")(MARY, builtin.SCOPES, one)
        for private in ("Johns shop", "private thing", ids["keyMappingId"]):
            assert private not in answer.body, one.path
        if any(part in own for part in one.path.split("/")) or one.takes.startswith("Subscription"):
            asked += 1
            assert answer.status in {403, 404}, (one.method, one.path, answer.status)

    assert asked > 25
    assert snapshot(john, ids) == before


@pytest.mark.parametrize("name", tables_of_operations.ALL)
def test_an_administrator_of_another_organisation_opens_and_changes_nothing(
    name: str, ask: Callable[[str], Ask], john: Member, ids: dict[str, str]
) -> None:
    before = [*snapshot(john, ids), john.get("/apis/orders").json]

    for one in sorted(tables_of_operations.ALL[name], key=lambda one: one.takes == "PublishRequest"):
        if one.path == "/me/sessions":
            continue
        answer = ask(name)(ROOT, builtin.SCOPES, one)  # what he publishes, at last, is his own organisation's
        for private in ("Johns", "john@gmail.com", "private thing", "johnsorg", ids["keyMappingId"]):
            assert private not in answer.body, (one.method, one.path)
        if "{" in one.path and "throttling" not in one.path and one.takes != "PublishRequest":
            assert answer.status == 404, (one.method, one.path, answer.status)

    assert [*snapshot(john, ids), john.get("/apis/orders").json] == before


def test_a_member_of_the_organisation_opens_no_page_of_anothers_application(
    site: Site, tables: Tables, john: Member, ids: dict[str, str]
) -> None:
    before = snapshot(john, ids)
    mary = StoreBrowser(site, tables)
    mary.sign_in(factories.user(user_id="user-mary", username="mary@gmail.com"))
    asked = 0

    for route in site.routes:
        path = route.path.format_map({**ids, "keyType": "production"})
        answer = mary.get(path) if route.method == "GET" else mary.post(path, {"name": "x", "owner": "peter"})
        assert "Johns shop" not in answer.body, (route.method, route.path)
        if "{applicationId}" in route.path or "{subscriptionId}" in route.path:
            asked += 1
            assert answer.status in {403, 404}, (route.method, route.path, answer.status)
        if "signed-out" in answer.location:
            mary.now_ms += 1000
            mary.sign_in(factories.user(user_id="user-mary", username="mary@gmail.com"))

    assert asked > 15
    assert snapshot(john, ids) == before


def test_bodies_hold_every_schema_that_an_operation_takes(ids: dict[str, str]) -> None:
    taken = {one.takes for table in tables_of_operations.ALL.values() for one in table if one.takes}

    assert taken <= (bodies(ids) | MORE_BODIES).keys()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/api/am/devportal/v2/applications", "/api/am/devportal/v3", "/api/am/devportal"])
def test_what_is_none_of_the_json_apis_is_a_404_for_programs_and_no_page_of_sign_in(
    store: Store, method: str, path: str
) -> None:
    event = http_events.http(method, path)

    answer = Answer.of(answered(lambda request: store.answer(request, event), requests.parse(event)))

    assert (answer.status, answer.json["code"]) == (404, 404)
