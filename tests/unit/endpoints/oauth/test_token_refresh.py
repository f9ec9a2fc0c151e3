"""Refreshing: what it asks for and gives, and whom it serves: statements REF-01 to -05 and -10 (RFC 6749 section 6)."""

from collections.abc import Callable

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, basic, opens


def test_ref_01_the_refresh_token_is_required(service: TokenService) -> None:
    assert service.post({"grant_type": "refresh_token"}).refusal == (400, "invalid_request")


@pytest.mark.parametrize("authorization", [None, basic(secret="wrong")], ids=["none", "wrong"])
def test_ref_01_the_client_must_authenticate_and_a_refusal_spends_nothing(
    service: TokenService, authorization: str | None
) -> None:
    issued = service.password().json
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    assert service.post(form, authorization=authorization).refusal == (401, "invalid_client")
    assert service.refresh(issued["refresh_token"]).status == 200


FORGERIES: dict[str, Callable[[str], str]] = {
    "another secret, family right": lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    "a character too many": lambda token: token + "A",
    "a character too few": lambda token: token[:-1],
    "a line feed too many": lambda token: token + "\n",
    "another prefix": lambda token: token.replace("ghr_", "gha_"),
    "no family": lambda token: token.split(".")[0] + "." + "A" * 43,
    "no status": lambda token: ".".join(part for part in token.split(".") if part != token.split(".")[1]),
    "another status": lambda token: token.replace(token.split(".")[1], "A" * 22),
    "unknown grant": lambda _: "ghr_" + ("A" * 22 + ".") * 3 + "A" * 43,
    "emoji": lambda _: "🔑",
    "60,000 characters": lambda _: "x" * 60_000,
}


@pytest.mark.parametrize("mangle", FORGERIES.values(), ids=FORGERIES)
def test_ref_01_a_forged_token_is_refused(service: TokenService, mangle: Callable[[str], str]) -> None:
    token = service.password().json["refresh_token"]

    assert service.refresh(mangle(token)).refusal == INVALID_GRANT


def test_ref_01_an_access_token_does_not_refresh(service: TokenService) -> None:
    assert service.refresh(service.password().json["access_token"]).refusal == INVALID_GRANT


@pytest.mark.parametrize("path", ["/token", "/t/acme/token"])
def test_ref_02_another_clients_attempt_is_refused_and_spends_nothing(
    service: TokenService, acme: DirectoryWriter, path: str
) -> None:
    acme.save_client(factories.client(client_id="neighbour"))
    issued = service.password().json
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}

    for thief in ("acme-client", *(["neighbour"] if path == "/token" else [])):
        assert service.post(form, authorization=basic(thief), path=path).refusal == INVALID_GRANT

    assert service.refresh(issued["refresh_token"]).status == 200


def test_ref_02_another_clients_replay_of_a_spent_token_revokes_nothing(
    service: TokenService, acme: DirectoryWriter
) -> None:
    del acme
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    service.now_ms += 10_000
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    assert service.post(form, authorization=basic("acme-client")).refusal == INVALID_GRANT
    assert service.refresh(second["refresh_token"]).status == 200


def test_ref_03_a_wider_scope_is_refused_and_the_token_survives(service: TokenService) -> None:
    issued = service.password(scope="read").json

    assert service.refresh(issued["refresh_token"], scope="read update").refusal == (400, "invalid_scope")
    assert service.refresh(issued["refresh_token"], scope='re"ad').refusal == (400, "invalid_scope")
    assert service.refresh(issued["refresh_token"]).json["scope"] == "read"


def test_ref_04_narrowing_lasts_for_one_access_token(service: TokenService, call: Call) -> None:
    first = service.password(scope="read update")
    narrowed = service.refresh(first.json["refresh_token"], scope="update")
    widened = service.refresh(narrowed.json["refresh_token"])

    assert narrowed.json["scope"] == "update"
    assert not opens(call, narrowed)
    assert widened.json["scope"] == "read update"
    assert opens(call, widened)


def test_ref_05_rotation_gives_a_new_pair_each_time(service: TokenService) -> None:
    first = service.password(scope="read update").json

    second = service.refresh(first["refresh_token"]).json

    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == "read update"
    assert second["expires_in"] == 3600


def test_ref_05_the_replaced_access_token_dies_with_the_window(service: TokenService, call: Call) -> None:
    first = service.password(scope="read")
    service.refresh(first.json["refresh_token"])

    assert opens(call, first, now=factories.NOW + 1)
    assert not opens(call, first, now=factories.NOW + 2)


def make_anew(writer: DirectoryWriter) -> None:
    writer.remove_user(factories.user(), factories.entry())
    writer.add_user(factories.user(user_id="somebody-else"))


LATER_MS = factories.NOW * 1000 + 1
ENDS: dict[str, Callable[[DirectoryWriter], None]] = {
    "user disabled": lambda writer: writer.save_user(factories.user(is_active=False)),
    "user deleted and made anew": make_anew,
    "everything of the user ended": lambda writer: writer.save_user(factories.user(generation="a fresh one")),
    "organisation disabled": lambda writer: writer.save_organisation(factories.organisation(is_active=False)),
    "everything of the organisation ended": lambda writer: writer.save_organisation(
        factories.organisation(generation="a fresh one")
    ),
    "everything of the client ended": lambda writer: writer.save_client(factories.client(generation="a fresh one")),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("token", ["current", "previous"])
def test_ref_10_what_ends_the_user_client_or_organisation_ends_the_refresh_token(
    service: TokenService, johnsorg: DirectoryWriter, end: Callable[[DirectoryWriter], None], token: str
) -> None:
    first = service.password().json
    second = service.refresh(first["refresh_token"]).json
    end(johnsorg)

    presented = second if token == "current" else first
    assert service.refresh(presented["refresh_token"]).refusal == INVALID_GRANT


def test_ref_10_a_refresh_asks_again_what_the_user_may_have(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    first = service.password(scope="read delete").json
    johnsorg.save_user(factories.user())
    second = service.refresh(first["refresh_token"]).json
    johnsorg.save_user(factories.user(roles=frozenset({"manager"})))
    third = service.refresh(second["refresh_token"]).json

    assert [one["scope"] for one in (first, second, third)] == ["delete read", "read", "delete read"]


def test_ref_10_a_grant_type_that_the_client_lost_refreshes_no_more(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    issued = service.password().json
    johnsorg.save_client(factories.client(grant_types=frozenset({"password"})))

    assert service.refresh(issued["refresh_token"]).refusal == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("first", "again", "scope"),
    [
        pytest.param("read unknown", "read unknown", "read", id="the same once more"),
        pytest.param("read unknown other", "other read", "read", id="a part of it"),
        pytest.param("unknown", "unknown", "default", id="nothing was granted"),
        pytest.param("read unknown", "unknown", "default", id="nothing is left"),
        pytest.param("read offline_access", "read offline_access", "offline_access read", id="offline_access"),
    ],
)
def test_what_was_dropped_at_first_is_dropped_at_a_refresh(
    service: TokenService, first: str, again: str, scope: str
) -> None:
    issued = service.password(scope=first).json

    assert service.refresh(issued["refresh_token"], scope=again).json["scope"] == scope


@pytest.mark.parametrize("wider", ["read update", "read never-asked-for", "default update"])
def test_what_was_never_asked_for_is_still_refused(service: TokenService, wider: str) -> None:
    issued = service.password(scope="read unknown").json

    assert service.refresh(issued["refresh_token"], scope=wider).refusal == (400, "invalid_scope")
    assert service.refresh(issued["refresh_token"]).status == 200


@pytest.mark.parametrize(("asked", "scope"), [("default", "default"), ("default read", "read")])
def test_default_which_an_answer_may_have_named_asks_for_nothing(service: TokenService, asked: str, scope: str) -> None:
    issued = service.password(scope="read").json

    assert service.refresh(issued["refresh_token"], scope=asked).json["scope"] == scope


def test_dropped_scopes_survive_every_further_refresh(service: TokenService) -> None:
    issued = service.password(scope="read unknown").json
    for _ in range(3):
        issued = service.refresh(issued["refresh_token"], scope="read unknown").json

    assert issued["scope"] == "read"


def test_a_client_without_refresh_tokens_is_not_granted_offline_access(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_client(factories.client(grant_types=frozenset({"password"})))

    assert service.password(scope="read offline_access").json["scope"] == "read"
