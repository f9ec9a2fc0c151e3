"""A publisher at a browser without JavaScript, and a developer who copies the programs that the store shows."""

import os
import secrets
import subprocess
import sys
from copy import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import enter_store
from tests.deployed import Deployed

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


@pytest.mark.parametrize(
    ("language", "command"),
    [
        pytest.param("curl", ["/bin/sh"], id="curl"),
        pytest.param("python", [sys.executable, "-"], id="Python"),
        pytest.param("javascript", ["node", "--input-type=module", "-"], id="JavaScript"),
    ],
)
def test_the_programs_that_the_store_shows_call_the_api(
    deployed: Deployed, store: str, page: Page, tables: Tables, http: httpx.Client, language: str, command: list[str]
) -> None:
    person = people.person(deployed, tables, http)
    enter_store(page, store, person.user.username, people.PASSWORD)
    page.goto(f"{store}/apis/orders/reference?operation=POST%20/orders")
    code = page.locator(f"#sample-{language}").text_content() or ""
    key, secret = person.credentials

    assert key in (page.locator("#credentials").text_content() or "")
    ran = subprocess.run(  # noqa: S603 - what our own page shows
        command,
        input=code,
        env={"PATH": os.environ["PATH"], "CONSUMER_KEY": key, "CONSUMER_SECRET": secret},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "201" in ran.stdout, ran
    assert "tea" in ran.stdout
