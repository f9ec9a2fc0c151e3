"""Resource indicators at the authorization endpoint, and in the code (RFC 8707 sections 2.1 and 2.2)."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import Call, TokenService, opens
from tests.unit.endpoints.signin.browser import Browser
from tests.unit.endpoints.signin.conftest import redeem

URL = "https://api.example/orders"
INVALID_TARGET = (400, "invalid_target")


@pytest.fixture(autouse=True)
def published(web: DirectoryWriter) -> None:
    stage = factories.deployment(url=URL)
    web.save_api(factories.api(deployments=(stage,)))
    web.save_deployment(stage)


def audience(service: TokenService, token: str) -> str:
    return service.post({"token": token}, path="/introspect").json["aud"]


def test_the_authorization_requests_resource_holds_where_the_token_request_names_none(
    browser: Browser, service: TokenService, call: Call
) -> None:
    issued = redeem(service, browser.obtain_code(scope="read", resource=URL)["code"])

    assert (audience(service, issued.json["access_token"]), opens(call, issued)) == (URL, True)


def test_the_token_request_may_name_it_again_in_another_spelling(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code(scope="read", resource=f"{URL}/mcp")["code"]

    issued = redeem(service, code, resource=f"{URL}/")

    assert audience(service, issued.json["access_token"]) == f"{URL}/"


def test_the_token_request_may_name_it_first(browser: Browser, service: TokenService) -> None:
    issued = redeem(service, browser.obtain_code(scope="read")["code"], resource=URL)

    assert audience(service, issued.json["access_token"]) == URL
    assert service.refresh(issued.json["refresh_token"], resource=URL).status == 200


def test_a_refused_token_request_does_not_spend_the_code(browser: Browser, service: TokenService) -> None:
    code = browser.obtain_code(scope="read", resource=URL)["code"]

    assert redeem(service, code, resource="https://auth.example/api/am/devportal/v3").refusal == INVALID_TARGET
    assert redeem(service, code, resource="https://unknown.example").refusal == INVALID_TARGET
    assert redeem(service, code, resource=URL).status == 200


@pytest.mark.parametrize("resource", ["https://unknown.example/", f"{URL}#x", "https://user@api.example/orders", "x"])
def test_an_invalid_target_is_answered_to_the_client(browser: Browser, resource: str) -> None:
    browser.sign_in(browser.authorize())

    answer = browser.authorize(resource=resource, state="s").answer

    assert (answer["error"], answer["state"]) == ("invalid_target", "s")


def test_several_resources_survive_the_sign_in(browser: Browser, service: TokenService) -> None:
    both = f"{URL} https://auth.example/api/am/devportal/v3"

    issued = redeem(service, browser.obtain_code(scope="read", resource=both)["code"])

    assert audience(service, issued.json["access_token"]) == both.split(" ")
