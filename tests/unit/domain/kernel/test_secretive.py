"""Values with secrets, as logs and tracebacks show them."""

from typing import Any

import pytest

from gatehouse.domain.accounts.provider_sessions import ProviderSession
from gatehouse.domain.kernel.fetching import Form
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.oauth.clients import Credentials
from gatehouse.domain.oauth.grants import IssuedToken, TokenRequest
from gatehouse.domain.oauth.provider_client import ProvedToken
from gatehouse.domain.oauth.signing import SigningKey
from gatehouse.domain.oauth.tokens import AccessToken, RefreshToken
from gatehouse.domain.portal.identity_providers import ProviderInput
from gatehouse.endpoints.admin.requests import ProviderDraft
from gatehouse.storage.aws.credentials import AwsCredentials
from tests import factories

SECRET = "s3cr3t-of-nobody"
VALUES = [
    Form(body=f"client_secret={SECRET}", authorization=f"Basic {SECRET}"),
    ProvedToken(text=SECRET, claims={"name": SECRET}),
    ProviderSession(
        organisation="x",
        provider_id="x",
        name="x",
        browser=b"",
        user_id="x",
        username="x",
        sealed_token=SECRET.encode(),
        expires_at=1,
    ),
    SigningKey(kid="x", private_jwk=SECRET, published_at=1),
    AwsCredentials(access_key_id="x", secret_access_key=SECRET, session_token=SECRET),
    Credentials("client_secret_basic", "x", SECRET, SECRET),
    AccessToken("x", None, SECRET),
    RefreshToken("x", "x", SECRET, SECRET),
    TokenRequest(
        client=factories.client(),
        parameters={"password": SECRET},
        arrived_at_ms=1,
        source="x",
        issuer="https://x.example",
    ),
    IssuedToken(access_token=SECRET, expires_in=1, scopes=frozenset(), refresh_token=SECRET, id_token=SECRET),
    ProviderDraft(client_secret=SECRET),
    ProviderInput(name="x", issuer="https://x.example", client_id="x", client_secret=SECRET),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_secret_is_in_no_representation_of_its_value(value: Any) -> None:
    shown = [f"{value!r}", f"{value}", f"{[value]}", repr(value.__rich_repr__())]

    assert not [one for one in shown if SECRET in one]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_secret_is_still_compared(value: Any) -> None:
    others = dict.fromkeys(value.SECRETS, "other")

    assert type(value)(**{name: getattr(value, name) for name in value.__struct_fields__} | others) != value


def test_the_other_fields_are_shown() -> None:
    assert repr(VALUES[-1]).startswith("ProviderInput(name='x', issuer='https://x.example', client_id='x', algorithm=")
    assert repr(VALUES[0]) == "Form()"


def test_every_type_with_secrets_is_tested_and_names_fields_that_it_has() -> None:
    assert {type(value) for value in VALUES} == set(Secretive.__subclasses__())
    for value in VALUES:
        assert set(value.__struct_fields__) >= type(value).SECRETS
        assert type(value).SECRETS
