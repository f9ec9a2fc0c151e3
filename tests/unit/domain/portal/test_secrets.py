"""Secrets of key sets: added, regenerated, revoked."""

from typing import Any

import pytest

from gatehouse.domain.kernel.refusals import (
    InvalidInputError,
    NotFoundError,
)
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Secret
from gatehouse.domain.portal import client_secrets
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.portal.owned_keys import CALLER, FakeKeySets, field_of
from tests.unit.domain.portal.owned_keys import store as store


def secret(name: str, **changes: Any) -> Secret:
    given: dict[str, Any] = {"digest": clients.secret_digest(name), "secret_id": name, "created_at": NOW}
    return Secret(**(given | changes))


def test_a_secret_is_added_beside_those_that_live(store: FakeKeySets) -> None:
    kept, over = secret("kept", expires_at=NOW + 1), secret("over", expires_at=NOW)
    store.clients[CLIENT_ID] = factories.client(secrets=(over, kept))

    made = client_secrets.add_secret(store, CALLER, store.only, "phone", 60)

    assert store.only.secrets == (kept, made.stored)
    assert (made.stored.label, made.stored.expires_at) == ("phone", NOW + 60)
    assert store.only.credential_generation == "of its credentials"
    assert store.entries[0].action == "secret.create"


def test_a_key_has_as_many_secrets_as_an_operator_allows(store: FakeKeySets) -> None:
    store.quotas["secrets"] = 2
    store.clients[CLIENT_ID] = factories.client(secrets=tuple(secret(f"s{number}") for number in range(10)))

    with pytest.raises(InvalidInputError) as caught:
        client_secrets.add_secret(store, CALLER, store.only, "", 0)

    assert field_of(caught) == "label"


@pytest.mark.parametrize(
    "changes",
    [
        {"authentication_methods": frozenset({"none"})},
        {"jwks": '{"keys": []}'},
        {"jwks_uri": "https://client.example/"},
    ],
    ids=["public", "a JWK Set", "the URL of one"],
)
def test_a_client_that_has_no_secrets_gets_none(store: FakeKeySets, changes: Any) -> None:
    store.clients[CLIENT_ID] = factories.client(**changes)

    for act in (
        lambda: client_secrets.add_secret(store, CALLER, store.only, "", 0),
        lambda: client_secrets.regenerate_secret(store, CALLER, store.only),
    ):
        with pytest.raises(InvalidInputError):
            act()


@pytest.mark.parametrize(
    ("label", "expires_in", "expected"),
    [("l" * 101, 0, "label"), ("\u200b", 0, "label"), ("", -1, "expiresIn"), ("", 315_360_001, "expiresIn")],
)
def test_label_and_expiry_of_a_secret_are_bounded(
    store: FakeKeySets, label: str, expires_in: int, expected: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client_secrets.add_secret(store, CALLER, store.only, label, expires_in)

    assert field_of(caught) == expected


def test_a_regenerated_secret_replaces_all_and_access_tokens_end(store: FakeKeySets) -> None:
    store.clients[CLIENT_ID] = factories.client(secrets=(secret("a"), secret("b")))

    made = client_secrets.regenerate_secret(store, CALLER, store.only)

    assert store.only.secrets == (made.stored,)
    assert store.only.credential_generation != "of its credentials"
    assert store.only.generation == "of the client"


def test_a_secret_is_revoked_and_access_tokens_end(store: FakeKeySets) -> None:
    store.clients[CLIENT_ID] = factories.client(secrets=(secret("a"), secret("b")))

    client_secrets.revoke_secret(store, CALLER, store.only, "a")

    assert store.only.secrets == (secret("b"),)
    assert store.only.credential_generation != "of its credentials"
    assert (store.entries[0].action, store.entries[0].detail) == ("secret.revoke", "a")


def test_a_secret_that_expired_ends_nothing_when_it_goes(store: FakeKeySets) -> None:
    store.clients[CLIENT_ID] = factories.client(secrets=(secret("a", expires_at=NOW), secret("b")))

    client_secrets.revoke_secret(store, CALLER, store.only, "a")

    assert store.only.credential_generation == "of its credentials"


def test_the_newest_secret_stays_and_an_unknown_one_is_not_found(store: FakeKeySets) -> None:
    store.clients[CLIENT_ID] = factories.client(secrets=(secret("a"), secret("b")))

    with pytest.raises(InvalidInputError) as caught:
        client_secrets.revoke_secret(store, CALLER, store.only, "b")
    with pytest.raises(NotFoundError):
        client_secrets.revoke_secret(store, CALLER, store.only, "c")

    assert field_of(caught) == "secretId"


def test_a_secret_without_a_name_is_known_by_its_digest_of_a_digest() -> None:
    nameless = secret("a", secret_id="")

    assert client_secrets.id_of(nameless) == clients.secret_digest(nameless.digest.hex()).hex()[:16]
    assert client_secrets.id_of(secret("a")) == "a"
