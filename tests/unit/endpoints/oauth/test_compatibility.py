"""The switch `compatibility: wso2`, on and off (facts: what WSO2 does where the RFCs say otherwise)."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService


@pytest.fixture
def wso2(service: TokenService, johnsorg: DirectoryWriter) -> TokenService:
    johnsorg.save_organisation(factories.organisation(compatibility="wso2"))
    return service


def test_off_an_unknown_grant_type_is_unsupported(service: TokenService) -> None:
    assert service.post({"grant_type": "magic"}).json["error"] == "unsupported_grant_type"


def test_on_an_unknown_grant_type_is_an_invalid_request(wso2: TokenService) -> None:
    answer = wso2.post({"grant_type": "magic"})

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert answer.json["error_description"] == "Unsupported grant_type value"


def test_off_an_application_without_scope_gets_default(service: TokenService) -> None:
    assert service.client_credentials(validity_period="60").json["scope"] == "default"
    assert service.client_credentials(validity_period="60").json["expires_in"] == 3600


def test_on_an_application_without_scope_gets_wso2s_application_scope(wso2: TokenService) -> None:
    assert wso2.client_credentials().json["scope"] == "am_application_scope default"


def test_on_an_application_with_a_scope_gets_that_scope(wso2: TokenService) -> None:
    assert wso2.client_credentials(scope="read", validity_period="60").json["scope"] == "read"


def test_on_an_application_chooses_its_tokens_validity(wso2: TokenService) -> None:
    assert wso2.client_credentials(validity_period="60").json["expires_in"] == 60


@pytest.mark.parametrize("period", ["-1", "0", "86401", "1e3", "\u0663", "999999999999", "x"])
def test_on_a_validity_out_of_bounds_is_refused(wso2: TokenService, period: str) -> None:
    assert wso2.client_credentials(validity_period=period).json["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/oauth2/token", "/t/johnsorg/oauth2/token", "/t/JohnsOrg/token"])
def test_wso2s_paths_answer_in_every_organisation(service: TokenService, path: str) -> None:
    assert service.post({"grant_type": "client_credentials"}, path=path).status == 200
