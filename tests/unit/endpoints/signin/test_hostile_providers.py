"""Whatever an identity provider says is taken or refused, not a failure: ID tokens, logout tokens, UserInfo, keys."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatehouse.domain.kernel.fetching import FetchedDocument, Form
from tests import hostile
from tests.answers import Answer
from tests.identity_provider import ISSUER
from tests.unit.endpoints.signin.federation import FederationScene
from tests.unit.endpoints.signin.federation import scene as scene

pytestmark = pytest.mark.hypothesis  # `make faults` tries more examples, also of those inside a test

CLAIMS = (
    "iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "amr", "acr", "auth_time", "sid", "jti", "events",
    "email", "email_verified", "name", "preferred_username", "groups", "hd", "given_name", "at_hash", "family_name",
)  # fmt: skip
MEMBERS = (
    "keys", "kty", "kid", "n", "e", "crv", "x", "y", "alg", "use", "access_token", "id_token", "token_type",
    "expires_in", "error", "error_description",
)  # fmt: skip

SIGNABLE = hostile.objects(CLAIMS).filter(lambda one: _is_text(json.dumps(one, ensure_ascii=False)))
"""Claims that a provider can sign at all: without half characters."""


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_answered(answer: Answer) -> bool:
    """Whether it is an answer: a failure is none, and an outage of the provider is told as such."""
    return answer.status < 500 or (answer.status == 503 and "Retry-After" in answer.headers)


@pytest.fixture(autouse=True)
def registered(scene: FederationScene) -> None:
    scene.register(groups_claim="groups", trusts_email=True, trusts_factors=True)


def test_hostile_claims_of_an_id_token(scene: FederationScene) -> None:
    @hostile.many
    @given(SIGNABLE)
    def attack(claims: dict[str, Any]) -> None:
        scene.forget()
        scene.provider.claims = claims

        assert is_answered(scene.sign_in())

    attack()


def test_hostile_claims_of_a_logout_token(scene: FederationScene) -> None:
    scene.sign_in()

    @hostile.many
    @given(st.one_of(SIGNABLE.map(lambda claims: scene.provider.logout_token(**claims)), hostile.jwts(), hostile.texts))
    def attack(token: str) -> None:
        body = hostile.query({"logout_token": token}).encode()

        assert is_answered(scene.browser.send("POST", "/t/johnsorg/federated/example/logout-token", body))

    attack()


def test_a_hostile_answer_to_the_callback(scene: FederationScene) -> None:
    @hostile.many
    @given(
        st.dictionaries(
            st.sampled_from(["code", "state", "iss", "error", "error_description", "session_state", "id_token"]),
            st.one_of(hostile.texts, hostile.tokens),
            max_size=4,
        )
    )
    def attack(given_back: dict[str, str]) -> None:
        scene.forget()
        state = scene.provider.authorize(scene.start()).partition("state=")[2].partition("&")[0]
        query = hostile.query({"code": "c", "state": state, **given_back})

        assert is_answered(scene.browser.get(f"/t/johnsorg/federated/example/callback?{query}"))

    attack()


@pytest.mark.parametrize("page", ["jwks", "token", "userinfo"])
def test_a_hostile_document_of_the_provider(scene: FederationScene, page: str) -> None:
    """The document at hand stands at one address of the provider, whose others are right."""
    provider, right = scene.provider, type(scene.provider).fetch
    if page == "userinfo":
        provider.userinfo = {}
        scene.change(groups_claim="groups", trusts_email=True, trusts_factors=True)
    answer = [""]

    def fetch(organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        if url == f"{ISSUER}/{page}":
            return FetchedDocument(body=answer[0], max_age=None)
        return right(provider, organisation, url, max_bytes, form)

    object.__setattr__(provider, "fetch", fetch)

    @hostile.many
    @example('{"keys": [{"alg": []}]}')
    @given(
        st.one_of(
            hostile.objects((*MEMBERS, *CLAIMS)).map(json.dumps),
            st.lists(hostile.objects(MEMBERS), max_size=3).map(lambda keys: json.dumps({"keys": keys})),
            hostile.json_texts,
            hostile.jwts().map(lambda token: json.dumps({"access_token": "x", "id_token": token})),
        )
    )
    def attack(text: str) -> None:
        scene.forget()
        scene.browser.now_ms += 3_600_000  # what was fetched is fetched again
        provider.now = scene.browser.now_ms // 1000
        answer[0] = text

        assert is_answered(scene.sign_in())

    attack()
