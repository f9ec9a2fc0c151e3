"""What `gatehouse doctor` says of functions, addresses and the authorizer."""

import io
import socket
import ssl
from copy import replace
from typing import Any

import pytest

from tests.conftest import REGION
from tests.unit.cli.patients import CHALLENGE, ISSUED, Patient, payload, refusal
from tests.unit.cli.patients import patient as patient

MISSING = "Unable to import module 'app': No module named 'gatehouse'"


@pytest.mark.parametrize(("endpoint_url", "state"), [("", "wrong"), ("http://127.0.0.1:4566", "ok")])
def test_hosts_of_tests_are_told(patient: Patient, endpoint_url: str, state: str) -> None:
    patient.aws["lambda.get_function_configuration"] = {
        "State": "Active",
        "Environment": {
            "Variables": {"FETCHER_TEST_HOSTS": "client.example=127.0.0.1:1", "AWS_ENDPOINT_URL": endpoint_url}
        },
    }

    line = patient.lines()["functions: Token"]

    assert (line["state"], "client.example=127.0.0.1:1" in line["seen"]) == (state, True)
    assert "on loopback" in line["means"]


@pytest.mark.parametrize(
    ("headers", "state", "means"),
    [
        pytest.param(CHALLENGE, "ok", "under its own name", id="its own"),
        pytest.param({**CHALLENGE, "x-amzn-Remapped-WWW-Authenticate": "Basic"}, "ok", "restores its name", id="both"),
        pytest.param({"x-amzn-Remapped-WWW-Authenticate": "Basic"}, "wrong", "does not restore", id="renamed"),
        pytest.param({"X-Gatehouse-Challenge": "Basic"}, "wrong", "see no challenge", id="not mapped"),
        pytest.param({}, "wrong", "see no challenge", id="lost"),
    ],
)
def test_the_name_of_the_challenge_is_told(patient: Patient, headers: dict[str, str], state: str, means: str) -> None:
    patient.web["/token"] = (401, headers, '{"error": "invalid_client"}')

    line = patient.lines()["token service: challenge"]

    assert line["state"] == state
    assert means in line["means"]


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/token", "token service"),
        ("/store", "pages: the store"),
        ("/signin", "pages: the sign-in pages"),
        ("/api/am/publisher/v1/openapi.json", "pages: the publishers' API"),
        ("/.well-known/jwks.json", "published keys"),
        ("/.well-known/oauth-authorization-server", "address"),
    ],
)
def test_a_function_that_fails_is_named(patient: Patient, path: str, check: str) -> None:
    patient.web[path] = (500, {}, '{"message": "Internal Server Error"}')

    assert "was not built" in patient.wrong()[check]["means"]


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        pytest.param(socket.gaierror(-2, "unknown"), "has no address in DNS", id="no DNS record"),
        pytest.param(ConnectionRefusedError(111, "refused"), "does not answer", id="nobody there"),
        pytest.param(TimeoutError("timed out"), "does not answer", id="no answer"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(patient: Patient, failure: Exception, seen: str) -> None:
    patient.web["/.well-known/oauth-authorization-server"] = failure

    wrong, lines = patient.wrong(), patient.lines()

    assert [seen in one["seen"] for one in wrong.values()] == [True]
    assert {lines[one]["state"] for one in ("token service", "pages", "published keys")} == {"not checked"}


def test_a_certificate_of_another_name_is_one_line(patient: Patient) -> None:
    failure = ssl.SSLCertVerificationError("failed")
    failure.verify_code = 62
    failure.verify_message = "Hostname mismatch, certificate is not valid for 'auth.example'."
    patient.web["/.well-known/oauth-authorization-server"] = failure

    (line,) = patient.wrong().values()

    assert line["seen"] == "the certificate of auth.example is not trusted: it is for another name"
    assert "PublicUrl" in line["do"]


def test_another_issuer_than_public_url_is_wrong(patient: Patient) -> None:
    patient.web["/.well-known/oauth-authorization-server"] = (200, {}, '{"issuer": "https://other.example"}')

    assert "other.example" in patient.wrong()["address"]["seen"]


@pytest.mark.parametrize(
    ("said", "is_well"),
    [
        pytest.param({"DomainName": "*.example", "Status": "ISSUED"}, True, id="a wildcard"),
        pytest.param(
            {"DomainName": "x", "SubjectAlternativeNames": ["auth.example"], "Status": "ISSUED"}, True, id="SAN"
        ),
        pytest.param(ISSUED, False, id="another name"),
        pytest.param({"DomainName": "*.auth.example", "Status": "ISSUED"}, False, id="a wildcard of the names below"),
        pytest.param({"DomainName": "auth.example", "Status": "PENDING_VALIDATION"}, False, id="not issued"),
    ],
)
def test_the_certificate_is_compared_with_public_url(patient: Patient, said: dict[str, Any], *, is_well: bool) -> None:
    patient.aws["acm.describe_certificate"] = {"Certificate": said}

    assert ("certificate" not in patient.wrong()) == is_well


def test_an_unbuilt_stack_is_named_at_each_function_that_was_asked(patient: Patient) -> None:
    patient.aws["lambda.invoke"] = lambda **_: payload(
        {"errorMessage": MISSING, "errorType": "Runtime.ImportModuleError"}, is_error=True
    )

    wrong = patient.wrong()

    assert {name for name, one in wrong.items() if MISSING in one["seen"]} == {
        "functions: Events",
        "authorizer without a token",
        "authorizer with a bad token",
        "authorizer with a bad token, at a REST API",
        "authorizer with a valid token",
        "signing keys: stages",
    }
    assert all("make deploy" in one["do"] for one in wrong.values())


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        pytest.param(payload({"isAuthorized": True}), "allowed", id="an open gate"),
        pytest.param(payload({"policyDocument": {}}), "allowed", id="a policy"),
        pytest.param(
            payload({"errorType": "TemporarilyUnavailableError", "errorMessage": "no\ntables"}, is_error=True),
            "TemporarilyUnavailableError: no tables",
            id="no tables",
        ),
        pytest.param(payload(None), "no answer", id="nothing"),
    ],
)
def test_an_authorizer_that_does_not_refuse_is_wrong(patient: Patient, answer: dict[str, Any], seen: str) -> None:
    content = answer["Payload"].getvalue()
    patient.aws["lambda.invoke"] = lambda **_: {**answer, "Payload": io.BytesIO(content)}

    assert seen in patient.wrong()["authorizer with a bad token"]["seen"]


@pytest.mark.parametrize(
    ("setting", "status", "state"),
    [
        ("deny", 403, "ok"),
        ("deny", 401, "ok"),
        ("raise", 401, "ok"),
        ("raise", 500, "wrong"),
        ("deny", 500, "wrong"),
        ("deny", 200, "wrong"),
    ],
)
def test_what_an_http_api_makes_of_a_bad_token_is_told(patient: Patient, setting: str, status: int, state: str) -> None:
    patient.connected = replace(
        patient.connected, parameters={**patient.connected.parameters, "HttpApiBadToken": setting}
    )
    patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
    patient.operator.publish("--stage", "abc123/v1", "--account", "123456789012", "--region", REGION)
    patient.web["/v1/orders"] = (status, {}, "")

    (line,) = [one for name, one in patient.lines().items() if name.startswith("HTTP APIs: johnsorg/")]

    assert line["state"] == state
    assert str(status) in line["seen"]


def test_a_rest_api_is_not_asked_since_its_401_is_documented(patient: Patient) -> None:
    patient.operator.done("organisations", "create", "johnsorg", "--name", "Johns Org")
    patient.operator.publish("--stage", "abc123/v1", "--account", "123456789012", "--region", REGION)
    patient.aws["apigatewayv2.get_api"] = refusal("GetApi", "NotFoundException")

    assert patient.lines()["HTTP APIs"]["state"] == "not checked"
    assert patient.wrong() == {}
