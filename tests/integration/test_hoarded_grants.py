"""10,000 grants of one user end as fast as one; the numbers are in docs/decisions/0130.

    GATEHOUSE_TIMINGS=timings.txt python -m local.testing --more tests/integration/test_hoarded_grants.py

appends to the file how long each ending took with one grant and with all of them. That the storage calls are the same
is a unit test (tests/unit/endpoints/signin/test_endings.py).
"""

import os
from collections.abc import Callable
from copy import replace
from itertools import batched
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import tokens
from gatehouse.storage import grants
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import pages, people
from tests.browsers import link_in, read_mail
from tests.deployed import Deployed, bearer
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.more

HOARDED = 10_000
SECONDS_UNTIL_SEEN = 5
NEW = "seven purple walruses"

type Ending = Callable[[Person], httpx.Response]


def api(person: Person, path: str) -> str:
    return f"{person.deployed.stack['base_url']}/api/am/{path}"


@pytest.fixture(scope="module")
def administrator(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    made = people.person(deployed, tables, http)
    user = replace(made.user, roles=frozenset({"admin"}))
    DirectoryWriter(tables).save_user(user)
    return replace(made, user=user)


@pytest.fixture
def endings(administrator: Person) -> dict[str, Ending]:
    """What ends everything: each returns the answer to the one request that does."""

    def change(person: Person) -> httpx.Response:
        headers = bearer(person.obtain("apim:subscribe")["access_token"])
        body = {"currentPassword": PASSWORD, "newPassword": NEW}
        return person.http.post(api(person, "devportal/v3/me/change-password"), json=body, headers=headers)

    def disable(person: Person) -> httpx.Response:
        headers = bearer(administrator.obtain("apim:admin")["access_token"])
        return person.http.post(api(person, f"admin/v4/members/{person.user.username}/disable"), headers=headers)

    def reset(person: Person) -> httpx.Response:
        with people.stranger(person.deployed) as browser:
            page = f"{person.deployed.stack['base_url']}/t/johnsorg/recover"
            submit(browser, page, username=person.user.username)
            return submit(browser, link_in(read_mail(person.deployed, person.user.username)), new_password=NEW)

    return {"password change": change, "reset": reset, "disable": disable}


def submit(browser: httpx.Client, page: str, **typed: str) -> httpx.Response:
    """Fill in the form of a page, and send it with what the page hid in it."""
    answer = browser.get(page)
    return browser.post(answer.url.join(pages.action(answer.text)), data={**pages.hidden(answer.text), **typed})


def hoard(tables: Tables, person: Person, count: int) -> list[str]:
    """Store as many grants like one that the person got; return the refresh tokens of some of them."""
    first = person.obtain()
    grant = grants.DynamoDBGrants(tables).find_grant(first["access_token"][4:26])
    assert grant is not None
    assert grant.status_id is not None
    made: list[str] = []
    for share in batched(range(count), 25, strict=False):
        puts: list[dict[str, Any]] = []
        for number in share:
            secret, family = digests.generate_secret(), digests.generate_id()
            one = replace(
                grant,
                grant_id=digests.generate_id(),
                refresh_digest=digests.digest(secret),
                family_digest=digests.digest(family),
            )
            puts.append({"PutRequest": {"Item": grants.render(one)}})
            if number % (count // 10) == 0:
                made.append(tokens.render_refresh(one.grant_id, grant.status_id, family, secret))
        left = tables.transport.call("BatchWriteItem", {"RequestItems": {tables.grants: puts}})
        assert not left.get("UnprocessedItems")
    return made


@pytest.mark.parametrize("name", ["password change", "reset", "disable"])
def test_ten_thousand_grants_end_at_the_answer(
    deployed: Deployed, tables: Tables, http: httpx.Client, endings: dict[str, Ending], name: str
) -> None:
    took: list[float] = []
    for count in (0, HOARDED):
        person = people.person(deployed, tables, http, given="Rita")
        last = person.obtain()
        refresh_tokens = hoard(tables, person, count) if count else []
        assert person.call(last["access_token"]).status_code == 200
        assert all(person.refresh(one).status_code == 200 for one in refresh_tokens[:2])

        answer = endings[name](person)

        assert answer.status_code in {200, 204}, answer.text
        took.append(answer.elapsed.total_seconds() * 1000)
        assert person.is_refused_within(last["access_token"], SECONDS_UNTIL_SEEN)
        for one in [last["refresh_token"], *refresh_tokens[2:]]:
            assert person.refresh(one).json()["error"] == "invalid_grant"
    if file := os.environ.get("GATEHOUSE_TIMINGS"):
        with Path(file).open("a", encoding="utf-8") as timings:
            timings.write(f"{name}: {took[0]:.0f} ms with one grant, {took[1]:.0f} ms with {HOARDED + 1}\n")
