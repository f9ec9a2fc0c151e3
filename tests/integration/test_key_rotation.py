"""JWK-02: no request fails while the signing keys rotate, and no verifier needs new keys at that moment."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import jose
from gatehouse.domain.oauth import signing
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed, Document, seen_within
from tests.people import Person

MEMORY_SECONDS = 60
"""How long a function keeps the signing keys."""

PATIENCE_SECONDS = MEMORY_SECONDS + 30
PAUSE_SECONDS = 0.1
ENOUGH = 30
"""So many tokens in a row of the new key show that no instance signs with the old one any more."""


@dataclass
class Load:
    """Threads that each repeat one round of requests until they are told to stop."""

    stop: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list[str])
    issued: list[str] = field(default_factory=list[str])

    def check(self, answer: httpx.Response, statuses: frozenset[int] = frozenset({200})) -> Document:
        """Note an answer."""
        if answer.status_code not in statuses:
            self.failures.append(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.status_code in statuses and answer.content else {}

    def repeat(self, round_of: Callable[[], None]) -> None:
        """Run until stopped."""
        while not self.stop.wait(PAUSE_SECONDS):
            try:
                round_of()
            except Exception as error:  # noqa: BLE001 - whatever it is, the test is to see it
                self.failures.append(repr(error))


def user_round(load: Load, person: Person) -> Callable[[], None]:
    """Refresh, call the gate, introspect; the family goes on and on."""
    current = person.obtain()

    def round_of() -> None:
        nonlocal current
        current = load.check(person.refresh(current["refresh_token"]))
        load.issued.append(current["access_token"])
        load.check(person.call(current["access_token"]))
        described = load.check(person.post("/introspect", {"token": current["access_token"]}))
        if not described.get("active"):
            load.failures.append("introspection says inactive")

    return round_of


def application_round(load: Load, person: Person) -> Callable[[], None]:
    """Get an application's token and call the gate; then end it."""

    def round_of() -> None:
        token = load.check(person.post("/token", {"grant_type": "client_credentials", "scope": "read"}))["access_token"]
        load.issued.append(token)
        load.check(person.call(token))
        load.check(person.post("/revoke", {"token": token}))

    return round_of


def fetch_keys(deployed: Deployed, http: httpx.Client) -> Document:
    return http.get(f"{deployed.stack['base_url']}/.well-known/jwks.json").json()


def let_next_key_be_old_enough(deployed: Deployed, secret: str) -> signing.SigningKeys:
    """Backdate the next key's publication by editing the secret, as two hours would."""
    vault = deployed.aws("secretsmanager")
    keys = signing.parse(vault.get_secret_value(SecretId=secret)["SecretString"])
    value: Any = signing.render(keys).replace(
        f'"published_at": {keys.next.published_at}', f'"published_at": {keys.next.published_at - 7201}'
    )
    vault.put_secret_value(SecretId=secret, SecretString=value)
    return keys


@pytest.fixture
def person(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    return people.person(deployed, tables, http, token_format="jwt")


@pytest.mark.long
def test_jwk_02_no_request_fails_during_a_rotation(deployed: Deployed, http: httpx.Client, person: Person) -> None:
    secret = deployed.outputs(deployed.stack["stack_name"])["SigningKeysArn"]
    keys = let_next_key_be_old_enough(deployed, secret)
    published = fetch_keys(deployed, http)
    early = person.obtain()["access_token"]
    load = Load()
    rounds = [user_round(load, person), application_round(load, person), user_round(load, person)]
    threads = [threading.Thread(target=load.repeat, args=(one,)) for one in rounds]

    for thread in threads:
        thread.start()
    try:
        deployed.aws("secretsmanager").rotate_secret(SecretId=secret)
        has_taken_over = seen_within(
            PATIENCE_SECONDS,
            lambda: {signed_by(token, published) for token in load.issued[ENOUGH:][-ENOUGH:]},
            {keys.next.kid},
        )
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()

    afterwards = fetch_keys(deployed, http)
    assert has_taken_over
    assert load.failures == []
    assert {signed_by(token, published) for token in load.issued} == {keys.current.kid, keys.next.kid}
    assert {signed_by(token, afterwards) for token in load.issued} == {keys.current.kid, keys.next.kid}
    assert person.call(early).status_code == 200
    assert len(afterwards["keys"]) == len(published["keys"]) + 1


def signed_by(token: str, jwks: Document) -> str | None:
    """Return the id of the key in the set that verifies the token."""
    for key in jwks["keys"]:
        if jose.verify(token, {"keys": [key]}, typ="at+jwt") is not None:
            return str(key["kid"])
    return None


def test_a_rotation_that_comes_too_early_changes_nothing(
    deployed: Deployed, http: httpx.Client, person: Person
) -> None:
    secret = deployed.outputs(deployed.stack["stack_name"])["SigningKeysArn"]
    before = fetch_keys(deployed, http)

    deployed.aws("secretsmanager").rotate_secret(SecretId=secret)

    log_says_so = seen_within(30, lambda: "TooEarlyError" in read_log(deployed), wanted=True)
    assert log_says_so
    assert fetch_keys(deployed, http) == before
    assert signed_by(person.obtain()["access_token"], before) is not None


def test_a_rotation_that_came_too_early_does_not_stop_the_next(deployed: Deployed, http: httpx.Client) -> None:
    vault = deployed.aws("secretsmanager")
    secret = deployed.outputs(deployed.stack["stack_name"])["SigningKeysArn"]

    def is_under_way() -> bool:
        return any("AWSPENDING" in one for one in stages_in_use(vault, secret).values())

    vault.rotate_secret(SecretId=secret)
    assert seen_within(30, is_under_way, wanted=False)
    keys = let_next_key_be_old_enough(deployed, secret)
    vault.rotate_secret(SecretId=secret)

    rotated = seen_within(30, lambda: current_kid(vault, secret), keys.next.kid)
    assert rotated
    assert keys.next.kid in {one["kid"] for one in fetch_keys(deployed, http)["keys"]}


def test_a_schedule_that_does_not_rotate_at_once_is_tested_and_leaves_nothing_behind(deployed: Deployed) -> None:
    vault = deployed.aws("secretsmanager")
    outputs = deployed.outputs(deployed.stack["stack_name"])
    secret = outputs["SigningKeysArn"]
    before = stages_in_use(vault, secret)

    vault.rotate_secret(SecretId=secret, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 30})

    def was_tested() -> bool:
        return '"step": "testSecret"' in read_log(deployed)

    assert seen_within(30, was_tested, wanted=True)
    assert seen_within(30, lambda: stages_in_use(vault, secret), before)


def stages_in_use(vault: Any, secret: str) -> dict[str, set[str]]:
    """Return what stands where. AWSPENDING may stay at the current version after a rotation."""
    found = vault.describe_secret(SecretId=secret)["VersionIdsToStages"]
    return {
        version: set(labels) - {"AWSPENDING"} if "AWSCURRENT" in labels else set(labels)
        for version, labels in found.items()
    }


def current_kid(vault: Any, secret: str) -> str:
    return signing.parse(vault.get_secret_value(SecretId=secret)["SecretString"]).current.kid


def read_log(deployed: Deployed) -> str:
    return Path(deployed.stack["log_file"]).read_text(encoding="utf-8")
