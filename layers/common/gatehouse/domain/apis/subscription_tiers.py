"""The tiers that a subscription to an API may have."""

from gatehouse.domain.apis import apis, throttling_policies
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.refusals import TierNotAllowedError


def find(api: Api | None) -> tuple[str, ...]:
    """Return the tiers that may be chosen for an API. Those of registered clients are not: they do not subscribe."""
    return tuple(
        name
        for name in throttling_policies.SUBSCRIPTION
        if not apis.is_subscriptionless(name) and (api is None or not api.tiers or name in api.tiers)
    )


def check(tier: str, api: Api | None) -> None:
    """Refuse a tier that may not be chosen.

    Raises:
        NotAllowedError: The API does not offer it.
    """
    if tier not in find(api):
        allowed = ", ".join(find(api))
        raise TierNotAllowedError(f"The tier is not allowed. Only [{allowed}] Tiers are allowed.")
