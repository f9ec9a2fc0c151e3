"""F-19: no secret, token or password in a log line or an error body, whatever happens; the two lean entry points."""

import base64
import importlib
import io
import json
import logging
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from gatehouse import logs
from gatehouse.bootstrap import authorizer, keys, publisher, signin, store, token
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.endpoints.signin.pages import SignInPages as SigninPages
from gatehouse.endpoints.store.pages import StorePages as StorePages
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories, http_events
from tests.factories import CLIENT_ID, PASSWORD, SECRET
from tests.http_events import request_authorizer
from tests.memory_secrets import MemorySecrets
from tests.publishing_function import PublishingInProcess
from tests.recording_transport import RecordingTransport
from tests.template import ROOT
from tests.unit.endpoints.conftest import basic
from tests.unit.functions.variables import ENVIRONMENT

WRONG_PASSWORD = "Tr0ub4dor-and-3"
WRONG_SECRET = "aWrongSecretThatIsStillNobodysBusiness"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the product logs, as CloudWatch would get it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs._JsonLines())
    logger = logging.getLogger("gatehouse")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


def load(function: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return importlib.import_module(f"functions.{function}.app")


@pytest.fixture
def writer(writer: DirectoryWriter) -> DirectoryWriter:
    writer.save_organisation(factories.organisation())
    writer.add_user(factories.user())
    writer.save_application(factories.application())
    writer.save_client(factories.client())
    writer.save_api(factories.api())
    writer.save_deployment(factories.deployment())
    return writer


@pytest.fixture
def post(
    writer: DirectoryWriter, tables: Tables, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> Callable[..., Any]:
    """Sends a form to the entry point."""
    del writer, log
    keys.rotation(factories.settings(signing_algorithm="ES256"), tables, secrets).begin("first".ljust(32, "0"), 0)
    app = load("token", monkeypatch)
    monkeypatch.setattr(app, "router", token.router(factories.settings(), tables, secrets))

    def post(form: dict[str, str] | bytes, authorization: str | None = basic(), query: str = "") -> Any:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        headers = {"content-type": http_events.FORM, **({"authorization": authorization} if authorization else {})}
        event = http_events.http("POST", "/token", query=query, headers=headers, body=body)
        return app.handler(event, None)

    return post


def spellings(*secrets: str) -> set[str]:
    """Return the ways in which a secret could slip through: as it is, encoded, or a part of it."""
    found: set[str] = set()
    for secret in secrets:
        encoded = base64.b64encode(secret.encode()).decode()
        found |= {secret, quote_plus(secret), encoded, json.dumps(secret)[1:-1], secret[4:24]}
    return found


def assert_silent(text: str, *secrets: str) -> None:
    assert not [one for one in spellings(*secrets) if one in text]


def secret_parts(*issued: str) -> list[str]:
    return [part for one in issued for part in one.split(".")[1:]]


PASSWORD_FORM = {"grant_type": "password", "username": "john@gmail.com", "password": PASSWORD}
REFUSALS: dict[str, tuple[Any, str | None, str]] = {
    "wrong password": ({**PASSWORD_FORM, "password": WRONG_PASSWORD}, basic(), ""),
    "unknown user": ({**PASSWORD_FORM, "username": "x@y"}, basic(), ""),
    "wrong secret": (PASSWORD_FORM, basic(secret=WRONG_SECRET), ""),
    "secret in place of the id": (PASSWORD_FORM, basic(client_id=SECRET, secret=CLIENT_ID), ""),
    "secret in the body": ({**PASSWORD_FORM, "client_id": "x", "client_secret": WRONG_SECRET}, None, ""),
    "two methods": ({**PASSWORD_FORM, "client_secret": WRONG_SECRET}, basic(), ""),
    "secret in the URL": (PASSWORD_FORM, basic(), f"client_secret={WRONG_SECRET}"),
    "unreadable header": (PASSWORD_FORM, f"Basic {WRONG_SECRET}!", ""),
    "another scheme": (PASSWORD_FORM, f"Bearer {WRONG_SECRET}", ""),
    "two headers": (PASSWORD_FORM, f"{basic()}, {basic(secret=WRONG_SECRET)}", ""),
    "repeated password": (f"grant_type=password&password={WRONG_PASSWORD}&password=x".encode(), basic(), ""),
    "password that is not UTF-8": (b"grant_type=password&password=" + WRONG_PASSWORD.encode() + b"\xff", basic(), ""),
    "password encoded badly": (f"grant_type=password&password={WRONG_PASSWORD}%FF".encode(), basic(), ""),
    "NUL in the password": ({**PASSWORD_FORM, "password": f"{WRONG_PASSWORD}\0"}, basic(), ""),
    "password named as the parameter": (f"grant_type=password&{WRONG_PASSWORD}=x&".encode() * 2, basic(), ""),
    "forged refresh token": ({"grant_type": "refresh_token", "refresh_token": f"ghr_{WRONG_SECRET}"}, basic(), ""),
}


@pytest.mark.parametrize(("form", "authorization", "query"), REFUSALS.values(), ids=REFUSALS)
def test_f_19_a_refusal_is_logged_in_one_line_without_secrets(
    post: Callable[..., Any], log: io.StringIO, form: Any, authorization: str | None, query: str
) -> None:
    answer = post(form, authorization, query)

    assert answer["statusCode"] in {400, 401}
    lines = log.getvalue().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["error"] == json.loads(answer["body"])["error"]
    assert_silent(log.getvalue() + answer["body"], PASSWORD, WRONG_PASSWORD, SECRET, WRONG_SECRET)
    assert basic().partition(" ")[2] not in log.getvalue()


def test_f_19_tokens_are_never_logged(post: Callable[..., Any], log: io.StringIO) -> None:
    first = json.loads(post(PASSWORD_FORM)["body"])
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = json.loads(post(refresh)["body"])
    third = json.loads(post({**refresh, "refresh_token": second["refresh_token"]})["body"])
    assert log.getvalue() == ""

    assert post({**refresh, "scope": "more"})["statusCode"] == 400  # reuse: the family dies
    assert post({**refresh, "refresh_token": third["refresh_token"]})["statusCode"] == 400

    assert log.getvalue().count("revoked") == 2
    issued = [one[name] for one in (first, second, third) for name in ("access_token", "refresh_token")]
    assert_silent(log.getvalue(), *secret_parts(*issued))


@pytest.mark.parametrize("operation", ["BatchGetItem", "DeleteItem", "PutItem"])
@pytest.mark.parametrize(
    ("failure", "status"), [(TemporarilyUnavailableError("throttled"), 503), (ValueError("a bug"), 500)]
)
def test_f_19_a_failure_is_logged_with_its_trace_and_without_secrets(
    post: Callable[..., Any],
    log: io.StringIO,
    transport: RecordingTransport,
    operation: str,
    failure: Exception,
    status: int,
) -> None:
    def fail() -> None:
        raise failure

    transport.before(operation, fail)

    answer = post(PASSWORD_FORM)

    assert answer["statusCode"] == status
    assert ("Traceback" in log.getvalue()) == (status == 500)
    assert_silent(log.getvalue() + answer["body"], PASSWORD, SECRET)
    assert "a bug" not in answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"


@pytest.fixture
def gate_app(
    writer: DirectoryWriter, tables: Tables, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> Callable[[dict[str, Any]], Any]:
    del writer, log
    app = load("authorizer", monkeypatch)
    monkeypatch.setattr(app, "gate", authorizer.authorizer(factories.settings(), tables))
    return lambda event: app.handler(event, None)


@pytest.mark.parametrize(
    "authorization", [f"Bearer gha_{WRONG_SECRET}", f"Basic {WRONG_SECRET}", "Bearer gha_" + "A" * 22 + "." + "B" * 43]
)
def test_f_19_f_05_the_gate_logs_no_token_and_says_the_exact_word(
    gate_app: Callable[..., Any], log: io.StringIO, authorization: str
) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate_app(request_authorizer({"Authorization": [authorization]}, "GET", "/orders"))

    assert len(log.getvalue().splitlines()) == 1
    assert_silent(log.getvalue(), WRONG_SECRET, "B" * 43)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "REQUEST"},
        http_events.without(http_events.token_authorizer("x", "GET", "/orders"), "authorizationToken"),
        {"version": "2.0"},
    ],
)
def test_f_05_a_malformed_event_is_unauthorized_too(gate_app: Callable[..., Any], event: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate_app(event)


def test_the_gate_lets_a_failure_fly_and_logs_its_trace(
    gate_app: Callable[..., Any], log: io.StringIO, transport: RecordingTransport
) -> None:
    def fail() -> None:
        raise ValueError("a bug")

    transport.before("BatchGetItem", fail)
    presented = "gha_" + "A" * 22 + "." + "B" * 43

    with pytest.raises(ValueError, match="a bug"):
        gate_app(request_authorizer({"Authorization": [f"Bearer {presented}"]}, "GET", "/orders"))

    assert "Traceback" in log.getvalue()
    assert_silent(log.getvalue(), presented, "B" * 43)


def test_a_bad_token_at_an_http_api_is_logged_and_answered(gate_app: Callable[..., Any], log: io.StringIO) -> None:
    event = http_events.http_authorizer(f"Bearer gha_{WRONG_SECRET}", "GET /orders")

    answer = gate_app(event)

    assert answer["isAuthorized"] is False
    assert [json.loads(one)["message"] for one in log.getvalue().splitlines()] == ["refused"]
    assert_silent(log.getvalue(), WRONG_SECRET)


@pytest.fixture
def send(
    writer: DirectoryWriter, tables: Tables, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> Callable[..., Any]:
    """Sends a request to the entry point of a function with pages or JSON APIs."""
    del writer, log
    settings = factories.settings()

    def built(function: str) -> ModuleType:
        app = load(function, monkeypatch)
        if function == "signin":
            pages = SigninPages(ROOT / "functions" / "signin")
            monkeypatch.setattr(app, "router", signin.router(settings, pages, tables))
        elif function == "store":
            made = store.Store(settings, tables, publishing=PublishingInProcess(tables))
            monkeypatch.setattr(app, "built", made)
            monkeypatch.setattr(app, "site", made.site(StorePages(ROOT / "functions" / "store")))
        else:
            monkeypatch.setattr(app, "json_api", publisher.build(settings, tables))
            monkeypatch.setattr(app, "desk", publisher.desk(settings, tables))
        return app

    def send(function: str, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Any:
        cookies = [headers.pop("cookie")] if "cookie" in headers else []
        event = http_events.http(method, path, headers=headers, cookies=cookies, form=form or {})
        return built(function).handler(event, None)

    return send


CSRF = "__Host-gatehouse.form=the-browsers-own"
SIGN_IN = {"username": "john@gmail.com", "password": WRONG_PASSWORD, "form_token": "the-browsers-own"}
TOKEN = "gha_" + "A" * 22 + "." + "B" * 43
SURFACES: dict[str, tuple[tuple[Any, ...], dict[str, str], int, str]] = {
    "no token at the store's API": (("store", "GET", "/api/am/devportal/v3/apis"), {}, 401, "invalid_token"),
    "an unknown path of the store's API": (("store", "GET", "/api/am/devportal/v3/none"), {}, 404, "not_found"),
    "a bad token at the administrators' API": (
        ("store", "GET", "/api/am/admin/v4/members"),
        {"authorization": f"Bearer {TOKEN}"},
        401,
        "invalid_token",
    ),
    "a page of the store": (
        ("store", "POST", "/store/signin", {"who": "johnsorg"}),
        {"sec-fetch-site": "cross-site"},
        403,
        "not_allowed",
    ),
    "a form of the store": (("store", "POST", "/store/signin", {"who": "nobody"}), {}, 400, "invalid_input"),
    "no token at the publisher API": (("publisher", "GET", "/api/am/publisher/v1/apis"), {}, 401, "invalid_token"),
    "a page of sign-in": (("signin", "GET", "/t/nobody/signin"), {}, 400, "invalid_request"),
    "a form of sign-in": (("signin", "POST", "/t/johnsorg/signin", SIGN_IN), {"cookie": CSRF}, 400, "invalid_grant"),
}


@pytest.mark.parametrize(("request_", "headers", "status", "error"), SURFACES.values(), ids=SURFACES)
def test_a_refusal_of_every_function_is_logged_as_the_token_endpoint_does(
    send: Callable[..., Any],
    log: io.StringIO,
    request_: tuple[Any, ...],
    headers: dict[str, str],
    status: int,
    error: str,
) -> None:
    answer = send(*request_, **headers)

    assert answer["statusCode"] == status
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], line["message"], line["error"]) == ("INFO", "refused", error)
    assert line["reason"]
    assert_silent(log.getvalue(), WRONG_PASSWORD, "B" * 43)


def test_the_way_to_the_sign_in_page_is_no_refusal(send: Callable[..., Any], log: io.StringIO) -> None:
    answer = send("signin", "GET", "/t/johnsorg/account/sessions")

    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "/t/johnsorg/signin")
    assert not log.getvalue()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(("store", "GET", "/api/am/devportal/v3/apis"), id="the store's API"),
        pytest.param(("store", "GET", "/store/applications"), id="a page of the store"),
        pytest.param(("publisher", "GET", "/api/am/publisher/v1/apis"), id="the publisher API"),
        pytest.param(("signin", "GET", "/t/johnsorg/signin"), id="a page of sign-in"),
    ],
)
def test_an_outage_of_every_function_is_logged_as_the_token_endpoint_does(
    send: Callable[..., Any], log: io.StringIO, transport: RecordingTransport, call: tuple[str, str, str]
) -> None:
    def fail() -> None:
        raise TemporarilyUnavailableError("throttled")

    transport.before("BatchGetItem", fail)
    transport.before("GetItem", fail)
    cookie = f"__Host-gatehouse.store={TOKEN}"

    answer = send(*call, authorization=f"Bearer {TOKEN}", cookie=cookie)

    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], line["message"], line["reason"]) == ("ERROR", "failed", "throttled")
    assert "exception" not in line


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/store/applications", "text/html; charset=utf-8", id="a page"),
        pytest.param("/api/am/devportal/v3/apis", "application/json", id="the JSON API"),
    ],
)
def test_an_unexpected_failure_of_the_store_is_a_page_for_people(
    send: Callable[..., Any], log: io.StringIO, transport: RecordingTransport, path: str, kind: str
) -> None:
    def fail() -> None:
        raise RuntimeError(WRONG_SECRET)

    transport.before("BatchGetItem", fail)
    transport.before("GetItem", fail)

    answer = send("store", "GET", path, authorization=f"Bearer {TOKEN}", cookie=f"__Host-gatehouse.store={TOKEN}")

    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (500, kind)
    assert_silent(answer["body"], WRONG_SECRET)
    assert json.loads(log.getvalue().splitlines()[-1])["message"] == "failed"
