"""What API Gateway itself answers in front of `orders`, by the snippet that every REST API may include (F-01, F-08)."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.deployed import Deployed, bearer
from tests.people import Person

SECURITY = "{http://wso2.org/apimanager/security}"


@pytest.mark.parametrize(
    ("method", "path", "scope", "status", "code"),
    [
        pytest.param("GET", "/orders", None, 401, "900902", id="no token"),
        pytest.param("POST", "/orders", "read", 403, "900910", id="scope missing"),
        pytest.param("GET", "/nothing", "read", 404, "900906", id="no such path"),
    ],
)
def test_rs_11_f_08_each_answer_is_readable_by_browsers_and_kept_by_no_cache(
    deployed: Deployed,
    http: httpx.Client,
    person: Person,
    method: str,
    path: str,
    scope: str | None,
    status: int,
    code: str,
) -> None:
    headers = bearer(person.obtain(scope)["access_token"]) if scope else {}

    answer = http.request(method, deployed.stack["orders_url"] + path, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["code", "message", "description"]
    assert answer.json()["code"] == code
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        pytest.param("application/xml", "application/xml", id="XML"),
        pytest.param("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml", id="XML among others"),
        pytest.param("application/json, application/xml", "application/json", id="JSON first"),
        pytest.param("text/plain", "application/json", id="neither"),
    ],
)
def test_accept_chooses_between_wso2s_faults(
    deployed: Deployed, http: httpx.Client, person: Person, accept: str, media_type: str
) -> None:
    headers = {**bearer(person.obtain("read")["access_token"]), "Accept": accept}

    answer = http.post(f"{deployed.stack['orders_url']}/orders", headers=headers)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == media_type
    assert code_of(answer) == "900910"


def code_of(answer: httpx.Response) -> str | None:
    """Read the code out of either form."""
    if answer.headers["content-type"] == "application/json":
        return answer.json()["code"]
    return ET.fromstring(answer.text).findtext(f"{SECURITY}code")  # noqa: S314 -- our own stack's
