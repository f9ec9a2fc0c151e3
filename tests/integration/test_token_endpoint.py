"""The token endpoint from outside (RFC 6749 sections 2.3, 3.2, 4.3, 4.4 and 5)."""

import re
import secrets
from copy import replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.oauth import clients
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed, bearer, seen_within
from tests.people import PASSWORD, SECRET, Person
from tests.vectors import forgeries

SECONDS_UNTIL_SEEN = 5
MEMBERS = {"scope", "token_type", "expires_in", "access_token"}


def test_tok_17_tok_22_the_answer_has_the_members_of_the_source_documents(person: Person) -> None:
    answer = person.sign_in("read")

    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == MEMBERS | {"refresh_token"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "read")
    assert type(body["expires_in"]) is int


def test_cc_03_token_endpoint_refresh_token_present(person: Person) -> None:
    body = person.post("/token", {"grant_type": "client_credentials"}).json()

    assert body.keys() == MEMBERS
    assert body["scope"] == "default"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/token", id="refusal"),
        pytest.param("GET", "/token?grant_type=client_credentials", id="tok_01 GET"),
        pytest.param("PUT", "/token", id="PUT"),
        pytest.param("GET", "/nowhere", id="no such path"),
        pytest.param("POST", "/t/nobody/token", id="no such organisation"),
    ],
)
def test_tok_18_tok_19_every_refusal_is_json_that_nobody_caches(
    deployed: Deployed, stranger: httpx.Client, method: str, path: str
) -> None:
    answer = stranger.request(method, f"{deployed.stack['base_url']}{path}")

    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.json().keys() == {"error", "error_description"}


def test_tok_14_f_01_a_wrong_secret_is_401_and_the_basic_challenge_arrives(
    deployed: Deployed, stranger: httpx.Client, person: Person
) -> None:
    answer = stranger.post(
        deployed.stack["token_url"],
        data={"grant_type": "client_credentials"},
        auth=(person.client.client_id, "wrong"),
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_tok_14_a_wrong_secret_in_the_body_is_401_too(citizen: Person, stranger: httpx.Client) -> None:
    form = {"grant_type": "client_credentials", "client_id": citizen.client.client_id, "client_secret": "wrong"}

    answer = stranger.post(citizen.deployed.stack["token_url"], data=form)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("name", ["grant_type", "scope", "username", "client_id", "refresh_token"])
def test_tok_19_an_error_echoes_nothing_and_its_description_is_plain_ascii(citizen: Person, name: str) -> None:
    marker = 'mark"er\\📮'
    form = {"grant_type": "password", "username": "nobody", "password": f"pass {marker}", name: marker}

    answer = citizen.post("/token", form)

    assert answer.status_code == 400
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", answer.json()["error_description"])
    assert "mark" not in answer.text


def test_tok_16_an_unknown_client_and_a_wrong_secret_are_the_same_answer(
    deployed: Deployed, stranger: httpx.Client, person: Person
) -> None:
    answers = [
        stranger.post(deployed.stack["token_url"], data={"grant_type": "client_credentials"}, auth=(client_id, "wrong"))
        for client_id in (person.client.client_id, "nobody-knows-me")
    ]

    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].content == answers[1].content


def test_tok_09_the_secret_may_stand_in_the_body(person: Person) -> None:
    form = {"grant_type": "client_credentials", "client_id": person.client.client_id, "client_secret": SECRET}

    assert person.post("/token", form, auth=None).status_code == 200


def test_tok_08_basic_credentials_are_form_decoded(person: Person) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in SECRET.encode())

    answer = person.post("/token", {"grant_type": "client_credentials"}, auth=(person.client.client_id, encoded))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({}, "invalid_request", id="tok_06 no grant_type"),
        pytest.param({"grant_type": ""}, "invalid_request", id="tok_03 an empty one"),
        pytest.param({"grant_type": "magic"}, "unsupported_grant_type", id="tok_06 an unknown one"),
        pytest.param({"grant_type": "authorization_code"}, "unauthorized_client", id="tok_06 one it may not use"),
        pytest.param({"grant_type": "password", "username": "peter"}, "invalid_request", id="pwd_01 no password"),
        pytest.param({"grant_type": "password", "password": "x"}, "invalid_request", id="pwd_01 no username"),
        pytest.param({"grant_type": "refresh_token"}, "invalid_request", id="ref_01 no refresh_token"),
        pytest.param({"grant_type": "client_credentials", "scope": 'a"b'}, "invalid_scope", id="tok_21 illegal scope"),
    ],
)
def test_tok_06_what_is_missing_or_wrong_is_named_by_rfc_6749_codes(person: Person, form: Any, error: str) -> None:
    answer = person.post("/token", form, headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param([("grant_type", "client_credentials")] * 2, id="equal"),
        pytest.param([("grant_type", "client_credentials"), ("x", "1"), ("x", "2")], id="unknown name"),
    ],
)
def test_tok_05_token_endpoint_same_parameter_twice_disallowed(person: Person, form: list[tuple[str, str]]) -> None:
    answer = person.http.post(
        person.deployed.stack["token_url"],
        content=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=person.credentials,
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_tok_04_token_endpoint_unrecognized_parameter_allowed(person: Person) -> None:
    assert person.post("/token", {"grant_type": "client_credentials", "colour": "blue"}).status_code == 200


def test_tok_10_token_endpoint_is_auth_in_uri_allowed(person: Person) -> None:
    query = urlencode({"client_id": person.client.client_id, "client_secret": SECRET})

    answer = person.post(f"/token?{query}", {"grant_type": "client_credentials"}, auth=None)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_tok_11_two_methods_in_one_request_are_refused(person: Person) -> None:
    form = {"grant_type": "client_credentials", "client_id": person.client.client_id, "client_secret": SECRET}

    answer = person.post("/token", form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_tok_24_scopes_beyond_the_entitlement_are_dropped_and_the_answer_says_so(person: Person) -> None:
    granted = person.obtain("read delete nonsense")["scope"]

    assert granted == "read"
    assert person.obtain("delete")["scope"] == "default"


def test_a_disabled_organisations_applications_get_nothing_within_seconds(person: Person, tables: Tables) -> None:
    writer, organisation = DirectoryWriter(tables), Organisation(key=f"org-{secrets.token_hex(8)}", name="Closing")
    writer.save_organisation(organisation)
    writer.save_client(replace(person.client, organisation=organisation.key, client_id=f"{organisation.key}-client"))
    form, auth = {"grant_type": "client_credentials"}, (f"{organisation.key}-client", SECRET)
    assert person.post("/token", form, auth=auth).status_code == 200

    writer.save_organisation(replace(organisation, is_active=False))

    def ask() -> tuple[int, str]:
        answer = person.post("/token", form, auth=auth)
        return answer.status_code, answer.json().get("error", "")

    assert seen_within(SECONDS_UNTIL_SEEN, ask, (401, "invalid_client"))


def test_tok_01_token_endpoint_is_get_supported(citizen: Person) -> None:
    """GET with everything that POST takes issues nothing."""
    url = citizen.deployed.stack["token_url"]

    answer = citizen.http.get(url, params={"grant_type": "client_credentials"}, auth=citizen.credentials)

    assert (answer.status_code, answer.json()["error"]) == (405, "invalid_request")
    assert answer.headers["allow"] == "POST"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("charset", ["; charset=UTF-8", ";charset=utf-8", ""])
def test_tok_02_a_form_is_read_whatever_its_charset_parameter(citizen: Person, charset: str) -> None:
    headers = {"Content-Type": f"application/x-www-form-urlencoded{charset}"}

    assert citizen.post("/token", {"grant_type": "client_credentials"}, headers=headers).status_code == 200


def test_tok_03_tok_23_without_a_scope_the_token_carries_default(citizen: Person) -> None:
    form = {"grant_type": "client_credentials"}

    granted = [citizen.post("/token", {**form, **more}).json()["scope"] for more in ({}, {"scope": ""})]

    assert granted == ["default", "default"]


def test_tok_07_token_endpoint_is_basic_authentication_supported(citizen: Person) -> None:
    assert citizen.post("/token", {"grant_type": "client_credentials"}, auth=citizen.credentials).status_code == 200


def test_tok_08_a_secret_of_separators_works_percent_encoded(
    deployed: Deployed, tables: Tables, http: httpx.Client
) -> None:
    secret = "a:b%c+d/e f=g&hé📮"
    person = people.person(deployed, tables, http, secrets=(clients.Secret(digest=clients.secret_digest(secret)),))

    encoded = (quote(person.client.client_id, safe=""), quote(secret, safe=""))

    assert person.post("/token", {"grant_type": "client_credentials"}, auth=encoded).status_code == 200


def test_tok_12_basic_for_one_client_and_the_id_of_another_is_refused(citizen: Person, rival: Person) -> None:
    form = {"grant_type": "client_credentials", "client_id": rival.client.client_id}

    assert citizen.post("/token", form).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"grant_type": "client_credentials"}, id="cc_02 client credentials"),
        pytest.param({"grant_type": "password", "username": "x", "password": "y"}, id="pwd_02 password"),
        pytest.param({"grant_type": "refresh_token", "refresh_token": "x"}, id="ref_01 refresh token"),
        pytest.param({"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, id="code"),
    ],
)
@pytest.mark.parametrize("names_itself", [True, False])
def test_tok_13_bcp_11_token_endpoint_is_client_authentication_required(
    citizen: Person, stranger: httpx.Client, form: dict[str, str], *, names_itself: bool
) -> None:
    named = {"client_id": citizen.client.client_id} if names_itself else {}

    answer = stranger.post(citizen.deployed.stack["token_url"], data={**form, **named})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_tok_13_a_public_client_sends_its_id_and_no_secret(public: Person) -> None:
    form = {"grant_type": "password", "username": public.user.username, "password": PASSWORD}

    answer = public.post("/token", {**form, "client_id": public.client.client_id}, auth=None)

    assert answer.status_code == 200


def test_tok_18_token_endpoint_has_cache_control_header_and_token_endpoint_has_pragma_header(
    citizen: Person,
) -> None:
    """OAuch fetches the bare URL; answers with tokens say the same."""
    url = citizen.deployed.stack["token_url"]

    answers = [citizen.http.get(url), citizen.http.post(url), citizen.sign_in()]

    assert [one.status_code for one in answers] == [405, 400, 200]
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}
    assert {one.headers["pragma"] for one in answers} == {"no-cache"}


def test_tok_21_scopes_are_a_set_of_case_sensitive_names(citizen: Person) -> None:
    assert citizen.obtain("update read read")["scope"] == "read update"
    assert citizen.obtain("READ read")["scope"] == "read"


def test_cc_01_a_public_client_gets_no_token_of_its_own(public: Person) -> None:
    form = {"grant_type": "client_credentials", "client_id": public.client.client_id}

    answer = public.post("/token", form, auth=None)

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_cc_04_bcp_21_the_subject_of_an_applications_token_is_no_users(jwt_citizen: Person) -> None:
    own = jwt_citizen.post("/token", {"grant_type": "client_credentials", "scope": "openid read"}).json()

    subject = forgeries.claims(own["access_token"])["sub"]

    assert subject == jwt_citizen.client.client_id != jwt_citizen.user.user_id
    url = f"{jwt_citizen.deployed.stack['base_url']}/userinfo"
    assert jwt_citizen.http.get(url, headers=bearer(own["access_token"])).status_code == 403


def test_cc_05_a_role_bound_scope_is_not_the_applications_own(citizen: Person) -> None:
    form = {"grant_type": "client_credentials", "scope": "read delete nonsense"}

    assert citizen.post("/token", form).json()["scope"] == "read"
