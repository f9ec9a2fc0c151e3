"""The authorization request (RFC 6749 section 4.1.1), on values."""

import copy

import pytest

from gatehouse.domain.accounts.factors import NO_DEMAND, Demand
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import errors
from gatehouse.domain.oauth import authorization, codes, registered_clients
from gatehouse.domain.oauth.authorization import AuthorizationRequest, Destination
from gatehouse.domain.oauth.codes import Code
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import GrantWorld
from tests.unit.domain.oauth.authorizing import CLIENT, DESTINATION, PARAMETERS, parse, without
from tests.vectors import authorization as vectors


@pytest.fixture
def johns(world: GrantWorld) -> GrantWorld:
    world.directory.clients[CLIENT_ID] = CLIENT
    return world


def find(world: GrantWorld, organisation: str | None = None, **changes: str) -> Destination:
    return authorization.find_destination(world.directory, organisation, {**PARAMETERS, **changes}, NOW)


@pytest.mark.parametrize("organisation", [None, "johnsorg"])
def test_the_destination_is_a_registered_uri_of_a_known_client(johns: GrantWorld, organisation: str | None) -> None:
    assert find(johns, organisation) == DESTINATION


def test_a_state_of_2000_characters_comes_back_and_none_if_there_was_none(johns: GrantWorld) -> None:
    assert find(johns, state="s" * 2000).state == "s" * 2000
    assert authorization.find_destination(johns.directory, None, without("state"), NOW).state is None


UNKNOWN = ("unknown client at authorize, or another organisation's", "The client_id is not known.")


@pytest.mark.parametrize(
    ("organisation", "changes", "expected"),
    [
        pytest.param(None, {"client_id": "nobody"}, UNKNOWN, id="unknown client"),
        pytest.param("acme", {}, UNKNOWN, id="another organisation"),
        pytest.param(
            None,
            {"redirect_uri": "https://evil.example/" + "x" * 300},
            (
                f"redirect_uri {('https://evil.example/' + 'x' * 300)[:200]!r} of {CLIENT_ID}",
                "The redirect_uri is not registered for this client.",
            ),
            id="unregistered URI",
        ),
        pytest.param(
            None,
            {"state": "s" * 2001},
            ("state of 2001 characters", "The state has more than 2,000 characters."),
            id="overlong state",
        ),
    ],
)
def test_a_doubtful_destination_is_refused(
    johns: GrantWorld, organisation: str | None, changes: dict[str, str], expected: tuple[str, str]
) -> None:
    with pytest.raises(errors.InvalidRequestError) as caught:
        find(johns, organisation, **changes)

    assert (caught.value.reason, caught.value.description) == expected


@pytest.mark.parametrize(("missing", "expected"), [("client_id", UNKNOWN[0]), ("redirect_uri", "redirect_uri '' of ")])
@pytest.mark.parametrize("organisation", [None, "johnsorg"])
def test_a_request_without_client_or_uri_has_no_destination(
    johns: GrantWorld, organisation: str | None, missing: str, expected: str
) -> None:
    with pytest.raises(errors.InvalidRequestError) as caught:
        authorization.find_destination(johns.directory, organisation, without(missing), NOW)

    assert caught.value.reason.startswith(expected)


def test_a_disabled_client_has_no_destination(johns: GrantWorld) -> None:
    johns.directory.clients[CLIENT_ID] = copy.replace(CLIENT, is_active=False)

    with pytest.raises(errors.InvalidRequestError, match="unknown client"):
        find(johns)


def test_a_client_that_registered_itself_has_one_until_it_ends_unused(johns: GrantWorld) -> None:
    url = "https://agent.example/client"
    client = factories.registered_client(
        client_id=registered_clients.document_client_id("johnsorg", url),
        registration=factories.registration(unused_until=NOW + 1),
        redirect_uris=vectors.REDIRECT_URIS,
    )
    johns.directory.clients[client.client_id] = client

    assert find(johns, "johnsorg", client_id=url).client == client
    johns.directory.clients[client.client_id] = copy.replace(
        client, registration=factories.registration(unused_until=NOW)
    )
    with pytest.raises(errors.InvalidRequestError, match="unknown client"):
        find(johns, "johnsorg", client_id=url)


def test_a_request_is_read() -> None:
    request = authorization.parse(
        {**PARAMETERS, "scope": "openid read", "nonce": "n", "prompt": "login consent", "max_age": "60"}, DESTINATION
    )

    assert request == AuthorizationRequest(
        destination=DESTINATION,
        scopes=frozenset({"openid", "read"}),
        code_challenge=vectors.CHALLENGE,
        nonce="n",
        prompts=frozenset({"login", "consent"}),
        max_age_seconds=60,
        demand=Demand(is_fresh=True),
        resource=None,
    )
    assert request.client is CLIENT


def test_what_is_optional_may_be_left_out() -> None:
    request = authorization.parse(without("scope", "state"), DESTINATION)

    assert request == AuthorizationRequest(
        destination=DESTINATION,
        scopes=frozenset(),
        code_challenge=vectors.CHALLENGE,
        nonce=None,
        prompts=frozenset(),
        max_age_seconds=None,
        demand=NO_DEMAND,
        resource=None,
    )


def test_a_resource_is_kept_as_it_was_asked_for() -> None:
    assert parse({**PARAMETERS, "resource": "https://a.example"}).resource == "https://a.example"


SESSION = Session(
    digest=b"session",
    organisation="johnsorg",
    user_id="user-john",
    username="john@gmail.com",
    authenticated_at_ms=(NOW - 7) * 1000 + 999,
    methods=frozenset({"pwd", "otp", "mfa"}),
    generation="of the session",
    organisation_generation="of the session's organisation",
    expires_at=NOW + 60,
)


def test_the_answer_is_a_code_that_is_bound_to_request_user_and_session() -> None:
    request = authorization.parse({**PARAMETERS, "scope": "openid read update", "nonce": "n"}, DESTINATION)
    disconnected = {CLIENT_ID: Disconnection(generation="of the connection", ends_at=NOW)}
    user = factories.user(client_generations=disconnected)

    code, stored = authorization.answer(
        request, user, SESSION, frozenset({"openid", "read"}), ("an api",), NOW * 1000 + 999
    )

    assert stored == Code(
        digest=codes.digest(code),
        grant_id=stored.grant_id,
        organisation="johnsorg",
        client_id=CLIENT_ID,
        redirect_uri=vectors.REDIRECT_URI,
        user_id="user-john",
        username="john@gmail.com",
        scopes=frozenset({"openid", "read"}),
        dropped_scopes=frozenset({"update"}),
        resources=("an api",),
        code_challenge=vectors.CHALLENGE,
        nonce="n",
        authenticated_at=NOW - 7,
        methods=SESSION.methods,
        generation="of the session",
        connection_generation="of the connection",
        client_generation="of the client",
        organisation_generation="of the session's organisation",
        expires_at=NOW + 60,
    )
    assert (len(code), len(stored.grant_id)) == (43, 22)


def test_every_code_has_a_grant_of_its_own_ready() -> None:
    request = authorization.parse(PARAMETERS, DESTINATION)

    made = [authorization.answer(request, factories.user(), SESSION, frozenset(), (), 0) for _ in range(20)]

    assert len({code for code, _ in made}) == len({stored.grant_id for _, stored in made}) == 20
