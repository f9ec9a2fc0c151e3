"""Throttling policies, by the names that WSO2 gives them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many requests a unit of time may hold. `request_count` is -1 where there is no limit."""

    name: str
    description: str
    request_count: int
    unit_seconds: int = 60


UNLIMITED = "Unlimited"
_NO_LIMIT = Policy(name=UNLIMITED, description="Allows unlimited requests", request_count=-1)

APPLICATION = {
    policy.name: policy
    for policy in (
        Policy(name="10PerMin", description="Allows 10 requests per minute", request_count=10),
        Policy(name="20PerMin", description="Allows 20 requests per minute", request_count=20),
        Policy(name="50PerMin", description="Allows 50 requests per minute", request_count=50),
        _NO_LIMIT,
    )
}

SUBSCRIPTION = {
    policy.name: policy
    for policy in (
        Policy(name="Gold", description="Allows 5000 requests per minute", request_count=5000),
        Policy(name="Silver", description="Allows 2000 requests per minute", request_count=2000),
        Policy(name="Bronze", description="Allows 1000 requests per minute", request_count=1000),
        _NO_LIMIT,
    )
}
