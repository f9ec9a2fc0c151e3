"""The root of the token service: people are sent to the store, programs get JSON."""

import pytest

from tests.unit.endpoints.conftest import TokenService

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def get(service: TokenService, path: str, accept: str) -> tuple[int, str]:
    answer = service.post(b"", path=path, method="GET", authorization=None, headers={"accept": accept})
    return answer.status, answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("/", "/store", id="the service"),
        pytest.param("/t/johnsorg/", "/store?who=johnsorg", id="an organisation"),
    ],
)
def test_a_browser_is_sent_to_the_store(service: TokenService, path: str, location: str) -> None:
    assert get(service, path, BROWSER) == (303, location)


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/xhtml+text/html", "text/htmlx"])
def test_a_program_gets_json_as_before(service: TokenService, accept: str) -> None:
    assert get(service, "/", accept) == (404, "")


@pytest.mark.parametrize("path", ["/nowhere", "/t/johnsorg/nowhere", "/t/johnsorg/account/none"])
def test_a_browser_gets_a_page_where_nothing_is(service: TokenService, path: str) -> None:
    answer = service.post(b"", path=path, method="GET", authorization=None, headers={"accept": BROWSER})

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Go to the API Store" in answer.body
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Vary"] == "Accept"


def test_a_program_gets_json_where_nothing_is(service: TokenService) -> None:
    answer = service.post(b"", path="/nowhere", method="GET", authorization=None, headers={"accept": "*/*"})

    assert (answer.status, answer.json["error"]) == (404, "not_found")
