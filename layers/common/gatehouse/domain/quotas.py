"""How much of each thing there may be: one table of limits, with their answers.

A limit that a user counts against is exact: the transaction that adds one counts it. A limit of an organisation is
soft: additions at the same moment may overshoot it by one each. Operators override the limits that are marked, for one
organisation (`gatehouse organisations configure KEY --quota NAME=NUMBER`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gatehouse.domain.organisations import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One limit.

    Attributes:
        name: As operators spell it.
        what: What is counted.
        of: Whose they are counted.
        most: How many there may be, unless an operator says otherwise.
        answer: What whoever wants one more is told.
        is_overridable: Whether operators may say otherwise.
    """

    name: str
    what: str
    of: str
    most: int
    answer: str
    is_overridable: bool = False


TABLE = (
    Quota(name="applications", what="applications", of="member", most=100, answer="409", is_overridable=True),
    Quota(name="subscriptions", what="subscriptions", of="application", most=200, answer="400"),
    Quota(name="secrets", what="consumer secrets that have not expired", of="key set", most=10, answer="400"),
    Quota(name="redirect-uris", what="redirect URIs, of each of both lists", of="key set", most=10, answer="400"),
    Quota(name="apis", what="APIs", of="organisation", most=1000, answer="409"),
    Quota(name="shared-apis", what="APIs shared with one other, or with all", of="organisation", most=50, answer="409"),
    Quota(name="stages", what="stages", of="API", most=20, answer="400"),
    Quota(name="documents", what="documents beside the OpenAPI document", of="API", most=10, answer="400"),
    Quota(name="mails", what="mails in an hour from one organisation", of="address", most=5, answer="none is sent"),
    Quota(name="mails-in-all", what="mails in an hour", of="address", most=20, answer="none is sent"),
)  # fmt: skip

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
    if quota is None or not quota.is_overridable or not (number.isascii() and number.isdigit() and len(number) < 7):
        overridable = ", ".join(one.name for one in TABLE if one.is_overridable)
        raise ValueError(f"a quota is NAME=NUMBER with one of the names {overridable}, not {text[:80]!r}")
    return name, int(number)
