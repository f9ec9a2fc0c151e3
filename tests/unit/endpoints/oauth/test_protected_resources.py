"""Protected resource metadata, and the challenge that leads there (RFC 9728)."""

import copy
import re
from copy import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gatehouse.bootstrap import authorizer
from gatehouse.domain.apis import own_paths
from gatehouse.domain.apis.own_paths import OwnPath
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import documents
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.own_paths import DynamoDBOwnPaths
from tests import factories, http_events, template
from tests.answers import Answer
from tests.factories import NOW
from tests.template import ROOT
from tests.unit.endpoints.conftest import TokenService

PATH = "/.well-known/oauth-protected-resource"
OWN = OwnPath(path="/orders/v1", organisation="johnsorg", api_id="orders")
ENTRY = Entry(organisation="johnsorg", at_ms=NOW * 1000, actor="operator", action="path.map", target="/orders/v1")


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


@pytest.fixture
def mapped(johnsorg: DirectoryWriter, tables: Tables) -> DynamoDBOwnPaths:
    """An API that answers below /orders/v1 of our own host, as its publisher and an operator say."""
    stages = (factories.deployment(stage="v2"), factories.deployment(url="https://AUTH.example/orders/v1/"))
    johnsorg.save_api(factories.api(deployments=stages))
    store = DynamoDBOwnPaths(tables)
    assert store.map_path(OWN, ENTRY)
    return store


@pytest.mark.parametrize("below", ["", "/", "/mcp", "/mcp/update"])
@pytest.mark.usefixtures("mapped")
def test_an_api_on_our_own_host_is_described_at_the_address_that_clients_derive(
    service: TokenService, below: str
) -> None:
    answer = get(service, f"{PATH}/orders/v1{below}")

    assert answer.status == 200
    assert answer.json["resource"] == "https://AUTH.example/orders/v1/"
    assert answer.json["authorization_servers"] == ["https://auth.example/t/johnsorg"]


@pytest.mark.parametrize("path", ["/orders", "/orders/v2", "/ORDERS/v1", "/orders/v10", "/a/b/c/d/e/f/g"])
@pytest.mark.usefixtures("mapped")
def test_another_path_of_our_own_host_is_not_found(service: TokenService, path: str) -> None:
    assert get(service, PATH + path).status == 404


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"lifecycle": "RETIRED"}, id="retired"),
        pytest.param({"deployments": (factories.deployment(url="https://other.example/orders/v1"),)}, id="moved"),
    ],
)
@pytest.mark.usefixtures("mapped")
def test_an_operators_word_alone_describes_nothing(
    service: TokenService, johnsorg: DirectoryWriter, changes: dict[str, Any]
) -> None:
    deployments = (factories.deployment(url="https://auth.example/orders/v1"),)
    johnsorg.save_api(factories.api(**{"deployments": deployments, **changes}))

    assert get(service, f"{PATH}/orders/v1").status == 404


@pytest.mark.usefixtures("johnsorg")
def test_a_publishers_word_alone_describes_nothing(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_api(factories.api(deployments=(factories.deployment(url="https://auth.example/orders/v1"),)))

    assert get(service, f"{PATH}/orders/v1").status == 404


def test_a_path_is_mapped_once_and_unmapped_as_it_was(mapped: DynamoDBOwnPaths, service: TokenService) -> None:
    other = replace(OWN, organisation="acme")

    assert not mapped.map_path(other, replace(ENTRY, organisation="acme"))
    assert not mapped.unmap_path(other, replace(ENTRY, organisation="acme"))
    assert mapped.find_own_paths() == (OWN,)
    assert mapped.unmap_path(OWN, ENTRY)
    assert get(service, f"{PATH}/orders/v1").status == 404


@pytest.mark.parametrize(
    "text",
    [
        "orders",
        "/",
        "/t/johnsorg",
        "/store",
        "/device_authorization/v1",
        "/a//b",
        "/a?b",
        "/a/b%2f",
        "/a/b/c/d/e/f/g",
        "/" + "a" * 65,
    ],
)
def test_what_is_no_path_or_our_own_is_not_mapped(text: str) -> None:
    with pytest.raises(InvalidInputError):
        own_paths.parse(text)


def test_no_path_of_the_deployed_service_is_mapped() -> None:
    api = [one["Properties"] for one in template.load()["Resources"].values() if one["Type"].endswith("V2::Route")]
    answered = {one["RouteKey"].partition(" ")[2].split("/")[1] for one in api if one["RouteKey"] != "$default"}

    for first in sorted(answered):
        with pytest.raises(InvalidInputError):
            own_paths.parse(f"/{first}")


@pytest.mark.usefixtures("deployed")
def test_the_snippet_of_the_page_leads_from_the_apis_own_host_to_the_metadata(service: TokenService) -> None:
    """The lines of docs/how-to/attach-mcp-server.md, as they are there: an open route that calls an address of ours."""
    page = (ROOT / "docs" / "how-to" / "attach-mcp-server.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```yaml\n(/\.well-known/.*?)```", page, re.DOTALL)
    paths: dict[str, Any] = yaml.safe_load(snippet)
    described: dict[str, Any] = copy.deepcopy(paths)
    path = f"{PATH}/{{proxy+}}"
    described[path]["get"]["responses"] = {"200": {"description": "OK"}}
    operation = paths[path]["get"]
    integration = operation["x-amazon-apigateway-integration"]

    documents.validate({"openapi": "3.0.3", "info": {"title": "snippet", "version": "1"}, "paths": described})
    answer = get(service, urlsplit(str(integration["uri"])).path)

    assert (list(paths), operation["security"], integration["type"]) == ([path], [], "http_proxy")
    assert (answer.status, answer.json["resource"]) == (200, "https://api.example/orders")
