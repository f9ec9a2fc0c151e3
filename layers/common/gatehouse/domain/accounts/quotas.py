"""How much of each thing there may be: one table of limits, with their answers.

A limit that a user counts against is exact: the transaction that adds one counts it. A limit of an organisation is
soft: additions at the same moment may overshoot it by one each. Operators override the limits that have a ceiling, for
one organisation (`gatehouse organisations configure KEY --quota NAME=NUMBER`). The others are what one item or one
transaction of DynamoDB holds, what a document costs to publish, or what protects an address from all organisations.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """One limit.

    Attributes:
        name: As operators spell it.
        what: What is counted.
        of: Whose they are counted.
        most: How many there may be, unless an operator says otherwise.
        answer: What the refusal of one more says.
        ceiling: The most that operators may allow instead; 0 if they may not.
        least: The fewest that they may allow. Up to so many, nobody has to look up what they allow.
    """

    name: str
    what: str
    of: str
    most: int
    answer: str
    ceiling: int = 0
    least: int = 0


class QuotaStore(Protocol):
    """Where an operator's overrides are found."""

    def find_quota(self, organisation: str, name: str) -> int:
        """Return how many there may be in the organisation, as it is now."""
        ...


TABLE = (
    Quota(name="applications", what="applications", of="member", most=100, answer="409", ceiling=10_000),
    Quota(
        name="sessions", what="browsers that are signed in", of="member",
        most=30, answer="the oldest is signed out", ceiling=100, least=1,
    ),
    Quota(
        name="usage-keys", what="applications with a subscription whose tier has a limit", of="organisation",
        most=500, answer="409", ceiling=10_000,
    ),
    Quota(
        name="subscriptions", what="subscriptions", of="application", most=200, answer="400", ceiling=500, least=200,
    ),
    Quota(name="key-sets", what="key sets, one for each key type", of="application", most=2, answer="409"),
    Quota(
        name="secrets", what="consumer secrets that have not expired", of="key set",
        most=10, answer="400", ceiling=20, least=10,
    ),
    Quota(
        name="redirect-uris", what="redirect URIs, of each of both lists", of="key set",
        most=10, answer="400", ceiling=50, least=10,
    ),
    Quota(name="apis", what="APIs", of="organisation", most=1000, answer="409", ceiling=1000),
    Quota(name="subscriptionless-apis", what="subscriptionless APIs", of="organisation", most=50, answer="409"),
    Quota(
        name="shared-apis", what="APIs shared with one other, or with all", of="organisation",
        most=50, answer="409", ceiling=1000,
    ),
    Quota(
        name="registered-clients", what="registered clients; the oldest that no user consented to makes room",
        of="organisation", most=500, answer="429", ceiling=5000,
    ),
    Quota(name="routes", what="resources", of="API", most=1000, answer="400"),
    Quota(name="description-bytes", what="bytes of its description", of="API", most=32 * 1024, answer="400"),
    Quota(
        name="document-bytes", what="bytes of a request with its OpenAPI document", of="API",
        most=6 * 1024 * 1024, answer="400",
    ),
    Quota(name="stages", what="stages", of="API", most=20, answer="400"),
    Quota(name="documents", what="documents beside the OpenAPI document", of="API", most=10, answer="400"),
    Quota(
        name="concurrent-publishing", what="documents that are read at one time, and at most half of "
        "`PublishingConcurrency`", of="organisation", most=4, answer="429", ceiling=100, least=1,
    ),
    Quota(
        name="concurrent-publishing-by-member", what="documents that are read at one time, and at most half of the "
        "organisation's", of="member", most=2, answer="429", ceiling=100, least=1,
    ),
    Quota(name="passkeys", what="passkeys", of="member", most=10, answer="no form for another"),
    Quota(
        name="remembered-browsers",
        what="browsers in which they signed in, those that skip the second factor included",
        of="member",
        most=20,
        answer="the oldest is forgotten",
    ),
    Quota(
        name="mails", what="mails in an hour from one organisation", of="address",
        most=5, answer="none is sent", ceiling=20,
    ),
    Quota(name="mails-in-all", what="mails in an hour", of="address", most=20, answer="none is sent"),
    Quota(
        name="notices", what="mails in an hour that tell of a change, from one organisation", of="address",
        most=20, answer="none is sent",
    ),
)  # fmt: skip

_DIGITS_MAX = 7
_BY_NAME: Mapping[str, Quota] = {one.name: one for one in TABLE}


def most(name: str, organisation: Organisation | None = None) -> int:
    """Return how many there may be, in an organisation if it is named."""
    override = organisation.quotas.get(name) if organisation else None
    return _BY_NAME[name].most if override is None else override


def parse(text: str) -> tuple[str, int]:
    """Return an operator's override, such as `applications=500`.

    Raises:
        ValueError: It is none.
    """
    name, _, number = text.partition("=")
    quota = _BY_NAME.get(name)
    is_number = number.isascii() and number.isdigit() and len(number) < _DIGITS_MAX
    if quota is None or not quota.ceiling or not is_number or not quota.least <= int(number) <= quota.ceiling:
        known = ", ".join(f"{one.name} ({one.least} to {one.ceiling})" for one in TABLE if one.ceiling)
        raise ValueError(f"a quota is NAME=NUMBER with one of {known}, not {text[:80]!r}")
    return name, int(number)


def allowed(store: QuotaStore, organisation: str, name: str, count: int) -> int:
    """Return how many there may be; the organisation is read only if its operator's word could matter to so many."""
    return most(name) if count <= _BY_NAME[name].least else store.find_quota(organisation, name)
