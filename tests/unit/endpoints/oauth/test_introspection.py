"""Introspection statements INT-* (RFC 7662)."""

from typing import Any

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.factories import CLIENT_ID, NOW
from tests.unit.endpoints.conftest import TokenService, basic

INACTIVE = {"active": False}


def introspect(service: TokenService, token: str, *, hint: str | None = None, **options: Any) -> Answer:
    form = {"token": token} if hint is None else {"token": token, "token_type_hint": hint}
    return service.post(form, path="/introspect", **options)


def test_int_01_an_unauthenticated_caller_gets_401(service: TokenService) -> None:
    token = service.password().json["access_token"]

    answer = introspect(service, token, authorization=None)

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_int_01_a_public_client_is_not_authenticated(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(client_id="public", authentication_methods=frozenset({"none"}), secrets=()))

    answer = service.post({"token": "x", "client_id": "public"}, path="/introspect", authorization=None)

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_int_02_04_an_active_token_is_described(service: TokenService) -> None:
    token = service.password(scope="read update").json["access_token"]

    described = introspect(service, token).json

    assert described.pop("jti") == f"{token[4:26]}.0.{factories.user().status_id}"
    assert described == {
        "active": True,
        "auth_time": factories.NOW,
        "amr": ["pwd"],
        "scope": "read update",
        "client_id": CLIENT_ID,
        "username": "john@gmail.com@johnsorg",
        "token_type": "Bearer",
        "exp": NOW + 3600,
        "iat": NOW,
        "sub": "user-john",
        "aud": "https://auth.example",
        "iss": "https://auth.example",
        "aut": "APPLICATION_USER",
    }


def test_an_applications_own_token_has_the_application_as_subject(service: TokenService) -> None:
    described = introspect(service, service.client_credentials().json["access_token"]).json

    assert (described["aut"], described["sub"], "username" in described) == ("APPLICATION", CLIENT_ID, False)


@pytest.mark.parametrize("token", ["", "x", "gha_" + "a" * 22 + "." + "b" * 43])
def test_int_03_unknown_tokens_are_inactive_and_nothing_else(service: TokenService, token: str) -> None:
    answer = introspect(service, token or "\u00e9")

    assert (answer.status, answer.json) == (200, INACTIVE)


def test_int_03_expired_and_revoked_tokens_look_like_unknown_ones(service: TokenService) -> None:
    expired, revoked = service.password().json["access_token"], service.password().json["access_token"]
    service.post({"token": revoked}, path="/revoke")
    now_ms, service.now_ms = service.now_ms, service.now_ms + 3_600_000

    assert introspect(service, expired).json == INACTIVE
    service.now_ms = now_ms
    assert introspect(service, revoked).json == INACTIVE


def test_int_03_another_organisation_sees_nothing(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_organisation(factories.organisation(key="acme"))
    johnsorg.save_client(factories.client(organisation="acme", client_id="acme-client", application_id="a"))
    token = service.password().json["access_token"]

    assert introspect(service, token, authorization=basic("acme-client")).json == INACTIVE


def test_a_refresh_token_is_active_for_its_own_client_only(service: TokenService, johnsorg: DirectoryWriter) -> None:
    johnsorg.save_client(factories.client(client_id="resource-server", application_id="rs"))
    token = service.password(scope="read").json["refresh_token"]

    assert introspect(service, token).json["exp"] == NOW + 86400
    assert introspect(service, token, authorization=basic("resource-server")).json == INACTIVE


def test_int_07_a_wrong_hint_still_finds_the_token(service: TokenService) -> None:
    token = service.password().json["access_token"]

    assert introspect(service, token, hint="refresh_token").json["active"] is True


@pytest.mark.parametrize("owner", ["user", "client", "organisation"])
def test_what_ends_an_owner_ends_its_tokens_at_once(
    service: TokenService, johnsorg: DirectoryWriter, owner: str
) -> None:
    token = service.password().json["access_token"]
    johnsorg.save_client(factories.client(client_id="resource-server", application_id="rs"))

    if owner == "user":
        johnsorg.save_user(factories.user(generation="a fresh one"))
    elif owner == "client":
        johnsorg.save_client(factories.client(generation="a fresh one"))
    else:
        johnsorg.save_organisation(factories.organisation(generation="a fresh one"))

    assert introspect(service, token, authorization=basic("resource-server")).json == INACTIVE


def test_the_token_that_a_refresh_replaced_is_active_until_the_window_closes(service: TokenService) -> None:
    first = service.password().json
    service.refresh(first["refresh_token"])

    assert introspect(service, first["access_token"]).json["exp"] == NOW + 2
    service.now_ms += 2_000
    assert introspect(service, first["access_token"]).json == INACTIVE
