"""Every page of the API Store in a real browser: accessible, in both schemes, and no wider than a phone.

GATEHOUSE_SCREENSHOTS names a folder that gets pictures of every page.
"""

import os
from copy import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from gatehouse.domain.apis import attachments
from gatehouse.domain.apis.apis import Document
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import people
from tests.browsers import DESKTOP, PHONE, enter_store, open_context
from tests.deployed import ROOT, Deployed

pytestmark = pytest.mark.long

GUIDE = "# Your first order\n\n1. Subscribe your application to this API.\n2. POST /orders with what you want.\n"

PARCELS = """
openapi: 3.1.0
info: {title: Parcels, version: 1.0.0, description: "Track **parcels** on their way."}
paths:
  /parcels:
    get: {security: [{gatehouse: [track]}], responses: {200: {description: OK}}}
    post: {security: [{gatehouse: [ship]}], responses: {201: {description: Created}}}
  /parcels/{id}:
    get: {security: [{gatehouse: [track, ship]}], responses: {200: {description: OK}}}
  /prices:
    get: {responses: {200: {description: OK}}}
components:
  securitySchemes:
    gatehouse:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://auth.example/token
          scopes: {track: Track parcels, ship: Ship parcels}
"""


def addresses(store: str, application: str, username: str) -> dict[str, str]:
    """Return the address of every page, by a name for its picture."""
    one = f"{store}/applications/{application}"
    return {
        "home": f"{store}/home",
        "apis": f"{store}/apis",
        "api": f"{store}/apis/orders",
        "document": f"{store}/apis/orders/documents/first-order",
        "api-documentation": f"{store}/apis/orders/documentation",
        "api-reference": f"{store}/apis/orders/reference?operation=POST%20/orders",
        "api-subscriptions": f"{store}/apis/orders/subscriptions",
        "api-versions": f"{store}/apis/orders/versions",
        "publish": f"{store}/publish",
        "publish-draft": f"{store}/publish/draft",
        "try": f"{store}/apis/orders/try",
        "applications": f"{store}/applications",
        "application": one,
        "new-application": f"{store}/applications/new",
        "delete": f"{one}/delete",
        "production-keys": f"{one}/keys/production",
        "access-token": f"{one}/keys/production/token",
        "key-settings": f"{one}/keys/production/settings",
        "sandbox-keys": f"{one}/keys/sandbox",
        "application-subscriptions": f"{one}/subscriptions",
        "my-subscriptions": f"{store}/subscriptions",
        "statistics": f"{store}/statistics",
        "application-statistics": f"{store}/statistics?application={application}",
        "organisation": f"{store}/organisation",
        "profile": f"{store}/profile",
        "sign-out-everywhere": f"{store}/profile/everywhere",
        "admin-settings": f"{store}/admin",
        "admin-members": f"{store}/admin/members",
        "admin-member": f"{store}/admin/members/{username}",
        "admin-import": f"{store}/admin/import",
        "admin-usage": f"{store}/admin/apis/orders/usage",
        "admin-applications": f"{store}/admin/applications",
        "admin-clients": f"{store}/admin/clients",
        "admin-identity-providers": f"{store}/admin/identity-providers",
        "admin-mail-domains": f"{store}/admin/mail-domains",
        "admin-inbox": f"{store}/admin/inbox",
        "admin-apis": f"{store}/admin/apis",
        "admin-api": f"{store}/admin/apis/orders",
        "admin-deprecate": f"{store}/admin/apis/orders/lifecycle?to=DEPRECATED",
        "admin-application": f"{store}/admin/applications/{application}",
        "admin-audit": f"{store}/admin/audit",
    }


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.more)])
def test_every_page_is_accessible_and_fits_a_phone(
    deployed: Deployed,
    store: str,
    chromium: Browser,
    tables: Tables,
    http: httpx.Client,
    scheme: Literal["light", "dark"],
) -> None:
    person = people.person(deployed, tables, http, given="Maria", application="Corner Shop")
    DirectoryWriter(tables).save_user(replace(person.user, roles=frozenset({"admin", "employee", "publisher"})))
    person.obtain()
    publisher, shelf = people.publisher(), DynamoDBPublishedApis(tables)
    attachments.show_thumbnail(shelf, publisher, "orders", (ROOT / "local" / "logos" / "johnsorg.png").read_bytes())
    guide = Document(document_id="first-order", name="Your first order", summary="From the key to the parcel")
    attachments.save_document(shelf, publisher, "orders", guide, GUIDE)
    context = open_context(chromium, viewport=DESKTOP, color_scheme=scheme)
    page = context.new_page()
    page.goto(store)
    problems = inspect(page, "welcome", scheme)
    enter_store(page, store, person.user.username, people.PASSWORD)

    page.goto(f"{store}/publish")
    page.get_by_label("Or paste the document").fill(PARCELS)
    page.get_by_role("button", name="Continue to the preview").click()
    page.wait_for_url("**/store/publish/draft")

    for name, url in addresses(store, person.client.application_id, person.user.username).items():
        page.set_viewport_size(DESKTOP)
        visit(page, url, name)
        problems += inspect(page, name, scheme)

    context.close()
    assert "\n".join(problems) == ""


def visit(page: Page, url: str, name: str) -> None:
    """Open a page; once more where the machine's network changed meanwhile, which is Chromium's concern alone."""
    try:
        answer = page.goto(url, wait_until="networkidle")
    except PlaywrightError as error:
        if "ERR_NETWORK_CHANGED" not in error.message:
            raise
        answer = page.goto(url, wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200, name


def inspect(page: Page, name: str, scheme: str) -> list[str]:
    """Return what axe-core finds, and whether the page overflows a phone; take its pictures."""
    found: list[str] = []
    for size, kind in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)
        if folder := os.environ.get("GATEHOUSE_SCREENSHOTS"):
            picture = f"store-{name}-{kind}{'' if scheme == 'light' else '-dark'}.png"
            page.screenshot(path=Path(folder) / picture, full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            found.append(f"{name} is {width} wide on a {kind}")
    axe: Any = Axe()
    results = axe.run(page).response
    found += [f"{name}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in results["violations"]]
    return found
