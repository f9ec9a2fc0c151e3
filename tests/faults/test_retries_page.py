"""docs/retries.md has a row for every endpoint that changes something, and says what the flows prove (finding S14)."""

import re

from tests import template
from tests.faults import route_tables
from tests.faults.catalogue import EXCLUDED, FLOWS
from tests.faults.flows import Flow

PAGE = template.ROOT / "docs" / "retries.md"
HEADING = "## Every endpoint"
_ADDRESSES = {
    "devportal": "/api/am/devportal/v3",
    "admin v4": "/api/am/admin/v4",
    "publisher v1": "/api/am/publisher/v1",
    "token": "",
    "signin": "",
    "page": "",
}
_REFUSED = (frozenset({400}), frozenset({429}))
"""What flows answer that tell of a wrong password or a share that is used up, which are refused again."""
_KINDS = {
    "GRANT": "a token that nobody knows",
    "ASSERTION": "a used assertion",
    "SESSION": "a session that nobody has",
    "SIGN_IN": "a second line of the sign-in history",
    "REMEMBERED_BROWSER": "a known browser that does not exist",
    "SOURCE": "a counted failure of the address",
    "CODE": "a code that nobody has",
    "DEVICE": "codes that nobody has",
    "FEDERATED": "a sign-in that nobody finishes",
    "PROVIDER_SESSION": "a second session at the provider, of which nobody knows",
    "JOB": "a second mail",
    "LINK": "a second link",
    "MAIL": "a second mail",
    "REGISTERED_CLIENT": "a client that nobody uses",
    "SECRET texts": "a version of the secret",
}


def name(row: str) -> str:
    if row.startswith("grant "):
        return f"`POST /token`, `{row.removeprefix('grant ')}`"
    if row.startswith("function "):
        return f"function `{row.removeprefix('function ')}`"
    table, method, path = row.rsplit(" ", 2)
    return f"`{method} {_ADDRESSES[table]}{path}`"


def _rows() -> dict[str, str]:
    """Return the row of each endpoint by its name, from the flows that cover it."""
    flows: dict[str, list[Flow]] = {}
    for one in FLOWS.values():
        if not route_tables.is_read(one.covers) and one.right not in _REFUSED:
            flows.setdefault(one.covers, []).append(one)
    return {name(row): _row(row, of_row) for row, of_row in sorted(flows.items())}


def _row(row: str, flows: list[Flow]) -> str:
    done = sorted({status for one in flows for status in (one.again or one.right)})
    left = sorted({_KINDS[kind] for one in flows for kind in one.doubles or {}})
    answers = ", ".join(map(str, done)) or "the same"
    return f"| {name(row)} | {answers} | {', '.join(left) or '-'} |"


def test_the_page_has_the_row_of_every_endpoint_that_the_flows_prove() -> None:
    _, heading, listed = PAGE.read_text().partition(HEADING)
    assert heading
    found = set(re.findall(r"^\| (?:`|function).*\|$", listed, re.MULTILINE))

    wanted = set(_rows().values())

    assert sorted(wanted - found) == []
    assert sorted(found - wanted) == []


def test_every_endpoint_that_changes_something_has_a_row() -> None:
    wanted = {name(row) for row in route_tables.rows() - EXCLUDED.keys() if not route_tables.is_read(row)}

    assert wanted <= _rows().keys()
