"""A publisher at a browser without JavaScript, and a developer who copies the programs that the store shows."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from gatehouse.endpoints.devportal import code_samples
from gatehouse.endpoints.devportal.code_samples import SampleCall
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import enter_store
from tests.deployed import Deployed, bearer

DOCUMENT = """
openapi: 3.0.3
info: {title: TITLE, version: 1.0.0}
paths:
  /parcels/{id}:
    get: {security: [{gatehouse: [track]}], responses: {200: {description: OK}}}
components:
  securitySchemes:
    gatehouse:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://auth.example/token, scopes: {track: Track parcels}}}
"""


HOSTILE = """tea 'x' "y" \\\\u000a \\u000a ${z} `w` $(id) %s {} \x01 \t é 茶 \U0001f375 </script>"""


def test_a_publisher_corrects_a_document_publishes_it_and_compares_its_versions(
    deployed: Deployed, store: str, page: Page, tables: Tables, http: httpx.Client, tmp_path: Path
) -> None:
    person = people.person(deployed, tables, http, given="Paula")
    DirectoryWriter(tables).save_user(replace(person.user, roles=frozenset({"publisher"})))
    title = f"Parcels {secrets.token_hex(4)}"
    document = DOCUMENT.replace("TITLE", title)
    enter_store(page, store, person.user.username, people.PASSWORD)
    page.get_by_role("link", name="Publish an API").click()

    page.get_by_label("Or paste the document").fill(
        document.replace("openapi: 3.0.3", "openapi: 3.0.3\nopenapi: 3.1.0")
    )
    page.get_by_role("button", name="Continue to the preview").click()
    expect(page.get_by_role("alert")).to_contain_text("the key 'openapi' stands twice")

    file = tmp_path / "parcels.yaml"
    file.write_text(document, encoding="utf-8")
    page.get_by_label("OpenAPI file").set_input_files(file)
    page.get_by_role("button", name="Replace and preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Publish {title} 1.0.0")
    page.get_by_label("Shown to roles").fill("publisher")
    page.get_by_role("button", name=f"Publish {title} 1.0.0").click()
    expect(page.get_by_role("status")).to_contain_text("Published.")
    page.get_by_role("link", name="Try out").click()
    expect(page.get_by_role("main")).to_contain_text("did not say where this API runs")

    page.goto(f"{store}/publish")
    page.get_by_label("Or paste the document").fill(document.replace("1.0.0", "2.0.0").replace("/parcels/", "/boxes/"))
    page.get_by_role("button", name="Continue to the preview").click()
    page.get_by_role("button", name=f"Publish {title} 2.0.0").click()
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("row", name="GET /boxes/")).to_contain_text("tokens with track")


COMMANDS = {
    "curl": ["/bin/sh", "call.sh"],
    "python": [sys.executable, "call.py"],
    "javascript": ["node", "call.mjs"],
    "java": ["java", "Call.java"],
    "go": ["go", "run", "call.go"],
}
PACKAGES = {"java": "default-jdk-headless", "go": "golang-go"}
LANGUAGES = [
    pytest.param("curl", id="curl"),
    pytest.param("python", id="Python"),
    pytest.param("javascript", id="JavaScript"),
    pytest.param("java", marks=pytest.mark.more, id="Java"),
    pytest.param("go", marks=pytest.mark.more, id="Go"),
]


def run(language: str, code: str, folder: Path, person: people.Person) -> subprocess.CompletedProcess[str]:
    """Save a program and run it, as the page says."""
    command = COMMANDS[language]
    if language in PACKAGES:
        assert shutil.which(command[0]), f"Debian's package {PACKAGES[language]} is missing: .ci/run installs it"
    (folder / command[-1]).write_text(code, encoding="utf-8")
    key, secret = person.credentials
    return subprocess.run(  # noqa: S603 - what our own page shows
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "CONSUMER_KEY": key, "CONSUMER_SECRET": secret},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_programs_that_the_store_shows_call_the_api(
    deployed: Deployed, store: str, page: Page, tables: Tables, http: httpx.Client, language: str, tmp_path: Path
) -> None:
    person = people.person(deployed, tables, http)
    enter_store(page, store, person.user.username, people.PASSWORD)
    page.goto(f"{store}/apis/orders/reference?operation=POST%20/orders")
    code = page.locator(f"#sample-{language}").text_content() or ""

    assert person.credentials[0] in (page.locator("#credentials").text_content() or "")
    ran = run(language, code, tmp_path, person)

    assert "201" in ran.stdout, ran
    assert "tea" in ran.stdout


@pytest.fixture
def concurrency() -> int:
    return 1


@pytest.fixture
def limited(deployed: Deployed, concurrency: int) -> Iterator[str]:
    """Bound how many documents are read at one time, as an operator does; return the name of the function."""
    cloudformation, name = deployed.aws("cloudformation"), deployed.stack["stack_name"]
    found = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Publisher")
    set_concurrency(cloudformation, name, str(concurrency))
    yield found["StackResourceDetail"]["PhysicalResourceId"]
    set_concurrency(cloudformation, name, "0")


def set_concurrency(cloudformation: Any, name: str, value: str) -> None:
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    names = [one["ParameterKey"] for one in stack["Parameters"] if one["ParameterKey"] != "PublishingConcurrency"]
    cloudformation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            *({"ParameterKey": one, "UsePreviousValue": True} for one in names),
            {"ParameterKey": "PublishingConcurrency", "ParameterValue": value},
        ],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


@pytest.mark.exclusive  # nobody else can publish meanwhile
def test_documents_beyond_the_concurrency_of_publishing_wait_and_the_store_does_not(
    deployed: Deployed, store: str, page: Page, tables: Tables, http: httpx.Client, limited: str
) -> None:
    person = people.person(deployed, tables, http, given="Paula")
    DirectoryWriter(tables).save_user(replace(person.user, roles=frozenset({"publisher"})))
    token = person.obtain("apim:api_publish apim:api_view")["access_token"]
    title = f"Queued {secrets.token_hex(4)}"
    published = f"{deployed.stack['base_url']}/api/am/publisher/v1/apis"
    functions = deployed.aws("lambda")

    def publish() -> httpx.Response:
        operation: Any = {"security": [], "responses": {"200": {"description": "OK"}}}
        document = {
            "openapi": "3.0.3",
            "info": {"title": f"{title} API", "version": "1"},
            "paths": {"/x": {"get": operation}},
        }
        return http.post(published, json={"document": document}, headers=bearer(token))

    reserved = functions.get_function_concurrency(FunctionName=limited)["ReservedConcurrentExecutions"]
    assert reserved == 1
    functions.put_function_concurrency(FunctionName=limited, ReservedConcurrentExecutions=0)
    busy = publish()
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert busy.json()["description"].startswith("Too many documents are being read at this moment.")

    enter_store(page, store, person.user.username, people.PASSWORD)
    page.goto(f"{store}/publish")
    page.get_by_label("Or paste the document").fill(DOCUMENT.replace("TITLE", title))
    page.get_by_role("button", name="Continue to the preview").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many documents are being read at this moment.")
    page.get_by_label("Shown to roles").fill("publisher")
    page.get_by_role("button", name="Save and update the preview").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was published, and your draft is kept.")
    expect(page.get_by_label("Shown to roles")).to_have_value("publisher")
    page.goto(f"{store}/apis")
    expect(page.get_by_role("heading", level=1)).to_have_text("APIs")

    functions.put_function_concurrency(FunctionName=limited, ReservedConcurrentExecutions=1)
    assert publish().status_code == 201
    page.goto(f"{store}/publish/draft")
    expect(page.get_by_label("Shown to roles")).to_have_value("publisher")
    page.get_by_role("button", name=f"Publish {title} 1.0.0").click()
    expect(page.get_by_role("status")).to_contain_text("Published.")


def slow_document(title: str) -> dict[str, Any]:
    """A document that takes a second to read: each of its paths takes calls of those before."""
    operation = {"get": {"security": [{"gatehouse": ["t"]}], "responses": {"200": {"description": "OK"}}}}
    paths = {
        f"/{{x}}/{''.join(f'{{a{depth}}}/' for depth in range(number % 30))}b{number}": operation
        for number in range(600)
    }
    return {"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "paths": paths}


@pytest.mark.exclusive  # nobody else can publish meanwhile
@pytest.mark.parametrize("concurrency", [4])
def test_an_organisation_that_floods_publishing_leaves_another_able_to_publish(
    deployed: Deployed, tables: Tables, http: httpx.Client, limited: str
) -> None:
    """Two publishers of the one send documents that take long, without a pause; of the other, each call succeeds."""
    assert limited
    roles, unique = frozenset({"publisher"}), secrets.token_hex(4)
    people_of = {
        name: people.person(deployed, tables, http, roles=roles, organisation=organisation)
        for name, organisation in (("flooding", "johnsorg"), ("too", "johnsorg"), ("other", "acme"))
    }
    tokens = {name: one.obtain("apim:api_publish")["access_token"] for name, one in people_of.items()}
    preview = f"{deployed.stack['base_url']}/api/am/publisher/v1/apis/preview"
    is_over = threading.Event()

    def send(name: str) -> httpx.Response:
        return http.post(preview, json={"document": slow_document(f"{name} {unique}")}, headers=bearer(tokens[name]))

    def flood(name: str) -> list[httpx.Response]:
        answers: list[httpx.Response] = []
        while not is_over.is_set():
            answers.append(send(name))
        return answers

    with ThreadPoolExecutor() as pool:
        floods = [pool.submit(flood, name) for name in ("flooding", "too") for _ in range(5)]
        try:
            others = [send("other") for _ in range(5)]
        finally:
            is_over.set()
        flooded = [answer for one in floods for answer in one.result()]

    assert [one.status_code for one in others] == [200] * 5
    refused = [one for one in flooded if one.status_code != 200]
    assert len(refused) < len(flooded)
    assert {(one.status_code, one.headers.get("Retry-After")) for one in refused} == {(429, "5")}
    assert "are still being read." in refused[0].json()["description"]


@pytest.mark.more
@pytest.mark.parametrize("language", list(COMMANDS))
def test_a_program_sends_every_character_of_an_example(
    deployed: Deployed, tables: Tables, http: httpx.Client, language: str, tmp_path: Path
) -> None:
    person = people.person(deployed, tables, http)
    body = json.dumps({"item": HOSTILE}, ensure_ascii=False)
    called = SampleCall(
        method="POST",
        url=f"{deployed.stack['orders_url']}/orders",
        scope="update",
        token_url=deployed.stack["token_url"],
        body=body,
    )
    (sample,) = [one for one in code_samples.find_all(called) if one.language == language]

    ran = run(language, sample.code, tmp_path, person)

    answer = ran.stdout[ran.stdout.find("{") :]
    assert json.loads(answer)["order"]["item"] == HOSTILE, ran


def test_every_language_of_the_store_is_run() -> None:
    assert COMMANDS.keys() == code_samples.LANGUAGES.keys()
