"""Client credentials statements CC-* (RFC 6749 section 4.4)."""

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService, basic


@pytest.mark.parametrize(
    "methods",
    [
        pytest.param({"none"}, id="public"),
        pytest.param({"none", "client_secret_basic"}, id="public as well"),
    ],
)
def test_cc_01_a_public_client_gets_no_token_of_its_own(
    service: TokenService, johnsorg: DirectoryWriter, methods: set[str]
) -> None:
    johnsorg.save_client(factories.client(client_id="public", authentication_methods=frozenset(methods)))
    form = {"grant_type": "client_credentials", "client_id": "public"}

    assert service.post(form, authorization=None).refusal == (400, "unauthorized_client")


def test_cc_02_client_authentication_is_mandatory(service: TokenService) -> None:
    form = {"grant_type": "client_credentials", "client_id": factories.CLIENT_ID}

    assert service.post(form, authorization=None).refusal == (401, "invalid_client")


def test_cc_02_a_deactivated_client_is_refused(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(is_active=False))

    assert service.client_credentials().refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "form", [pytest.param({}, id="without scope"), pytest.param({"scope": "read"}, id="with scope")]
)
def test_cc_02_a_disabled_organisations_applications_are_refused(
    service: TokenService, johnsorg: DirectoryWriter, form: dict[str, str]
) -> None:
    assert service.client_credentials(**form).status == 200
    johnsorg.save_organisation(factories.organisation(is_active=False))

    assert service.client_credentials(**form).refusal == (401, "invalid_client")
    johnsorg.save_organisation(factories.organisation())
    assert service.client_credentials(**form).status == 200


def test_cc_03_there_is_no_refresh_token(service: TokenService) -> None:
    assert "refresh_token" not in service.client_credentials(scope="read").json


def test_cc_05_a_role_bound_scope_must_be_ticked_for_the_application(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    assert service.client_credentials(scope="read delete").json["scope"] == "read"

    johnsorg.save_application(factories.application(client_scopes=frozenset({"delete"})))

    assert service.client_credentials(scope="read delete").json["scope"] == "delete read"


def test_cc_05_the_owners_roles_do_not_count(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_user(factories.user(roles=frozenset({"manager", "admin"})))

    assert service.client_credentials(scope="delete apim:admin").json["scope"] == "default"


def test_cc_05_a_ticked_scope_of_an_api_without_a_subscription_is_dropped(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_application(factories.application(client_scopes=frozenset({"delete"}), subscriptions=()))

    assert service.client_credentials(scope="delete").json["scope"] == "default"


def test_the_lifetime_can_be_the_clients_own(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(client_id="short", access_token_lifetime_seconds=300))

    answer = service.post({"grant_type": "client_credentials"}, authorization=basic("short"))

    assert answer.json["expires_in"] == 300
