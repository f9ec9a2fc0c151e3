"""The local stack does what API Gateway does, as far as the product relies on it."""

import http.client
import json
import secrets
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployed import Deployed, bearer, obtain
from tests.visitors import Visitor


@pytest.fixture(scope="session")
def orders(deployed: Deployed) -> str:
    return deployed.stack["orders_url"]


@pytest.fixture(scope="session")
def reader(deployed: Deployed, http: httpx.Client) -> dict[str, str]:
    return bearer(obtain(http, deployed, "read")["access_token"])


@pytest.fixture(scope="session")
def writer(deployed: Deployed, http: httpx.Client) -> dict[str, str]:
    return bearer(obtain(http, deployed, "read update")["access_token"])


def test_no_address_in_the_stack_file_ends_in_a_slash(deployed: Deployed) -> None:
    addresses = [value for name, value in deployed.stack.items() if name.endswith("_url")]

    assert addresses
    assert not [address for address in addresses if address.endswith("/")]


def test_the_stack_file_agrees_with_cloudformation(deployed: Deployed) -> None:
    outputs = deployed.outputs(deployed.stack["stack_name"])

    assert deployed.stack["authorizer_arn"] == outputs["AuthorizerArn"]
    assert deployed.stack["directory_table"] == outputs["DirectoryTableName"]
    assert deployed.stack["grants_table"] == outputs["GrantsTableName"]


def test_plain_http_serves_the_same_apis(deployed: Deployed, http: httpx.Client) -> None:
    answer = http.get(f"{deployed.stack['http_base_url']}/orders/1.0.0/health")

    assert answer.status_code == 200


def test_an_open_resource_needs_no_token(orders: str, http: httpx.Client) -> None:
    answer = http.get(f"{orders}/health")

    assert answer.json() == {"status": "up", "caller": None}


def test_the_backend_is_told_who_calls(orders: str, http: httpx.Client, reader: dict[str, str]) -> None:
    caller = http.get(f"{orders}/orders", headers=reader).json()["caller"]

    assert caller["organisation"] == "johnsorg"
    assert caller["username"] == "john@gmail.com"
    assert caller["scope"] == "read"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no token"),
        pytest.param({"Authorization": "Bearer gha_nobody.knows"}, id="unknown token"),
    ],
)
def test_the_gateway_response_of_a_401_is_the_one_in_the_sam_body(
    orders: str, http: httpx.Client, headers: dict[str, str]
) -> None:
    answer = http.get(f"{orders}/orders", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="gatehouse", resource_metadata="https://')
    assert "error" not in answer.headers["www-authenticate"]
    assert answer.headers["cache-control"] == "no-store"
    assert "900901" in answer.text
    assert "900902" in answer.text


def test_a_denial_carries_the_context_of_the_authorizer_also_from_the_cache(
    orders: str, http: httpx.Client, reader: dict[str, str]
) -> None:
    answers = [http.post(f"{orders}/orders", headers=reader, json={}) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 403
        assert 'error="insufficient_scope", scope="update"' in answer.headers["www-authenticate"]
        assert answer.json()["code"] == "900910"


def test_a_cached_answer_belongs_to_one_route(orders: str, http: httpx.Client, writer: dict[str, str]) -> None:
    answers = [
        http.get(f"{orders}/orders", headers=writer),
        http.get(f"{orders}/orders/1", headers=writer),
        http.get(f"{orders}/orders/2", headers=writer),
        http.post(f"{orders}/orders", headers=writer, json={}),
        http.delete(f"{orders}/orders/1", headers=writer),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 201, 403]


def test_an_unknown_path_is_refused_in_json_by_the_gateway(orders: str, http: httpx.Client) -> None:
    answer = http.get(f"{orders}/nowhere")

    assert answer.status_code == 404
    assert answer.json()["code"] == "900906"


def test_rs_11_a_preflight_is_answered_without_a_token(orders: str, http: httpx.Client) -> None:
    answer = http.options(
        f"{orders}/orders", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    )

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.exclusive
def test_an_exception_does_not_cost_the_next_call_a_cold_start(
    deployed: Deployed, orders: str, http: httpx.Client, reader: dict[str, str]
) -> None:
    log = deployed.directory / "state" / "logs" / "ministack.log"

    def cold_starts() -> int:
        return log.read_text(encoding="utf-8").count("Lambda worker spawned for gatehouse-Authorizer")

    http.get(f"{orders}/orders/warm", headers=reader)
    before = cold_starts()

    for number in range(5):
        http.get(f"{orders}/orders", headers={"Authorization": f"Bearer gha_wrong.{number}"})

    assert before
    assert cold_starts() == before


def test_what_a_function_prints_is_in_the_log_when_its_answer_arrives_and_under_its_own_request(
    deployed: Deployed, http: httpx.Client, visitor: Visitor
) -> None:
    wrong = [f"https://{secrets.token_hex(8)}.example/" for _ in range(24)]
    client_id = visitor.person.client.client_id

    def ask(redirect_uri: str) -> int:
        url = f"{deployed.stack['base_url']}/authorize"
        return http.get(url, params={"client_id": client_id, "redirect_uri": redirect_uri}).status_code

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, wrong))

    lines = Path(deployed.stack["log_file"]).read_text(encoding="utf-8").splitlines()
    found = [line.split(" ", 2) for one in wrong for line in lines if one in line]
    assert set(answers) == {400}
    assert [one for one in wrong if sum(one in line for line in lines) != 1] == []
    assert [json.loads(line)["request"] for _, _, line in found] == [request_id for _, request_id, _ in found]


def test_options_reaches_the_token_function(deployed: Deployed, http: httpx.Client) -> None:
    answer = http.options(deployed.stack["token_url"])

    assert answer.is_success
    assert "CORS not configured" not in answer.text


def test_two_authorization_headers_arrive_as_two_at_a_rest_api(
    deployed: Deployed, orders: str, http: httpx.Client
) -> None:
    token = obtain(http, deployed, "read")["access_token"]  # a new one, so that no cached answer decides
    headers = [("Authorization", "Bearer gha_wrong.1"), ("Authorization", f"Bearer {token}")]

    answer = http.get(f"{orders}/orders", headers=headers)

    assert answer.status_code == 401


def test_a_body_over_10_mib_is_refused_by_the_gateway(deployed: Deployed, http: httpx.Client) -> None:
    answer = http.post(deployed.stack["token_url"], content=b"a" * (10 * 1024 * 1024 + 1))

    assert answer.status_code == 413


def test_bcp_18_a_claimed_client_address_is_not_believed(deployed: Deployed, http: httpx.Client) -> None:
    """A hundred failures slow an address down; they are counted where they come from, whatever the header says."""
    form = {"grant_type": "password", "username": "nobody@johnsorg", "password": "wrong"}
    claimed = {"X-Forwarded-For": "203.0.113.77", "X-Front-Key": "guessed"}

    http.post(deployed.stack["token_url"], data=form, auth=deployed.credentials(), headers=claimed)

    table = deployed.aws("dynamodb").scan(TableName=deployed.stack["grants_table"])
    assert "203.0.113.77" not in json.dumps(table["Items"], default=str)


def raw_request(deployed: Deployed, method: str, path: str) -> tuple[int, bytes]:
    """Send a request target exactly as it is written."""
    context = ssl.create_default_context(cafile=str(deployed.directory / "state" / "tls" / "authority.pem"))
    host = httpx.URL(deployed.stack["base_url"])
    connection = http.client.HTTPSConnection(host.host, host.port, context=context, timeout=40)
    connection.putrequest(method, path)
    connection.endheaders()
    answer = connection.getresponse()
    result: tuple[int, bytes] = answer.status, answer.read()
    connection.close()
    return result


def test_the_path_reaches_the_function_as_it_was_sent(
    deployed: Deployed, http: httpx.Client, orders: str, reader: dict[str, str]
) -> None:
    assert raw_request(deployed, "GET", "/orders/1.0.0//health")[0] == 200
    assert raw_request(deployed, "GET", "/orders/1.0.01/health")[0] != 200
    answer: Any = http.get(f"{orders}/orders/a%20b", headers=reader).json()
    assert answer["id"] == "a b"


def test_head_has_no_body(deployed: Deployed) -> None:
    status, body = raw_request(deployed, "HEAD", "/token")

    assert status in {404, 405}
    assert body == b""


@pytest.mark.parametrize("path", ["orders_url", "orders-http_url"])
def test_request_line_and_headers_have_at_most_ten_kibibytes(
    path: str, deployed: Deployed, http: httpx.Client, reader: dict[str, str]
) -> None:
    url = f"{deployed.stack[path]}/orders"

    passed = http.get(url, headers={**reader, "X-Long": "x" * 9_000})
    refused = http.get(url, headers={**reader, "X-Long": "x" * 10_240})

    assert (passed.status_code, refused.status_code) == (200, 431)


def test_an_http_api_repeats_a_denial_and_a_context_without_quotation_marks(
    deployed: Deployed, http: httpx.Client, reader: dict[str, str]
) -> None:
    url = f"{deployed.stack['orders-http_url']}/orders"

    answers = [http.post(url, headers=reader, json={}).status_code for _ in range(2)]

    assert answers == [403, 403]
