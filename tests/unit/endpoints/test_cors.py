"""What scripts of other origins may call and read: the CORS protocol of the Fetch standard; HEAD (RFC 9110)."""

from typing import Any

import pytest

from gatehouse.bootstrap import token
from gatehouse.endpoints import cors, responses
from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.unit.endpoints.conftest import TokenService

POSTED = ("/token", "/revoke", "/introspect")
READ = ("/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/openapi.json")


@pytest.mark.parametrize("prefix", ["", "/t/johnsorg"])
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        *(pytest.param(path, "POST", id=path) for path in POSTED),
        *(pytest.param(path, "GET, HEAD", id=path) for path in READ),
        pytest.param("/userinfo", "GET, HEAD, POST", id="/userinfo"),
    ],
)
def test_a_preflight_tells_the_methods_of_the_path(service: TokenService, prefix: str, path: str, methods: str) -> None:
    answer = service.post(
        b"", path=prefix + path, method="OPTIONS", headers={"origin": "https://app.example"}, authorization=None
    )

    assert (answer.status, answer.headers["Access-Control-Allow-Methods"]) == (204, methods)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["null", "https://app.example/with/a/path", "https://xn--pple-43d.example", ""])
def test_an_origin_that_is_none_gets_the_same_preflight_and_nothing_of_it_is_echoed(
    service: TokenService, origin: str
) -> None:
    answer = service.post(b"", path="/token", method="OPTIONS", headers={"origin": origin}, authorization=None)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert not origin or origin not in str(answer.headers)


def test_a_preflight_for_another_method_does_not_grant_it(service: TokenService) -> None:
    headers = {"origin": "https://app.example", "access-control-request-method": "DELETE"}

    answer = service.post(b"", path="/token", method="OPTIONS", headers=headers, authorization=None)

    assert answer.headers["Access-Control-Allow-Methods"] == "POST"


def test_an_unknown_path_has_no_preflight(service: TokenService) -> None:
    assert service.post(b"", path="/nothing", method="OPTIONS", authorization=None).status == 404


def test_answers_are_readable_for_any_origin_and_never_with_cookies() -> None:
    readable: Any = cors.allow(responses.server_error())

    assert readable["headers"]["Access-Control-Allow-Origin"] == "*"
    assert "WWW-Authenticate" in readable["headers"]["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in readable["headers"] | service_preflight()


def service_preflight() -> dict[str, str]:
    answer: Any = cors.preflight(["POST"])
    return answer["headers"]


@pytest.mark.parametrize("path", ["/token", "/revoke"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        pytest.param("https://app.example", 200, id="listed"),
        pytest.param(None, 200, id="no browser"),
        pytest.param("https://evil.example", 400, id="another"),
        pytest.param("https://app.example.evil.example", 400, id="a look-alike"),
        pytest.param("null", 400, id="null"),
        pytest.param("https://app.example:8443", 400, id="another port"),
    ],
)
def test_a_client_that_lists_origins_serves_no_script_of_others(
    service: TokenService, johnsorg: DirectoryWriter, path: str, origin: str | None, status: int
) -> None:
    johnsorg.save_client(factories.client(allowed_origins=("https://app.example",)))
    form = {"grant_type": "client_credentials"} if path == "/token" else {"token": "x"}

    answer = service.post(form, path=path, headers={} if origin is None else {"origin": origin})

    assert answer.status == status
    assert status == 200 or answer.refusal == (400, "unauthorized_client")


@pytest.mark.parametrize("path", [*READ, "/t/johnsorg/.well-known/openid-configuration"])
def test_head_works_wherever_get_does(service: TokenService, path: str) -> None:
    whole = service.post(b"", path=path, method="GET", authorization=None)

    head = service.post(b"", path=path, method="HEAD", authorization=None)

    assert (head.status, head.headers, head.json) == (whole.status, whole.headers, None)


def test_head_is_refused_where_get_is(service: TokenService) -> None:
    refused = service.post(b"", path="/token", method="HEAD", authorization=None)

    assert (refused.status, refused.headers["Allow"]) == (405, "POST")


def test_every_path_of_the_token_function_answers_preflights(service: TokenService) -> None:
    paths = [*service.router.routes, *token.WSO2_PATHS]

    statuses = {service.post(b"", path=path, method="OPTIONS", authorization=None).status for path in paths}

    assert statuses == {204}
