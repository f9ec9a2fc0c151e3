"""The authorization request (RFC 6749 section 4.1.1), on values."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from gatehouse.domain.accounts.factors import NO_DEMAND, Demand
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.users import Disconnection
from gatehouse.domain.kernel import errors
from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.oauth import authorization, codes, registered_clients
from gatehouse.domain.oauth.authorization import AuthorizationRequest, Destination
from gatehouse.domain.oauth.codes import Code
from tests import factories
from tests.factories import CLIENT_ID, NOW
from tests.unit.domain.conftest import GrantWorld
from tests.vectors import authorization as vectors

PARAMETERS = vectors.request(client_id=CLIENT_ID)
CLIENT = factories.client(grant_types=frozenset({"authorization_code"}), redirect_uris=vectors.REDIRECT_URIS)
DESTINATION = Destination(client=CLIENT, redirect_uri=vectors.REDIRECT_URI, state="xyz")


def without(*names: str, **changes: str) -> Mapping[str, str]:
    return {name: value for name, value in PARAMETERS.items() if name not in names} | changes


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


def parse(parameters: Mapping[str, str], **client: Any) -> AuthorizationRequest:
    return authorization.parse(parameters, copy.replace(DESTINATION, client=copy.replace(CLIENT, **client)))


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


def refused(parameters: Mapping[str, str], **client: Any) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        parse(parameters, **client)
    return caught.value


@pytest.mark.parametrize(
    ("parameters", "kind", "reason"),
    [
        pytest.param(
            without(response_type="t" * 100),
            errors.UnsupportedResponseTypeError,
            f"response_type {'t' * 64!r}",
            id="response type",
        ),
        pytest.param(without(request="e30."), errors.RequestNotSupportedError, "request object", id="request"),
        pytest.param(
            without(request_uri="https://a.example"),
            errors.RequestUriNotSupportedError,
            "request_uri",
            id="request_uri",
        ),
        pytest.param(
            without(registration="{}"), errors.RegistrationNotSupportedError, "registration", id="registration"
        ),
        pytest.param(without(scope='a"'), errors.InvalidScopeError, "scope outside the grammar: 'a\"'", id="scope"),
    ],
)
def test_what_is_not_supported_is_refused_by_its_own_error(
    parameters: Mapping[str, str], kind: type[OAuthError], reason: str
) -> None:
    error = refused(parameters)

    assert (type(error), error.reason, error.description) == (kind, reason, kind.default_description)


CHALLENGE_MISSING = ("no code_challenge", "The code_challenge parameter is required.")
NOT_S256 = ("code_challenge_method is not S256", "The code_challenge_method must be S256.")
PROMPT = ("prompt", "The prompt parameter is malformed.")
MAX_AGE = ("max_age", "The max_age parameter is malformed.")
CLAIMS = ("claims", "The claims parameter is malformed.")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param(
            without("response_type"), ("no response_type", "The response_type parameter is missing."), id="none"
        ),
        pytest.param(
            without(response_mode="fragment"),
            ("response_mode", "Only the response_mode query is supported."),
            id="response mode",
        ),
        pytest.param(without(prompt="none login"), PROMPT, id="none and more"),
        pytest.param(without(prompt="sing"), PROMPT, id="unknown prompt"),
        pytest.param(
            without(nonce="n" * 501),
            ("nonce of 501 characters", "The nonce has more than 500 characters."),
            id="overlong nonce",
        ),
        pytest.param(without("code_challenge"), CHALLENGE_MISSING, id="no challenge"),
        pytest.param(without("code_challenge", "code_challenge_method"), CHALLENGE_MISSING, id="no PKCE"),
        pytest.param(without("code_challenge_method"), NOT_S256, id="no method"),
        pytest.param(without(code_challenge_method="plain"), NOT_S256, id="plain"),
        pytest.param(
            without(code_challenge="short"),
            ("code_challenge", "The code_challenge parameter is malformed."),
            id="short challenge",
        ),
        pytest.param(without(max_age="-1"), MAX_AGE, id="negative age"),
        pytest.param(without(max_age=""), MAX_AGE, id="empty age"),
        pytest.param(without(max_age="\u00b2"), MAX_AGE, id="age in a superscript"),
        pytest.param(without(max_age="1" * 11), MAX_AGE, id="age of eleven digits"),
        pytest.param(without(claims="{"), CLAIMS, id="claims that are no JSON"),
        pytest.param(without(claims="[]"), CLAIMS, id="claims that are no object"),
        pytest.param(without(claims='{"id_token": []}'), None, id="claims about nothing"),
        pytest.param(without(claims='{"id_token": [1]}'), CLAIMS, id="claims in a list"),
        pytest.param(without(claims='{"id_token": {"acr": [1]}}'), CLAIMS, id="acr in a list"),
        pytest.param(
            without(claims='{"id_token": {"acr": {"essential": true, "values": 1}}}'), CLAIMS, id="values that are none"
        ),
        pytest.param(without(claims="[" * 100_000), CLAIMS, id="nested claims"),
    ],
)
def test_what_is_missing_or_malformed_is_named(parameters: Mapping[str, str], expected: tuple[str, str] | None) -> None:
    if expected is None:
        assert parse(parameters).demand == NO_DEMAND
        return
    error = refused(parameters)

    assert (type(error), error.reason, error.description) == (errors.InvalidRequestError, *expected)


def test_values_at_the_limits_are_taken() -> None:
    request = parse({**PARAMETERS, "nonce": "n" * 500, "max_age": "9" * 10, "response_mode": "query", "prompt": "none"})

    assert (request.nonce, request.max_age_seconds, request.prompts) == ("n" * 500, 9_999_999_999, {"none"})


@pytest.mark.parametrize("prompt", ["login", "consent", "select_account", "create", "login  consent"])
def test_prompts_are_words(prompt: str) -> None:
    assert parse({**PARAMETERS, "prompt": prompt}).prompts == set(prompt.split())


def test_the_client_must_have_the_grant() -> None:
    error = refused(PARAMETERS, grant_types=frozenset({"password"}))

    assert (type(error), error.reason) == (
        errors.UnauthorizedClientError,
        f"client {CLIENT_ID!r} lacks 'authorization_code'",
    )


NO_PKCE = without("code_challenge", "code_challenge_method")


def test_a_confidential_client_may_do_without_pkce_if_it_need_not_use_it() -> None:
    assert parse(NO_PKCE, requires_pkce=False).code_challenge is None
    assert parse(PARAMETERS, requires_pkce=False).code_challenge == vectors.CHALLENGE


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [(without("code_challenge"), CHALLENGE_MISSING[0]), (without("code_challenge_method"), NOT_S256[0])],
)
def test_half_of_pkce_is_refused_even_so(parameters: Mapping[str, str], expected: str) -> None:
    assert refused(parameters, requires_pkce=False).reason == expected


def test_a_public_client_never_does_without_pkce() -> None:
    error = refused(NO_PKCE, requires_pkce=False, authentication_methods=frozenset({"none"}))

    assert error.reason == CHALLENGE_MISSING[0]


@pytest.mark.parametrize(
    ("parameters", "demand"),
    [
        pytest.param({}, NO_DEMAND, id="nothing"),
        pytest.param({"acr_values": "phr x"}, Demand(acr_values=("phr", "x")), id="acr_values"),
        pytest.param({"prompt": "login"}, Demand(is_fresh=True), id="a fresh sign-in"),
        pytest.param({"max_age": "9"}, Demand(is_fresh=True), id="a sign-in of an age"),
        pytest.param({"prompt": "consent"}, NO_DEMAND, id="another prompt"),
    ],
)
def test_a_client_may_ask_for_a_class_or_a_fresh_sign_in(parameters: dict[str, str], demand: Demand) -> None:
    assert parse({**PARAMETERS, **parameters}).demand == demand


@pytest.mark.parametrize(
    ("claims", "values"),
    [
        pytest.param({"id_token": {"acr": {"essential": True, "values": ["a", "b"]}}}, ("a", "b"), id="values"),
        pytest.param({"id_token": {"acr": {"essential": True, "value": "a"}}}, ("a",), id="one value"),
        pytest.param(
            {"id_token": {"acr": {"essential": True, "values": ["a"], "value": "b"}}}, ("a", "b"), id="values and one"
        ),
        pytest.param({"id_token": {"acr": {"essential": True, "values": [1]}}}, ("1",), id="a number"),
    ],
)
def test_an_essential_class_goes_before_the_classes_that_are_wished_for(claims: Any, values: tuple[str, ...]) -> None:
    request = parse({**PARAMETERS, "claims": json.dumps(claims), "acr_values": "wished"})

    assert request.demand == Demand(acr_values=values, is_essential=True)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"id_token": None},
        {"id_token": {}},
        {"id_token": {"acr": None}},
        {"id_token": {"acr": {"values": ["a"]}}},
        {"id_token": {"acr": {"essential": False, "value": "a"}}},
        {"id_token": {"acr": {"essential": True}}},
        {"userinfo": {"acr": {"essential": True, "value": "a"}}},
    ],
    ids=json.dumps,
)
def test_claims_without_an_essential_class_are_ignored(claims: Any) -> None:
    request = parse({**PARAMETERS, "claims": json.dumps(claims), "acr_values": "wished"})

    assert request.demand == Demand(acr_values=("wished",))


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
