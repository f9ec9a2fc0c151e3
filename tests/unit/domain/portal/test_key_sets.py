"""Key sets: what their owners may change, and what ends with a change; on values."""

import copy
from collections.abc import Callable

import pytest

from gatehouse.domain.kernel.refusals import (
    ConflictError,
    InvalidInputError,
    KeySetExistsError,
    KeySetNotFoundError,
    NotAllowedError,
)
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Secret
from gatehouse.domain.portal import client_secrets, key_sets
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.portal.owned_keys import CALLER, FakeKeySets, field_of
from tests.unit.domain.portal.owned_keys import store as store
from tests.unit.portal import caller

ADMIN = caller(user_id="user-ada", username="ada", roles=frozenset({"admin"}))
APPLICATION = factories.application(client_ids={"PRODUCTION": CLIENT_ID})
DRAFT = KeySetInput(grant_types=frozenset({"password", "refresh_token"}))
URI = "https://client.example/callback"


def test_a_new_key_set_has_a_key_a_secret_and_what_its_owner_says() -> None:
    draft = KeySetInput(
        grant_types=frozenset({"authorization_code"}),
        redirect_uris=(URI,),
        access_token_lifetime_seconds=60,
        refresh_token_lifetime_seconds=120,
    )
    application = factories.application(token_format="jwt")

    client, made = key_sets.make(CALLER, application, "SANDBOX", draft, label="laptop", secret_expires_in=90)

    assert made
    stored = Secret(
        digest=clients.secret_digest(made.plain),
        label="laptop",
        expires_at=NOW + 90,
        secret_id=made.stored.secret_id,
        created_at=NOW,
    )
    assert made.stored == stored
    assert client == copy.replace(
        factories.client(),
        client_id=client.client_id,
        key_type="SANDBOX",
        grant_types=frozenset({"authorization_code"}),
        redirect_uris=(URI,),
        secrets=(stored,),
        token_format="jwt",
        access_token_lifetime_seconds=60,
        refresh_token_lifetime_seconds=120,
        replay_window_seconds=10,
        generation=client.generation,
        credential_generation=client.credential_generation,
    )
    assert all(len(one) == 28 and one.isalnum() for one in (client.client_id, made.plain))


def test_keys_and_secrets_are_random() -> None:
    made = [
        key_sets.make(CALLER, factories.application(), "SANDBOX", DRAFT, label="", secret_expires_in=0) for _ in "ab"
    ]

    assert len({client.client_id for client, _ in made} | {one.plain for _, one in made if one}) == 4
    assert all(one is not None and one.stored.expires_at is None for _, one in made)


def test_a_public_client_and_one_with_keys_of_its_own_get_no_secret() -> None:
    public = KeySetInput(grant_types=frozenset({"password"}), is_public=True)
    with_keys = copy.replace(DRAFT, settings=ClientSettings(jwks_uri="https://client.example/jwks"))

    for draft, methods in ((public, {"none"}), (with_keys, {"private_key_jwt"})):
        client, made = key_sets.make(CALLER, factories.application(), "SANDBOX", draft, label="", secret_expires_in=0)
        assert (made, client.secrets, client.authentication_methods) == (None, (), methods)


def test_an_application_has_one_key_set_of_a_type() -> None:
    with pytest.raises(KeySetExistsError):
        key_sets.make(CALLER, APPLICATION, "PRODUCTION", DRAFT, label="", secret_expires_in=0)


def test_key_sets_are_found_production_first_and_only_those_of_the_application(store: FakeKeySets) -> None:
    store.clients["sandbox"] = factories.client(client_id="sandbox", key_type="SANDBOX")
    store.clients["foreign"] = factories.client(client_id="foreign")
    both = factories.application(client_ids={"SANDBOX": "sandbox", "PRODUCTION": CLIENT_ID})

    assert [one.client_id for one in key_sets.find_all(store, both)] == [CLIENT_ID, "sandbox"]
    assert key_sets.find_all(store, factories.application()) == ()
    assert key_sets.find(store, both, "sandbox").client_id == "sandbox"
    for unknown in ("foreign", "nobody"):
        with pytest.raises(KeySetNotFoundError):
            key_sets.find(store, both, unknown)


def test_a_change_is_stored_with_its_line_of_the_audit_log(store: FakeKeySets) -> None:
    before = store.only
    draft = KeySetInput(grant_types=frozenset({"refresh_token", "password"}), access_token_lifetime_seconds=60)

    changed = key_sets.change(store, CALLER, before, draft)

    assert changed == store.only
    assert changed == copy.replace(
        before,
        grant_types=draft.grant_types,
        access_token_lifetime_seconds=60,
        replay_window_seconds=10,
        revision=1,
    )
    (entry,) = store.entries
    assert (entry.actor, entry.action, entry.target, entry.detail, entry.at_ms) == (
        "john@gmail.com",
        "keys.update",
        CLIENT_ID,
        "password refresh_token",
        NOW * 1000,
    )
    assert store.owners == ["user-john"]


def test_an_operator_need_not_own_the_application(store: FakeKeySets) -> None:
    key_sets.change(store, CALLER, store.only, DRAFT, must_own=False)

    assert store.owners == [""]


def test_only_an_administrator_decides_whether_users_are_asked(store: FakeKeySets) -> None:
    silent = copy.replace(DRAFT, settings=ClientSettings(skips_consent=True))

    with pytest.raises(NotAllowedError):
        key_sets.change(store, CALLER, store.only, silent)
    key_sets.change(store, ADMIN, store.only, silent)

    assert store.only.skips_consent
    assert store.entries[0].detail == "password refresh_token, skips consent: true"


def test_a_client_does_not_become_public_or_confidential(store: FakeKeySets) -> None:
    with pytest.raises(InvalidInputError) as caught:
        key_sets.change(store, CALLER, store.only, KeySetInput(grant_types=frozenset({"password"}), is_public=True))

    assert field_of(caught) == "public"


CHANGES: dict[str, Callable[[FakeKeySets], object]] = {
    "change": lambda store: key_sets.change(store, CALLER, store.only, DRAFT),
    "add a secret": lambda store: client_secrets.add_secret(store, CALLER, store.only, "", 0),
    "regenerate": lambda store: client_secrets.regenerate_secret(store, CALLER, store.only),
    "revoke tokens": lambda store: key_sets.revoke_tokens(store, CALLER, store.only),
    "revoke everything": lambda store: key_sets.revoke_everything(store, CALLER, store.only),
    "delete": lambda store: key_sets.delete(store, CALLER, APPLICATION, store.only),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_changed_meanwhile_is_a_conflict(store: FakeKeySets, name: str) -> None:
    store.loses_races = True

    with pytest.raises(ConflictError):
        CHANGES[name](store)

    assert store.entries == []


def test_revoking_tokens_ends_all_of_them_and_leaves_the_credentials(store: FakeKeySets) -> None:
    before = store.only

    key_sets.revoke_tokens(store, CALLER, before)

    assert store.only == copy.replace(before, generation=store.only.generation, revision=1)
    assert store.only.generation != before.generation


def test_revoking_everything_leaves_nobody_a_way_in(store: FakeKeySets) -> None:
    before = store.only

    key_sets.revoke_everything(store, CALLER, before)

    after = store.only
    assert (after.secrets, after.jwks, after.jwks_uri) == ((), "", "")
    assert after.generation != before.generation
    assert after.credential_generation != before.credential_generation
    assert (store.entries[0].action, store.entries[0].detail, store.owners) == ("keys.revoke", "PRODUCTION", [""])


def test_deleted_keys_are_gone(store: FakeKeySets) -> None:
    key_sets.delete(store, CALLER, APPLICATION, store.only)

    assert store.clients == {}
    assert (store.entries[0].action, store.entries[0].detail) == ("keys.delete", "PRODUCTION")
