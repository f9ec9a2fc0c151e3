"""Which scopes a token gets: statements TOK-21 to -24 (RFC 6749 section 3.3)."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService, basic

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


def test_tok_21_scopes_are_a_set_of_case_sensitive_names(service: TokenService) -> None:
    assert service.client_credentials(scope="update read update").json["scope"] == "read update"
    assert service.client_credentials(scope="READ read").json["scope"] == "read"


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param('re"ad', id="quote"),
        pytest.param("re\\ad", id="backslash"),
        pytest.param("lesén", id="non-ASCII"),
        pytest.param("read\tupdate", id="tab"),
        pytest.param("read  update", id="two spaces"),
        pytest.param(" read", id="leading space"),
        pytest.param("x" * 256, id="256 characters"),
        pytest.param(" ".join(f"s{n}" for n in range(101)), id="101 scopes"),
    ],
)
def test_tok_21_a_scope_outside_the_grammar_is_refused(
    service: TokenService, scope: str, dump: Callable[[], list[Any]]
) -> None:
    before = dump()

    for form in (CLIENT_CREDENTIALS, {"grant_type": "password", "username": "x", "password": "y"}):
        assert service.post({**form, "scope": scope}).refusal == (400, "invalid_scope")
    assert dump() == before


def test_tok_22_the_answer_always_states_the_granted_scope(service: TokenService) -> None:
    assert service.client_credentials(scope="read unknown").json["scope"] == "read"


def test_tok_23_without_a_scope_the_token_carries_default(service: TokenService) -> None:
    assert service.client_credentials().json["scope"] == "default"
    assert service.password().json["scope"] == "default"


@pytest.mark.parametrize(
    ("roles", "granted"),
    [
        pytest.param({"employee"}, "read", id="without the role"),
        pytest.param({"employee", "manager"}, "delete read", id="with the role"),
    ],
)
def test_tok_24_a_role_bound_scope_needs_the_role(
    service: TokenService, johnsorg: DirectoryWriter, roles: set[str], granted: str
) -> None:
    johnsorg.save_user(factories.user(roles=frozenset(roles)))

    assert service.password(scope="read delete").json["scope"] == granted


def test_tok_24_scopes_of_an_api_without_a_subscription_are_dropped(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    johnsorg.save_application(factories.application(subscriptions=()))

    assert service.password(scope="read update").json["scope"] == "default"


def test_tok_24_a_scope_name_shared_by_two_apis_needs_both_to_allow_it(
    service: TokenService, johnsorg: DirectoryWriter
) -> None:
    loose = factories.api(api_id="loose", name="loose", scopes={"delete": factories.Scope(name="delete")})
    johnsorg.save_api(loose)
    both = tuple(factories.Subscription(api_organisation="johnsorg", api_id=one) for one in ("orders", "loose"))
    johnsorg.save_application(factories.application(subscriptions=both))

    assert service.password(scope="delete").json["scope"] == "default"


def test_tok_24_a_role_of_the_same_name_in_another_organisation_opens_nothing(
    service: TokenService, acme: DirectoryWriter
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    acme.save_user(
        factories.user(organisation="acme", user_id="user-anna", username="anna", roles=frozenset({"manager"}))
    )

    answer = service.post(
        {"grant_type": "password", "username": "anna", "password": factories.PASSWORD, "scope": "read delete"},
        authorization=basic("acme-client"),
    )

    assert answer.json["scope"] == "read"


def test_tok_24_an_organisation_cannot_tick_the_role_bound_scopes_of_another_one(
    service: TokenService, acme: DirectoryWriter
) -> None:
    acme.save_api(factories.api(visibility="ALL"))
    acme.save_application(
        factories.application(
            organisation="acme", application_id="app-acme", client_scopes=frozenset({"read", "delete"})
        )
    )

    form = {"grant_type": "client_credentials", "scope": "read delete"}
    assert service.post(form, authorization=basic("acme-client")).json["scope"] == "read"
