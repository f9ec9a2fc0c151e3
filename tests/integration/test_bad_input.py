"""Hostile and broken requests: a clear RFC 6749 error, never a 500, and nothing written but failure counters."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.exclusive  # whatever the whole stack holds is compared before and after

FORM = "application/x-www-form-urlencoded"
COUNTERS = ("FAILURES#", "SOURCE#")
FOLLOWING = ("STATISTIC#", "COUNTED#", "REGISTERED_USER#")
"""What a stream still brings of tokens that other tests got; a grant of this test would be seen itself."""


@dataclass
class Watch:
    """Knows which items there were."""

    deployed: Deployed

    def keys(self) -> set[str]:
        """Read every key, as an operator would."""
        client, found = self.deployed.aws("dynamodb"), set[str]()
        for name in ("directory_table", "grants_table"):
            for page in client.get_paginator("scan").paginate(
                TableName=self.deployed.stack[name], ProjectionExpression="pk"
            ):
                found |= {item["pk"]["S"] for item in page["Items"]}
        return found


@pytest.fixture
def victim(deployed: Deployed, tables: Tables, stranger: httpx.Client) -> Person:
    """A person whose failures are counted at an address of their own."""
    return people.person(deployed, tables, stranger)


@pytest.fixture
def nothing_but_counters(deployed: Deployed, victim: Person) -> Iterator[None]:  # noqa: ARG001 - made before
    """See that the test leaves no other item behind."""
    watch = Watch(deployed)
    before = watch.keys()
    yield
    left = watch.keys() - before
    assert {key for key in left if not key.startswith(COUNTERS + FOLLOWING)} == set()


def send(victim: Person, body: bytes, media_type: str = FORM, path: str = "/token") -> httpx.Response:
    url = f"{victim.deployed.stack['base_url']}{path}"
    return victim.http.post(url, content=body, headers={"Content-Type": media_type}, auth=victim.credentials)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(b"grant_type=client_credentials&x=" + b"a" * 65_536, FORM, id="over 64 KiB"),
        pytest.param(b"grant_type=client_credentials&x=\xff\xfe", FORM, id="raw bytes that are not UTF-8"),
        pytest.param(b"grant_type=client_credentials&x=%FF%FE", FORM, id="escaped bytes that are not UTF-8"),
        pytest.param(b"grant_type=client_credentials%00", FORM, id="NUL in a value"),
        pytest.param(b"grant%00_type=client_credentials", FORM, id="NUL in a name"),
        pytest.param(b"grant_type=client_credentials&x=\0", FORM, id="raw NUL"),
        pytest.param(b"&".join(b"p%d=1" % n for n in range(10_000)), FORM, id="10,000 parameters"),
        pytest.param(b'{"grant_type": "client_credentials"}', "application/json", id="tok_02 JSON"),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            id="tok_02 multipart",
        ),
        pytest.param(b"grant_type=client_credentials", "text/plain", id="text"),
        pytest.param(b"", FORM, id="nothing"),
        pytest.param(b"grant_type=client_credentials", f"{FORM}x", id="nearly a form"),
    ],
)
@pytest.mark.usefixtures("nothing_but_counters")
def test_a_body_that_is_no_decent_form_is_an_invalid_request(victim: Person, body: bytes, media_type: str) -> None:
    answer = send(victim, body, media_type)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
@pytest.mark.usefixtures("nothing_but_counters")
def test_the_other_endpoints_refuse_the_same(victim: Person, path: str) -> None:
    refused = [
        send(victim, body, media_type, path)
        for body, media_type in [
            (b"token=" + b"a" * 65_536, FORM),
            (b"token=%FF", FORM),
            (b"token=a%00", FORM),
            (b'{"token": "a"}', "application/json"),
        ]
    ]

    assert [(one.status_code, one.json()["error"]) for one in refused] == [(400, "invalid_request")] * 4


@pytest.mark.usefixtures("nothing_but_counters")
def test_rs_02_f_15_two_authorizations_are_refused(victim: Person) -> None:
    basic = "Basic " + base64.b64encode(":".join(victim.credentials).encode()).decode()

    answer = victim.http.post(
        victim.deployed.stack["token_url"],
        content=b"grant_type=client_credentials",
        headers=[("Content-Type", FORM), ("Authorization", basic), ("Authorization", basic)],
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("Basic", id="nothing"),
        pytest.param("Basic !!!", id="no base64"),
        pytest.param("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), id="no UTF-8"),
        pytest.param("Basic " + base64.b64encode(b"no-colon").decode(), id="no colon"),
        pytest.param("Basic " + base64.b64encode(b":secret").decode(), id="no client"),
        pytest.param("Basic " + base64.b64encode(b"a" * 5000 + b":b").decode(), id="a long client"),
        pytest.param("Basic " + base64.b64encode("📮:📮".encode()).decode(), id="emoji"),
        pytest.param("Basic " + base64.b64encode(b"a#b|c@@d:%zz").decode(), id="separators"),
        pytest.param("Bearer abc", id="another scheme"),
    ],
)
@pytest.mark.usefixtures("nothing_but_counters")
def test_unreadable_credentials_are_an_invalid_client(victim: Person, authorization: str) -> None:
    answer = victim.http.post(
        victim.deployed.stack["token_url"],
        content=b"grant_type=client_credentials",
        headers={"Content-Type": FORM, "Authorization": authorization},
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "username",
    [
        pytest.param("john#gmail.com", id="hash"),
        pytest.param("USER#johnsorg#john", id="a key"),
        pytest.param("john|johnsorg", id="bar"),
        pytest.param("john@@johnsorg", id="two at signs"),
        pytest.param("@", id="at sign"),
        pytest.param("@@@@@@", id="at signs"),
        pytest.param("john@gmail.com@johnsorg@acme", id="pwd_06 four segments"),
        pytest.param("a" * 1000, id="1,000 characters"),
        pytest.param("📮" * 1000, id="1,000 emoji"),
        pytest.param("jo📮hn", id="emoji"),
        pytest.param("john@JOHNS_ORG", id="underscore in the organisation"),
        pytest.param("john@1org", id="digit first"),
        pytest.param("john@" + "o" * 64, id="organisation too long"),
        pytest.param("john@gmail.com@no such", id="blank in the organisation"),
        pytest.param("john\r\nX-Injected: 1", id="line break"),
        pytest.param("' OR 1=1 --", id="SQL"),
        pytest.param("%2525", id="percent"),
        pytest.param("../../etc/passwd", id="path"),
    ],
)
@pytest.mark.usefixtures("nothing_but_counters")
def test_pwd_03_an_impossible_username_is_an_invalid_grant_like_any_other(victim: Person, username: str) -> None:
    form = {"grant_type": "password", "username": username, "password": PASSWORD}

    answer = victim.post("/token", form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "X-Injected" not in answer.headers


@pytest.mark.parametrize("byte", [pytest.param(b"\0", id="NUL"), pytest.param(b"\xc0\xaf", id="not UTF-8")])
@pytest.mark.usefixtures("nothing_but_counters")
def test_pwd_05_a_broken_password_is_an_invalid_request(victim: Person, byte: bytes) -> None:
    fields = urlencode({"grant_type": "password", "username": victim.user.username})

    answer = send(victim, f"{fields}&password={quote_from_bytes(byte)}".encode())

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "key", ["1org", "a", "JOHNS_ORG", "o" * 64, "johns%20org", "%00", "%2e%2e", "johns%23org", "%F0%9F%93%AE"]
)
@pytest.mark.usefixtures("nothing_but_counters")
def test_an_invalid_organisation_key_in_the_path_is_refused(victim: Person, key: str) -> None:
    answer = send(victim, b"grant_type=client_credentials", path=f"/t/{key}/token")

    assert answer.status_code in {400, 404}
    assert answer.json()["error"] in {"invalid_request", "not_found"}


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("ghr_" + ("A" * 22 + ".") * 3 + "A" * 43, id="well-formed"),
        pytest.param("ghr_#|@@", id="separators"),
        pytest.param("GRANT#x", id="a key"),
        pytest.param("📮" * 500, id="emoji"),
        pytest.param("a" * 60_000, id="60,000 characters"),
        pytest.param("ghr_.", id="nearly one"),
    ],
)
@pytest.mark.usefixtures("nothing_but_counters")
def test_a_refresh_token_that_is_none_is_an_invalid_grant(victim: Person, token: str) -> None:
    answer: Any = victim.refresh(token)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert victim.post("/revoke", {"token": token}).status_code == 200
    assert victim.post("/introspect", {"token": token}).json() == {"active": False}
