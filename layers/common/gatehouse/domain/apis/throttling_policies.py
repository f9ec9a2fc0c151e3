"""Throttling policies, by the names that WSO2 gives them."""

import re

import msgspec

from gatehouse.domain.apis.apis import UNLIMITED

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}

_TIER = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,39}):([1-9][0-9]{0,8})/([a-z]+)")


class ThrottlingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests a unit of time may hold. `request_count` is -1 where there is no limit."""

    name: str
    description: str
    request_count: int
    unit_seconds: int = 60


def _policy(name: str, request_count: int, unit: str = "minute") -> ThrottlingPolicy:
    plural = "" if request_count == 1 else "s"
    return ThrottlingPolicy(
        name=name,
        description=f"Allows {request_count} request{plural} per {unit}",
        request_count=request_count,
        unit_seconds=UNIT_SECONDS[unit],
    )


NO_LIMIT = ThrottlingPolicy(name=UNLIMITED, description="Allows unlimited requests", request_count=-1)

APPLICATION = {
    policy.name: policy
    for policy in (_policy("10PerMin", 10), _policy("20PerMin", 20), _policy("50PerMin", 50), NO_LIMIT)
}

SUBSCRIPTION = {
    policy.name: policy
    for policy in (
        _policy("Gold", 5000),
        _policy("Silver", 2000),
        _policy("Bronze", 1000),
        NO_LIMIT,
        _policy("DefaultSubscriptionless", 10_000),
    )
}
"""The tiers of this deployment: WSO2's, and what `offer` adds when a function starts."""


def parse_tiers(text: str) -> tuple[ThrottlingPolicy, ...]:
    """Read `Name:count/unit`, separated by commas, such as `Trial:10/minute,Sample:100/day`.

    Raises:
        ValueError: That is no list of tiers, or it limits the unlimited one.
    """
    found: list[ThrottlingPolicy] = []
    for part in filter(None, map(str.strip, text.split(","))):
        match = _TIER.fullmatch(part)
        if match is None or match[3] not in UNIT_SECONDS or match[1] == UNLIMITED:
            raise ValueError(f"not a tier: {part!r}; write Name:count/unit, the unit being one of {list(UNIT_SECONDS)}")
        found.append(_policy(match[1], int(match[2]), match[3]))
    return tuple(found)


def offer(more: tuple[ThrottlingPolicy, ...]) -> None:
    """Add a deployment's own tiers to WSO2's, or change the limits of one of the same name."""
    SUBSCRIPTION.update({policy.name: policy for policy in more})
