"""A member of another organisation learns nothing: a matrix over every operation, with ids that exist."""

from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints.devportal import api
from tests.unit.endpoints.members import SIGN_IN_CLIENT, Member

OPERATIONS = [(one.method, one.path) for one in api.table(None)]  # pyright: ignore[reportArgumentType]
LEVELS = {"policyLevel": "application", "policyId": "Unlimited"}


def bodies(ids: dict[str, str]) -> dict[str, Any]:
    subscription = {
        "applicationId": ids["applicationId"],
        "apiId": "orders",
        "throttlingPolicy": "Gold",
        "status": "UNBLOCKED",
    }
    return {
        "Application": {"name": "taken over", "throttlingPolicy": "Unlimited"},
        "Owner": {"owner": "alice@gmail.com"},
        "ApplicationKeyMappingRequest": {"consumerKey": ids["keyMappingId"], "keyType": "SANDBOX"},
        "PasskeyName": {"name": "taken over"},
        "AddressChange": {"email": "alice@example.com"},
        "PasswordChange": {"currentPassword": "guessed", "newPassword": "seven purple walruses"},
        "ApplicationKeyGenerateRequest": {"keyType": "SANDBOX", "grantTypesToBeSupported": ["password"]},
        "ApplicationKey": {"supportedGrantTypes": ["password"]},
        "ApplicationTokenGenerateRequest": {},
        "ConsumerSecretCreationRequest": {},
        "ConsumerSecretRevocationRequest": {"secretId": "x"},
        "Subscription": subscription,
        "Subscriptions": [subscription],
    }


@pytest.fixture
def johns(john: Member) -> dict[str, str]:
    """Ids of everything John has, shared as widely as he can."""
    application = john.application("Johns shop", groups=["employee", "everyone"], description="private thing")
    keys = john.keys(application)
    subscription = john.subscribe(application).json
    return {
        "applicationId": application["applicationId"],
        "keyMappingId": keys["keyMappingId"],
        "keyType": "PRODUCTION",
        "subscriptionId": subscription["subscriptionId"],
        "apiId": "orders",
        "sessionId": SIGN_IN_CLIENT + "johnsorg",
        "clientId": SIGN_IN_CLIENT + "johnsorg",
        "documentId": "start",
        "passkeyId": "none",
        "providerId": "none",
        "browserId": "none",
        "format": "postman",
        **LEVELS,
    }


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_another_organisation_sees_and_changes_nothing(
    john: Member, alice: Member, store: Store, johns: dict[str, str], method: str, path: str
) -> None:
    operation = next(one for one in store.json_api.operations if (one.method, one.path) == (method, path))
    before = snapshot(john, johns)
    ids = {name: johns[name] for name in ("applicationId", "apiId")}
    query = {**ids, "groupId": "employee", "query": "Johns shop"} if path == "/applications" else ids

    answer = alice.call(
        method,
        path.format(**johns),
        query=query if method == "GET" else {},
        **({"json_body": bodies(johns)[operation.takes]} if operation.takes else {}),
    )

    for private in ("Johns", "john@gmail.com", "private thing", "johnsorg", johns["keyMappingId"]):
        assert private not in answer.body
    if "{" in path and "throttling" not in path:
        assert answer.status == 404
    assert snapshot(john, johns) == before


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_without_a_token_every_operation_is_401(store: Store, method: str, path: str) -> None:
    nobody = Member(store, "gha_AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43)

    assert nobody.call(method, path.format_map(Anything())).status == 401


class Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "x"


def snapshot(john: Member, johns: dict[str, str]) -> list[Any]:
    application = johns["applicationId"]
    return [
        john.get(f"/applications/{application}").json,
        john.get(f"/applications/{application}/oauth-keys").json,
        john.get("/subscriptions", applicationId=application).json,
        john.get(f"/subscriptions/{johns['subscriptionId']}").json,
    ]
