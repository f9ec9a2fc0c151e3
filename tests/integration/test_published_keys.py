"""Keys that a client publishes, from outside: the token function has the fetcher get them."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import jose
from gatehouse.storage.dynamodb.tables import Tables
from tests import outside, people
from tests.deployed import Deployed
from tests.outside import Host, Page
from tests.people import Person
from tests.vectors import assertions


def published(*keys: Mapping[str, Any]) -> Page:
    headers = {"Content-Type": "application/jwk-set+json", "Cache-Control": "max-age=3600"}
    return Page(json.dumps({"keys": [jose.public(one) for one in keys]}).encode(), headers=headers)


@pytest.fixture(scope="module")
def host(deployed: Deployed) -> Iterator[Host]:
    with outside.host(deployed) as played:
        played.pages["/jwks.json"] = published(assertions.PRIVATE)
        yield played


def person(deployed: Deployed, tables: Tables, client: httpx.Client, jwks_uri: str) -> Person:
    methods = frozenset({"private_key_jwt"})
    return people.person(deployed, tables, client, secrets=(), authentication_methods=methods, jwks_uri=jwks_uri)


def send(one: Person, key: Mapping[str, Any] = assertions.PRIVATE) -> httpx.Response:
    issuer = one.deployed.stack["base_url"]
    signed = assertions.sign(one.client.client_id, issuer, int(time.time()), key=key)
    return one.post("/token", assertions.form(signed, scope="read"), auth=None)


def test_a_token_for_an_assertion_by_a_published_key_opens_the_api(
    deployed: Deployed, tables: Tables, stranger: httpx.Client, host: Host
) -> None:
    keyed = person(deployed, tables, stranger, host.url("/jwks.json"))

    first, second = send(keyed), send(keyed)

    assert (first.status_code, second.status_code) == (200, 200), first.text
    assert keyed.call(first.json()["access_token"]).status_code == 200
    assert host.asked.count("/jwks.json") == 1


def test_a_redirect_is_refused_readably_and_the_host_is_left_alone_for_a_while(
    deployed: Deployed, tables: Tables, stranger: httpx.Client
) -> None:
    with outside.host(deployed) as other:
        other.pages["/moved"] = Page(b"", 302, {"Location": other.url("/jwks.json")})
        keyed = person(deployed, tables, stranger, other.url("/moved"))

        first, second = send(keyed), send(keyed)

        assert (first.status_code, first.json()["error"]) == (401, "invalid_client")
        assert "without redirects" in first.json()["error_description"]
        assert (second.status_code, second.headers["retry-after"]) == (503, "1")
        assert other.asked == ["/moved"]


def test_the_fetcher_itself_calls_no_loopback_address_but_those_of_tests(deployed: Deployed) -> None:
    client = deployed.aws("lambda")
    names = [one["FunctionName"] for one in client.list_functions()["Functions"] if "Fetcher" in one["FunctionName"]]
    port = httpx.URL(deployed.stack["base_url"]).port

    def fetch(url: str) -> Any:
        answer = client.invoke(FunctionName=names[0], Payload=json.dumps({"url": url, "max_bytes": 1000}).encode())
        return json.loads(answer["Payload"].read())

    assert fetch(f"https://localhost:{port}/.well-known/jwks.json") == {"fault": "url"}
    assert fetch("https://127.0.0.1/") == {"fault": "url"}
    assert fetch("http://outside-0.example/") == {"fault": "url"}
    assert fetch("https://no-such-host.example/")["fault"] in {"name", "timeout"}
