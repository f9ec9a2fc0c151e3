"""Codes and PKCE from outside: statements AC-01, AC-02, PK-*, BCP-03, -04 and OAuch's cases of redeeming."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import codes
from gatehouse.domain.oauth.codes import Code
from gatehouse.storage.codes import DynamoDBCodes
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests.integration.conftest import NewVisitor
from tests.people import Person
from tests.vectors import authorization as vectors
from tests.vectors.authorization import CHALLENGE, REDIRECT_URI, VERIFIER, challenge_of
from tests.visitors import Visitor

SECONDS_UNTIL_SEEN = 5
RACERS = 25


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


INVALID_GRANT = (400, "invalid_grant")


def test_ac_01_token_endpoint_multiple_code_exchanges(visitor: Visitor) -> None:
    code = visitor.answer()["code"]

    assert visitor.redeem(code).status_code == 200
    assert refusal(visitor.redeem(code)) == INVALID_GRANT


def test_ac_01_bcp_14_token_endpoint_token_valid_after_multi_exchange(visitor: Visitor) -> None:
    code = visitor.answer()["code"]
    issued = visitor.redeem(code).json()
    assert visitor.person.call(issued["access_token"]).status_code == 200

    visitor.redeem(code)

    assert visitor.person.is_refused_within(issued["access_token"], SECONDS_UNTIL_SEEN)


def test_ac_01_token_endpoint_refresh_token_valid_after_multi_exchange(visitor: Visitor) -> None:
    code = visitor.answer()["code"]
    issued = visitor.redeem(code).json()

    visitor.redeem(code)

    assert refusal(visitor.person.refresh(issued["refresh_token"])) == INVALID_GRANT


@pytest.mark.parametrize(
    ("seconds_left", "status"), [pytest.param(30, 200, id="in time"), pytest.param(0, 400, id="too late")]
)
def test_ac_01_f_10_token_endpoint_authorization_code_timeout(
    visitor: Visitor, tables: Tables, seconds_left: int, status: int
) -> None:
    """The item is still stored: its expiry is what counts."""
    code = store_code(visitor, tables, expires_at=int(time.time()) + seconds_left)

    assert visitor.redeem(code).status_code == status


def test_ac_01_a_code_lives_a_minute(visitor: Visitor, tables: Tables) -> None:
    code = visitor.answer()["code"]

    stored = DynamoDBCodes(tables).find_code("johnsorg", codes.digest(code))

    assert stored is not None
    assert stored.expires_at <= int(time.time()) + 60


def test_ac_02_token_endpoint_is_code_bound_to_client(visitor: Visitor, rival: Person) -> None:
    code = visitor.answer()["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    assert refusal(rival.post("/token", form)) == INVALID_GRANT
    assert visitor.redeem(code).status_code == 200


@pytest.mark.parametrize("redirect_uri", [REDIRECT_URI + "/", "http://127.0.0.1/native", "https://evil.example/"])
def test_ac_02_token_endpoint_redirect_uri_checked(visitor: Visitor, redirect_uri: str) -> None:
    code = visitor.answer()["code"]

    assert refusal(visitor.redeem(code, redirect_uri=redirect_uri)) == INVALID_GRANT


def test_tok_13_token_endpoint_is_client_id_required(visit: NewVisitor) -> None:
    """A public client says who it is."""
    visitor = visit(secrets=(), authentication_methods=frozenset({"none"}))
    code = visitor.answer()["code"]

    assert refusal(visitor.redeem(code, client_id=None)) == (401, "invalid_client")
    assert visitor.redeem(code).status_code == 200


def test_bcp_08_a_public_clients_refresh_tokens_rotate_and_a_replay_ends_them(visit: NewVisitor) -> None:
    visitor = visit(secrets=(), authentication_methods=frozenset({"none"}), replay_window_seconds=0)
    first = visitor.obtain()

    def refresh(token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": visitor.person.client.client_id}
        return visitor.person.post("/token", form, auth=None)

    second = refresh(first["refresh_token"]).json()
    replayed = refresh(first["refresh_token"])

    assert second["refresh_token"] != first["refresh_token"]
    assert refusal(replayed) == INVALID_GRANT
    assert refusal(refresh(second["refresh_token"])) == INVALID_GRANT


@pytest.mark.parametrize("statement", ["concurrency_single_fast_ac_exchange", "concurrency_multi_fast_ac_exchange"])
def test_f_11_ac_01_parallel_redemptions_end_in_one_pair_which_the_others_revoke(
    visitor: Visitor, statement: str
) -> None:
    """OAuch races at one address of the server, and at several: ours are the front and, beside it, its plain port."""
    code = visitor.answer()["code"]
    stack = visitor.person.deployed.stack
    hosts = [stack["base_url"]] if "single" in statement else [stack["base_url"], stack["http_base_url"]]

    def redeem(number: int) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        person = visitor.person
        return person.http.post(f"{hosts[number % len(hosts)]}/token", data=form, auth=person.credentials)

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(redeem, range(RACERS)))

    (won,) = [one.json() for one in answers if one.status_code == 200]
    assert [refusal(one) for one in answers if one.status_code != 200] == [INVALID_GRANT] * (RACERS - 1)
    assert refusal(visitor.person.refresh(won["refresh_token"])) == INVALID_GRANT
    assert visitor.person.is_refused_within(won["access_token"], SECONDS_UNTIL_SEEN)


def test_bcp_03_pkce_hashed_pkce_disabled(visitor: Visitor) -> None:
    """S256 works."""
    verifier = "aZ09-._~" * 8

    code = visitor.answer(code_challenge=challenge_of(verifier))["code"]

    assert visitor.redeem(code, code_verifier=verifier).status_code == 200


@pytest.mark.parametrize("length", [43, 128])
def test_pk_01_verifiers_of_43_to_128_characters_work(visitor: Visitor, length: int) -> None:
    verifier = ("aZ09-._~" * 20)[:length]
    code = visitor.answer(code_challenge=challenge_of(verifier))["code"]

    assert visitor.redeem(code, code_verifier=verifier).status_code == 200


@pytest.mark.parametrize("verifier", vectors.BAD_VERIFIERS)
def test_pk_01_pkce_short_verifier(visitor: Visitor, verifier: str) -> None:
    """A verifier outside the grammar is refused, even if it hashes right."""
    code = visitor.answer(code_challenge=challenge_of(verifier))["code"]

    assert refusal(visitor.redeem(code, code_verifier=verifier)) == INVALID_GRANT


@pytest.mark.parametrize("method", [pytest.param("plain", id="plain"), pytest.param(None, id="omitted, so plain")])
def test_pk_02_pk_03_pkce_plain_pkce_disabled(visitor: Visitor, method: str | None) -> None:
    assert visitor.answer(code_challenge=VERIFIER, code_challenge_method=method)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "of_client",
    [
        pytest.param({}, id="confidential"),
        pytest.param(
            {"secrets": (), "authentication_methods": frozenset({"none"}), "requires_pkce": False}, id="public"
        ),
    ],
)
def test_pk_03_bcp_03_pkce_is_pkce_required(visit: NewVisitor, visitor: Visitor, of_client: dict[str, object]) -> None:
    asking = visit(**of_client) if of_client else visitor
    assert asking.answer()["code"]

    assert asking.answer(code_challenge=None, code_challenge_method=None)["error"] == "invalid_request"


def test_pk_04_bcp_04_pkce_is_pkce_implemented(visitor: Visitor) -> None:
    code = visitor.answer()["code"]

    assert refusal(visitor.redeem(code, code_verifier="a" * 43)) == INVALID_GRANT
    assert visitor.redeem(code).status_code == 200


def test_pk_04_bcp_04_pkce_is_pkce_token_downgrade_detected(visitor: Visitor) -> None:
    """The verifier is missing."""
    assert refusal(visitor.redeem(visitor.answer()["code"], code_verifier=None)) == INVALID_GRANT


def test_pk_04_pkce_is_pkce_plain_downgrade_detected(visitor: Visitor) -> None:
    """The challenge itself is sent as the verifier."""
    assert refusal(visitor.redeem(visitor.answer()["code"], code_verifier=CHALLENGE)) == INVALID_GRANT


def test_pk_05_bcp_04_pkce_is_pkce_downgrade_detected(visit: NewVisitor) -> None:
    """A verifier is sent, though there was no challenge."""
    visitor = visit(requires_pkce=False)
    code = visitor.answer(code_challenge=None, code_challenge_method=None)["code"]

    assert refusal(visitor.redeem(code)) == INVALID_GRANT
    assert visitor.redeem(code, code_verifier=None).status_code == 200


def store_code(visitor: Visitor, tables: Tables, *, expires_at: int) -> str:
    """Store a code as the authorization endpoint would have."""
    code, person = digests.generate_secret(), visitor.person
    organisation = DynamoDBDirectory(tables, TtlCache(0)).find_organisation("johnsorg")
    assert organisation is not None
    DynamoDBCodes(tables).add_code(
        "johnsorg",
        Code(
            digest=codes.digest(code),
            grant_id=digests.generate_id(),
            organisation="johnsorg",
            client_id=person.client.client_id,
            redirect_uri=REDIRECT_URI,
            user_id=person.user.user_id,
            username=person.user.username,
            scopes=frozenset({"read"}),
            code_challenge=CHALLENGE,
            authenticated_at=expires_at - 60,
            methods=frozenset({"pwd"}),
            generation=person.user.generation,
            connection_generation="",
            client_generation=person.client.generation,
            organisation_generation=organisation.generation,
            expires_at=expires_at,
        ),
    )
    return code
