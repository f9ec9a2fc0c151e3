"""Protected resource metadata, and the challenge that leads there (RFC 9728)."""

from typing import Any

import pytest

from gatehouse.bootstrap import authorizer
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events
from tests.answers import Answer
from tests.factories import NOW
from tests.unit.endpoints.conftest import TokenService

PATH = "/.well-known/oauth-protected-resource"


@pytest.fixture
def deployed(johnsorg: DirectoryWriter) -> DirectoryWriter:
    stages = (factories.deployment(url="https://api.example/orders"), factories.deployment(stage="v2"))
    johnsorg.save_api(factories.api(deployments=stages))
    return johnsorg


def get(service: TokenService, path: str) -> Answer:
    return service.post({}, method="GET", path=path, authorization=None)


@pytest.mark.usefixtures("deployed")
def test_prm_01_the_document_names_the_resource_and_its_authorization_server(service: TokenService) -> None:
    answer = get(service, f"{PATH}/t/johnsorg/orders")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "resource": "https://api.example/orders",
        "authorization_servers": ["https://auth.example/t/johnsorg"],
        "scopes_supported": ["delete", "read", "update"],
        "bearer_methods_supported": ["header"],
        "resource_name": "orders 1.0.0",
    }


@pytest.mark.usefixtures("deployed")
def test_a_stage_has_a_document_of_its_own(service: TokenService) -> None:
    answer = get(service, f"{PATH}/t/johnsorg/orders/abc123/v2")

    assert answer.json["resource"] == "https://abc123.execute-api.us-east-1.amazonaws.com/v2"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("/t/johnsorg", id="no API"),
        pytest.param("/t/johnsorg/unknown", id="unknown API"),
        pytest.param("/t/no key/orders", id="no organisation"),
        pytest.param("/t/acme/orders", id="another organisation"),
        pytest.param("/t/johnsorg/orders/abc123/v3", id="unknown stage"),
        pytest.param("/t/johnsorg/orders/abc123", id="half a stage"),
    ],
)
@pytest.mark.usefixtures("deployed")
def test_what_is_not_published_is_not_found(service: TokenService, path: str) -> None:
    assert get(service, PATH + path).status == 404


@pytest.mark.usefixtures("deployed")
def test_a_retired_api_is_not_found(service: TokenService, deployed: DirectoryWriter) -> None:
    deployed.save_api(factories.api(deployments=(factories.deployment(),), lifecycle="RETIRED"))

    assert get(service, f"{PATH}/t/johnsorg/orders").status == 404


@pytest.mark.usefixtures("deployed")
def test_the_challenge_of_a_denial_leads_to_the_stages_document(service: TokenService, tables: Tables) -> None:
    gate = authorizer.authorizer(factories.settings(public_url="https://auth.example"), tables)
    token = service.password(scope="read").json["access_token"]
    answer: Any = gate.answer(http_events.request_authorizer(f"Bearer {token}", "POST", "/orders"), NOW)

    assert answer["context"]["www_authenticate"] == (
        'Bearer realm="gatehouse", error="insufficient_scope", scope="update", '
        f'resource_metadata="https://auth.example{PATH}/t/johnsorg/orders/abc123/v1"'
    )


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        ("/api/am/devportal/v3", "https://auth.example"),
        ("/api/am/publisher/v1", "https://auth.example"),
        ("/api/am/admin/v4", "https://auth.example"),
        ("/userinfo", "https://auth.example"),
        ("/t/johnsorg/userinfo", "https://auth.example/t/johnsorg"),
    ],
)
@pytest.mark.usefixtures("deployed")
def test_prm_01_resources_on_our_own_host_are_described_at_the_derived_address(
    service: TokenService, path: str, issuer: str
) -> None:
    """RFC 9728 section 3.3: the resource must be the one that the address was derived from."""
    document = get(service, PATH + path).json

    assert document["resource"] == f"https://auth.example{path}"
    assert document["authorization_servers"] == [issuer]
    assert ("apim:subscribe" in document["scopes_supported"]) == ("/api/" in path)
    assert ("openid" in document["scopes_supported"]) == ("userinfo" in path)


@pytest.mark.parametrize("path", ["/api/am/devportal", "/api/am/devportal/v3/apis", "/token", "/t/johnsorg/token"])
@pytest.mark.usefixtures("deployed")
def test_what_is_no_protected_resource_of_ours_has_no_description(service: TokenService, path: str) -> None:
    assert get(service, PATH + path).status == 404
