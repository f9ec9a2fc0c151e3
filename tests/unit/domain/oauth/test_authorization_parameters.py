"""Which parameters of an authorization request are refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gatehouse.domain.accounts.factors import NO_DEMAND, Demand
from gatehouse.domain.kernel import errors
from gatehouse.domain.kernel.errors import OAuthError
from tests.factories import CLIENT_ID
from tests.unit.domain.oauth.authorizing import PARAMETERS, parse, without
from tests.vectors import authorization as vectors


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
        pytest.param(without(claims='{"id_token": {"sub": "john"}}'), CLAIMS, id="sub that is no object"),
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
    assert request.subject is None


@pytest.mark.parametrize(
    ("claims", "subject"),
    [
        ({"id_token": {"sub": {"value": "user-john"}}}, "user-john"),
        ({"id_token": {"sub": {"value": "user-john", "essential": True}, "acr": None}}, "user-john"),
        ({"id_token": {"sub": {"value": 7}}}, "7"),
        ({"id_token": {"sub": {"value": ""}}}, ""),
        ({"id_token": {"sub": None}}, None),
        ({"id_token": {"sub": {"essential": True}}}, None),
        ({"userinfo": {"sub": {"value": "user-john"}}}, None),
    ],
    ids=json.dumps,
)
def test_a_client_may_name_the_user_that_it_takes(claims: Any, subject: str | None) -> None:
    assert parse({**PARAMETERS, "claims": json.dumps(claims)}).subject == subject
