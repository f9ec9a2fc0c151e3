"""Two administrators at one thing: the second is told."""

from copy import replace

import pytest

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis.published_apis import ApiDraft as ApiDraft
from gatehouse.domain.apis.published_apis import find as find_api
from gatehouse.domain.apis.publishing import publish
from gatehouse.domain.kernel.refusals import ConflictError
from gatehouse.domain.portal import (
    api_restrictions,
    client_scopes,
    client_secrets,
    members,
    organisation_settings,
)
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory_writer import AlreadyExistsError, DirectoryWriter
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories
from tests.recording_transport import RecordingTransport
from tests.unit.storage.racing import ADA, BOB, JOHN, Store
from tests.unit.storage.racing import store as store


def test_two_administrators_who_bind_two_scopes_keep_both(store: Store, transport: RecordingTransport) -> None:
    here = store.restrictions
    transport.before(
        "TransactWriteItems", lambda: api_restrictions.bind_scope(here, BOB, "read", frozenset({"reader"}))
    )

    api_restrictions.bind_scope(here, ADA, "update", frozenset({"writer"}))

    found = here.find_restrictions("johnsorg")
    assert (found.scopes, found.revision) == ({"read": {"reader"}, "update": {"writer"}}, 2)


def test_of_two_administrators_who_bind_one_scope_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    here = store.restrictions
    transport.before(
        "TransactWriteItems", lambda: api_restrictions.bind_scope(here, BOB, "read", frozenset({"reader"}))
    )

    with pytest.raises(ConflictError):
        api_restrictions.bind_scope(here, ADA, "read", frozenset({"writer"}))


def test_a_publisher_who_read_before_a_binding_is_told_and_the_binding_stays(
    store: Store, transport: RecordingTransport
) -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1.0.0"},
        "paths": {"/x": {"get": {"security": [{"gatehouse": ["read"]}], "responses": {"200": {"description": "OK"}}}}},
        "components": {
            "securitySchemes": {
                "gatehouse": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "https://auth.example", "scopes": {"read": ""}}},
                }
            }
        },
    }
    publishing = DynamoDBPublishedApis(store.tables)
    publish(publishing, ADA, ApiDraft(document=document, api_id="orders"))
    transport.before(
        "TransactWriteItems",
        lambda: api_restrictions.bind_scope(store.restrictions, BOB, "read", frozenset({"reader"})),
    )

    with pytest.raises(ConflictError):
        publish(publishing, ADA, ApiDraft(document=document, api_id="orders"))

    assert find_api(publishing, ADA, "orders").scopes["read"].restricted_to == {"reader"}


def test_of_two_administrators_who_grant_scopes_to_one_application_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    made, found = store.application(), (factories.api(life_id="first"),)
    here = DynamoDBApplications(store.tables)
    transport.before("TransactWriteItems", lambda: client_scopes.grant(here, BOB, made, frozenset({"read"}), found))

    with pytest.raises(ConflictError):
        client_scopes.grant(here, ADA, made, frozenset({"delete"}), found)

    assert store.application(made.application_id).client_scopes == {"read first"}


def test_of_two_administrators_who_change_one_member_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    member = factories.user(username="carl", user_id="user-carl")
    DirectoryWriter(store.tables).add_user(member)
    here = store.members
    transport.before("TransactWriteItems", lambda: members.change_roles(here, BOB, member, frozenset({"manager"})))

    with pytest.raises(ConflictError):
        members.change_roles(here, ADA, member, frozenset({"clerk"}))

    found = store.members.find_member("johnsorg", "carl")
    assert found is not None
    assert found.roles == {"manager"}


def test_of_two_administrators_who_change_the_settings_the_second_is_told(
    store: Store, transport: RecordingTransport
) -> None:
    transport.before(
        "TransactWriteItems",
        lambda: organisation_settings.change(store.settings, BOB, {"lockOutMinutes": 5}),
    )

    with pytest.raises(ConflictError, match="changed meanwhile"):
        organisation_settings.change(store.settings, ADA, {"lockOutMinutes": 7})

    found = organisation_settings.find(store.settings, ADA)
    assert (found.lock_out_minutes, found.revision) == (5, 1)


def test_an_item_from_before_there_were_revisions_can_be_changed(store: Store) -> None:
    made = store.application()
    client = store.generate(made)
    store.tables.update(
        store.tables.directory, {"pk": {"S": f"CLIENT#{client.client_id}"}}, UpdateExpression="REMOVE revision"
    )
    old = store.key_sets.find_client(client.client_id)
    assert old == replace(client, revision=0)

    client_secrets.add_secret(store.key_sets, JOHN, client, "more", 0)

    found = store.key_sets.find_client(client.client_id)
    assert found is not None
    assert (len(found.secrets), found.revision) == (2, 1)


def test_an_operator_and_an_administrator_who_change_one_organisation_at_once_lose_nothing(
    store: Store, transport: RecordingTransport
) -> None:
    old, line = organisation_settings.find(store.settings, ADA), factories.entry(action="settings.update")

    def forbid_stages(seen: Organisation) -> bool:
        new = replace(seen, may_register_stages=False, revision=seen.revision + 1)
        return store.settings.change_organisation("johnsorg", seen, new, line)

    transport.before(
        "TransactWriteItems",
        lambda: organisation_settings.change(store.settings, ADA, {"lockOutMinutes": 5}),
    )

    assert not forbid_stages(old)
    assert forbid_stages(organisation_settings.find(store.settings, ADA))
    found = organisation_settings.find(store.settings, ADA)
    assert (found.lock_out_minutes, found.may_register_stages, found.revision) == (5, False, 2)


def test_an_organisation_is_not_created_over_another(store: Store) -> None:
    with pytest.raises(AlreadyExistsError):
        DirectoryWriter(store.tables).add_organisation(factories.organisation(name="Another"), factories.entry())

    assert organisation_settings.find(store.settings, ADA).name == "Johns Org"
