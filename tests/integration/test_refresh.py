"""Refreshing over real HTTP: races, retries, thieves (RFC 6749 section 6, RFC 9700 section 4.14)."""

import asyncio
import itertools
import time

import httpx
import pytest

from gatehouse.domain.accounts import users
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests import coroutines, grants, people
from tests.deployed import Deployed, authority_context, seen_within
from tests.people import Person

RACERS = 25
WINDOW_SECONDS = 2
CACHE_SECONDS = 5


@pytest.fixture
def patient(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody who has a minute for a retry, so that a slow machine makes no thief of anybody."""
    return people.person(deployed, tables, http, replay_window_seconds=60)


def race(deployed: Deployed, person: Person, form: dict[str, str], *urls: str) -> list[httpx.Response]:
    """Send the same form in many requests at once, each on a connection of its own, at these addresses in turn."""
    verify = authority_context(str(deployed.directory / "state" / "tls" / "authority.pem"))

    async def run() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=RACERS)
        async with httpx.AsyncClient(verify=verify, limits=limits, timeout=60, trust_env=False) as client:
            turns = itertools.islice(itertools.cycle(urls or [deployed.stack["token_url"]]), RACERS)
            return await asyncio.gather(*(client.post(url, data=form, auth=person.credentials) for url in turns))

    return coroutines.run(run())


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param((), id="concurrency_single_fast_refresh"),
        pytest.param(("http_base_url",), id="concurrency_multi_fast_refresh"),
    ],
)
def test_ref_07_f_11_concurrency_concurrent_tokens_revoked(
    deployed: Deployed, patient: Person, plain: tuple[str, ...]
) -> None:
    """Parallel refreshes, at one address or at two, end in one pair that lives, and dies when it is revoked."""
    person, first = patient, patient.obtain()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    answers = race(
        deployed, person, form, deployed.stack["token_url"], *(f"{deployed.stack[one]}/token" for one in plain)
    )

    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == RACERS, {answer.text for answer in answers if answer.status_code != 200}
    assert len({(one["access_token"], one["refresh_token"]) for one in won}) == 1
    again = person.refresh(won[0]["refresh_token"])
    assert again.status_code == 200
    assert person.call(again.json()["access_token"], "POST").status_code == 201
    assert person.post("/revoke", {"token": again.json()["refresh_token"]}).status_code == 200
    assert person.is_refused_within(again.json()["access_token"], CACHE_SECONDS)
    assert person.refresh(won[0]["refresh_token"]).json()["error"] == "invalid_grant"


def test_ref_05_token_endpoint_uses_token_rotation_and_the_old_access_token_dies(person: Person) -> None:
    first = person.obtain()

    second = person.refresh(first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert person.call(second["access_token"]).status_code == 200
    assert person.is_refused_within(first["access_token"], WINDOW_SECONDS + CACHE_SECONDS)


def test_ref_08_a_retry_after_a_lost_answer_gets_the_same_pair(patient: Person) -> None:
    first = patient.obtain()

    lost, retried = patient.refresh(first["refresh_token"]).json(), patient.refresh(first["refresh_token"]).json()

    tokens = ("access_token", "refresh_token", "scope")
    assert [lost[name] for name in tokens] == [retried[name] for name in tokens]


def test_ref_06_token_endpoint_refresh_token_revoked_after_use_and_token_endpoint_invalidated_refresh_token(
    person: Person,
) -> None:
    """After the window a spent token is refused, and kills the whole family."""
    first = person.obtain()
    second = person.refresh(first["refresh_token"]).json()

    def replay() -> tuple[int, str]:
        """Within the window, the spent token still gets the same pair."""
        answer = person.refresh(first["refresh_token"])
        return answer.status_code, answer.json().get("error", "")

    assert seen_within(WINDOW_SECONDS + 1, replay, (400, "invalid_grant"))
    assert person.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.is_refused_within(second["access_token"], CACHE_SECONDS)


def test_ref_06_a_thief_who_refreshed_twice_is_found_out_by_the_victims_replay(person: Person) -> None:
    stolen = person.obtain()["refresh_token"]
    once = person.refresh(stolen).json()
    twice = person.refresh(once["refresh_token"]).json()
    assert person.call(twice["access_token"]).status_code == 200

    victim = person.refresh(stolen)

    assert (victim.status_code, victim.json()["error"]) == (400, "invalid_grant")
    assert person.refresh(twice["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.is_refused_within(twice["access_token"], CACHE_SECONDS)


def test_ref_03_ref_08_a_refused_request_consumes_nothing(person: Person) -> None:
    first = person.obtain("read")

    wider = person.refresh(first["refresh_token"], scope="read update")
    unauthenticated = person.post(
        "/token", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}, auth=None
    )

    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    assert (unauthenticated.status_code, unauthenticated.json()["error"]) == (401, "invalid_client")
    assert person.refresh(first["refresh_token"]).status_code == 200


def test_ref_04_a_narrowed_refresh_does_not_narrow_the_next(person: Person) -> None:
    narrow = person.refresh(person.obtain()["refresh_token"], scope="read").json()

    wide = person.refresh(narrow["refresh_token"]).json()

    assert (narrow["scope"], wide["scope"]) == ("read", "read update")
    assert person.call(narrow["access_token"], "POST").status_code == 403
    assert person.call(wide["access_token"], "POST").status_code == 201


@pytest.mark.parametrize("damaged", ["family", "grant", "status"])
def test_a_forged_refresh_token_changes_nothing(person: Person, damaged: str) -> None:
    token = person.obtain()["refresh_token"]
    parts = token.removeprefix("ghr_").split(".")
    other = person.obtain()["refresh_token"].removeprefix("ghr_").split(".")
    index = ("grant", "status", "family").index(damaged)
    other[1] = "A" * 22  # the user has one status only
    forged = "ghr_" + ".".join([*parts[:index], other[index], *parts[index + 1 :]])

    refused = person.refresh(forged)

    assert refused.json()["error"] == "invalid_grant"
    assert person.refresh(token).status_code == 200


def test_ref_01_token_endpoint_is_refresh_authentication_required(citizen: Person, stranger: httpx.Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": citizen.obtain()["refresh_token"]}
    url, client_id = citizen.deployed.stack["token_url"], citizen.client.client_id

    answers = [
        stranger.post(url, data=form),
        stranger.post(url, data={**form, "client_id": client_id}),
        stranger.post(url, data=form, auth=(client_id, "wrong")),
    ]

    assert [(one.status_code, one.json()["error"]) for one in answers] == [(401, "invalid_client")] * 3
    assert citizen.refresh(form["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param("refresh_expires_at", id="unused for too long"),
        pytest.param("ends_at", id="used for long enough"),
    ],
)
def test_ref_09_bcp_20_an_ended_refresh_token_that_is_still_stored_is_dead(
    citizen: Person, tables: Tables, ends: str
) -> None:
    later, ended = int(time.time()) + 600, int(time.time()) - 1
    living, dead = grants.of(citizen, ended_at=later), grants.of(citizen, ended_at=later, **{ends: ended})
    for one in (living, dead):
        DynamoDBGrants(tables).add_grant(one.grant)

    assert citizen.refresh(living.refresh_token).status_code == 200
    assert citizen.refresh(dead.refresh_token).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("change", ["the user is disabled", "everything of the user is revoked"])
def test_ref_10_f_20_what_ends_the_user_ends_the_refresh_token(person: Person, tables: Tables, change: str) -> None:
    issued = person.obtain()
    assert person.call(issued["access_token"]).status_code == 200
    if change == "the user is disabled":
        ended = users.block(person.user, "administrator")
    else:
        ended = users.end_everything(person.user)
    DirectoryWriter(tables).save_user(ended)

    assert person.refresh(issued["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.is_refused_within(issued["access_token"], 6)


def test_bcp_19_a_refresh_token_is_bound_to_what_was_granted(citizen: Person) -> None:
    issued = citizen.obtain("read")

    wider = citizen.refresh(issued["refresh_token"], scope="read update")
    same = citizen.refresh(issued["refresh_token"])

    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    assert same.json()["scope"] == "read"
