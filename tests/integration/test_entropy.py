"""What nobody may guess (RFC 6749 section 10.10), counted as OAuch does: Shannon entropy over all that was seen."""

import math
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from tests.deployed import bearer
from tests.people import Person
from tests.visitors import Visitor

SAMPLES = 24
_SECRETS_OF_A_KEY = 10


def bits(samples: Sequence[str]) -> float:
    """Return the average bits of a sample: entropy of a character times characters."""
    text = "".join(samples)
    frequencies = [count / len(text) for count in Counter(text).values()]
    return -sum(one * math.log2(one) for one in frequencies) * len(text) / len(samples)


@pytest.fixture(scope="module")
def seen(visitor: Visitor, citizen: Person) -> dict[str, list[str]]:
    """Tokens, codes and secrets, as they are issued."""
    issued = [citizen.obtain() for _ in range(SAMPLES)]
    return {
        "access tokens": [one["access_token"].removeprefix("gha_") for one in issued],
        "refresh tokens": [one["refresh_token"].removeprefix("ghr_") for one in issued],
        "codes": [visitor.answer()["code"] for _ in range(SAMPLES)],
        "secrets": consumer_secrets(citizen),
    }


def consumer_secrets(person: Person) -> list[str]:
    """Generate secrets of both keys of a new application, by the store's JSON API."""
    headers = bearer(person.obtain("apim:subscribe apim:app_manage")["access_token"])
    base = f"{person.deployed.stack['base_url']}/api/am/devportal/v3/applications"

    def post(url: str, body: Mapping[str, object]) -> dict[str, str]:
        answer = person.http.post(url, json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    name = f"Entropy {secrets.token_hex(8)}"
    application = post(base, {"name": name, "throttlingPolicy": "Unlimited"})["applicationId"]
    shown: list[str] = []
    for key_type in ("PRODUCTION", "SANDBOX"):
        body = {"keyType": key_type, "grantTypesToBeSupported": ["client_credentials"]}
        keys = post(f"{base}/{application}/generate-keys", body)
        one = f"{base}/{application}/oauth-keys/{keys['keyMappingId']}/generate-secret"
        shown += [keys["consumerSecret"], *(post(one, {})["secretValue"] for _ in range(_SECRETS_OF_A_KEY - 1))]
    return shown


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        pytest.param("access tokens", 128, id="tokens_access_token_entropy_min_req"),
        pytest.param("access tokens", 160, id="tokens_access_token_entropy_sug_req"),
        pytest.param("refresh tokens", 128, id="tokens_refresh_token_entropy_min_req"),
        pytest.param("refresh tokens", 160, id="tokens_refresh_token_entropy_sug_req"),
        pytest.param("codes", 128, id="tokens_authorization_code_entropy_min_req"),
        pytest.param("codes", 160, id="tokens_authorization_code_entropy_sug_req"),
        pytest.param("secrets", 128, id="token_endpoint_client_secret_entropy_min_req"),
        pytest.param("secrets", 160, id="token_endpoint_client_secret_entropy_sug_req"),
    ],
)
def test_nobody_guesses(seen: dict[str, list[str]], kind: str, least: int) -> None:
    assert len(set(seen[kind])) == len(seen[kind])
    assert bits(seen[kind]) >= least
