"""The values of the API keys that usage plans count calls by; all of the plans that the gate needs at start.

They are no secrets: an API key opens nothing, the authorizer has decided before it names one.
"""

import hashlib

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import UNLIMITED, Api, Application

REGISTERED = "registered-clients"
"""What stands for an application's id in the key that all registered clients of an organisation share."""


def deployment(stack: str, region: str) -> str:
    """Return what names the keys and plans of a stack: stacks of one name in two regions may serve the same stages."""
    return f"{stack} {region}"


def value(deployment: str, *owner: str) -> str:
    """Return a key's value: 64 of the 20 to 128 letters and digits that it may have.

    Args:
        deployment: Of a stack, so that several may share an account.
        owner: Organisation and id of an application; nobody shares the key of what has no limit.
    """
    return hashlib.sha256("\0".join(("usage plan", deployment, *owner)).encode()).hexdigest()


def counting(deployment: str, application: Application | None, api: Api) -> str:
    """Return the value of the key that an application's calls of an API are counted by."""
    if application is not None and application.application_id == apis.REGISTERED:
        owner = (api.organisation, REGISTERED) if api.open_tier else ()
        return value(deployment, *owner)
    subscription = apis.find_subscription(application, api) if application else None
    if application is None or subscription is None or subscription.tier == UNLIMITED:
        return value(deployment)
    return value(deployment, application.organisation, application.application_id)
